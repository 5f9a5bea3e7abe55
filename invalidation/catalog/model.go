package catalog

import "github.com/gojohnny/gojohnny/sqlparse"

// An oid identifies an object of one catalog.
type oid uint32

// The kinds of relations: pg_class.relkind.
// See https://www.postgresql.org/docs/16/catalog-pg-class.html.
const (
	table            = 'r'
	partitioned      = 'p'
	view             = 'v'
	materializedView = 'm'
	foreignTable     = 'f'
	sequence         = 'S'
)

// A relation is what a name in a FROM clause may mean, and whatever else has a row in
// pg_class, since it takes a name too.
type relation struct {
	oid          oid
	schema, name string
	kind         byte
	system       bool // pg_catalog's, information_schema's
	rowSecurity  bool
	owner        string
	subscribed   bool // logical replication writes it, without a statement

	// partitionKey are the columns whose change may move a row to another partition.
	partitionKey columns

	children []*relation
	family   *relation // the root whose tag it shares; itself where it has no relatives

	zoned   bool              // a column holds a time with time zone
	columns map[string]traits // of its own, by name; nil for PostgreSQL's own relations

	definition *sqlparse.Analysis // of a view; nil: not understood
	triggers   []*trigger
	rules      []*rule
	parts      []part

	references   []*foreignKey // that its own columns make
	referencedBy []*foreignKey
}

// A part of a relation, a view's definition or a function's body refers to a
// function or another relation, as pg_depend has it.
type part struct {
	kind   partKind
	column string // of a default
	fn     *function
	rel    *relation
}

// A partKind says when a part is evaluated.
type partKind string

const (
	partDefault   partKind = "default"   // when a row is inserted
	partGenerated partKind = "generated" // when a row is written
	partVirtual   partKind = "virtual"   // when a row is read
	partCheck     partKind = "check"     // when a row is written
	partIndex     partKind = "index"     // when a row is written
	partKey       partKind = "key"       // of partitions: when a row is written
	partWhen      partKind = "when"      // of a trigger: when a row is written
	partPolicy    partKind = "policy"    // when a row is read or written
	partView      partKind = "view"      // when the view is read or written
	partType      partKind = "type"      // of a column: when a row is read or written
	partDomain    partKind = "domain"    // of a column: when a row is written
)

// A trigger is one of a function that is not PostgreSQL's own; those are the
// foreign keys'.
type trigger struct {
	name    string
	fn      *function
	events  int     // the bits of pg_trigger.tgtype
	columns columns // of UPDATE OF

	deferrable bool // it may fire at COMMIT
}

// The bits of pg_trigger.tgtype: catalog/pg_trigger.h.
const (
	triggerRow      = 1 << 0
	triggerBefore   = 1 << 1
	triggerInsert   = 1 << 2
	triggerDelete   = 1 << 3
	triggerUpdate   = 1 << 4
	triggerTruncate = 1 << 5
	triggerInstead  = 1 << 6
)

// A rule is one that is not the definition of a view.
type rule struct {
	name    string
	event   sqlparse.Action
	instead bool // always, and under no condition
	actions *sqlparse.Analysis
}

// A foreignKey's actions are in the letters of pg_constraint.confdeltype:
// a no action, r restrict, c cascade, n set null, d set default.
type foreignKey struct {
	name               string
	from, to           *relation
	columns, key       columns // of from; of to
	onDelete, onUpdate byte
}

// A function is one that is not PostgreSQL's own.
type function struct {
	oid          oid
	schema, name string
	signature    string // the types of its arguments
	min, max     int    // how many arguments a call has; max -1: any number
	volatility   byte   // i, s, v
	language     string
	extension    string // that it belongs to
	definer      bool   // SECURITY DEFINER
	owner        string
	path         []string // of SET search_path
	setsPath     bool
	setsRole     bool // SET role, and so another "$user"
	atomic       bool // names in its body were resolved when it was made
	result       traits
	passes       bool              // its result is of the type of one of its arguments
	fields       map[string]traits // of its result's rows, as far as they are known
	row          bool              // its one argument is a row: it may be called as a column

	body    *sqlparse.Analysis // nil: not seen through
	calls   []*function        // by its aggregate, its parameters' defaults, its atomic body
	unsound []sqlparse.Reason  // of PostgreSQL's own functions that it calls, of what it begins with
	types   []part             // behind the types of its arguments and its result
}

// harmless reports whether f is in C and immutable: such a function depends on its
// arguments alone, and is believed.
func (f *function) harmless() bool { return f.compiled() && f.volatility == 'i' }

// compiled reports whether f is in C.
func (f *function) compiled() bool { return f.language == "c" || f.language == "internal" }

func (f *function) String() string { return f.schema + "." + f.name }

// columns are names of columns. all stands for any of them.
type columns struct {
	all   bool
	names string // each between separators; empty: none
}
