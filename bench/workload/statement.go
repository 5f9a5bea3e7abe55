package workload

// A Kind is a shape of statement: which arguments it takes and what its rows hold.
type Kind int

// The kinds. PageRows rows make a page.
const (
	Point  Kind = iota // (id): the row: id, parent_id, title, body, amount, version
	All                // (): every row: id, title, amount, version
	List               // (parent, offset): a page of its rows: id, title, amount, version
	Join               // (parent): the first page with the parent: id, title, version, id, title, version
	Total              // (parent): rows, sum of amount, sum of version
	Pick               // (parent): a few rows at random: id, title, version
	Newest             // (parent): the page added last: id, title, amount, version
	Count              // (parent): rows
	Update             // (amount, id): version
	Insert             // (id, parent, title, body, amount)
)

// PageRows is the length of a page, pages how many of a list visitors turn to.
const (
	PageRows = 20
	pages    = 3
)

// A Statement is one SQL text of the workload. The texts are in the grammar of both
// PostgreSQL and SQLite.
type Statement struct {
	Index  int
	Name   string // products.list
	Kind   Kind
	Table  *Table
	Tables []*Table // all that it touches, Table first
	SQL    string
	Writes bool

	// Cacheable is false if no cache may keep the rows.
	Cacheable bool
	// Slots is how many different arguments a read has.
	Slots int64
}

// kinds are the statements of a table and their parts of its reads.
type kindShare struct {
	kind  Kind
	share float64
}

var (
	lookupKinds = []kindShare{{Point, 60}, {All, 30}, {Total, 10}}
	entityKinds = []kindShare{{Point, 52}, {List, 22}, {Join, 15}, {Total, 10}}
	growsKinds  = []kindShare{{Newest, 70}, {Count, 30}}

	// "You may also like": the one widget of the shop that cannot be cached.
	pickShare = kindShare{Pick, 1}
)

// reads returns the kinds by which a table is read.
func (t *Table) reads() []kindShare {
	switch {
	case t.Append:
		return growsKinds
	case t.Parents == 1:
		return lookupKinds
	}
	kinds := entityKinds
	if t.Parent == nil {
		kinds = []kindShare{entityKinds[0], entityKinds[1], entityKinds[3]}
	}
	if shop[t.Index%len(shop)].name == "products" {
		kinds = append(kinds[:len(kinds):len(kinds)], pickShare)
	}
	return kinds
}

func (t *Table) writeKind() Kind {
	if t.Append {
		return Insert
	}
	return Update
}

// statement returns the statement of a kind on t.
func (t *Table) statement(kind Kind) *Statement {
	s := &Statement{Kind: kind, Table: t, Tables: []*Table{t}, Cacheable: true, Slots: t.Parents}
	n := t.Name
	ofParent := " FROM " + n + " WHERE parent_id = $1"
	switch kind {
	case Point:
		s.Name, s.Slots = "point", t.Rows
		s.SQL = "SELECT id, parent_id, title, body, amount, version FROM " + n + " WHERE id = $1"
	case All:
		s.Name = "all"
		s.SQL = "SELECT id, title, amount, version FROM " + n + " ORDER BY id"
	case List:
		s.Name, s.Slots = "list", t.Parents*pages
		s.SQL = "SELECT id, title, amount, version" + ofParent + " ORDER BY id LIMIT 20 OFFSET $2"
	case Join:
		s.Name, s.Tables = "join", []*Table{t, t.Parent}
		s.SQL = "SELECT c.id, c.title, c.version, p.id, p.title, p.version FROM " + n + " c JOIN " + t.Parent.Name +
			" p ON p.id = c.parent_id WHERE c.parent_id = $1 ORDER BY c.id LIMIT 20"
	case Total:
		s.Name = "total"
		s.SQL = "SELECT count(*), CAST(sum(amount) AS bigint), CAST(sum(version) AS bigint)" + ofParent
	case Pick:
		s.Name, s.Cacheable = "pick", false
		s.SQL = "SELECT id, title, version" + ofParent + " ORDER BY random() LIMIT 4"
	case Newest:
		s.Name = "newest"
		s.SQL = "SELECT id, title, amount, version" + ofParent + " ORDER BY id DESC LIMIT 20"
	case Count:
		s.Name = "count"
		s.SQL = "SELECT count(*)" + ofParent
	case Update:
		s.Name, s.Writes = "update", true
		s.SQL = "UPDATE " + n + " SET amount = amount + $1, version = version + 1 WHERE id = $2 RETURNING version"
	case Insert:
		s.Name, s.Writes = "insert", true
		s.SQL = "INSERT INTO " + n + " (id, parent_id, title, body, amount, version) VALUES ($1, $2, $3, $4, $5, 1)"
	}
	s.Name = n + "." + s.Name
	return s
}
