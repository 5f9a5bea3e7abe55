//go:build cgo

package pgquery

import (
	"fmt"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// What a name in an expression stands for is found without regard to where it stands: a name may
// mean whatever has that name anywhere in the statement. So there are no scopes, and in doubt one
// meaning too many, which costs a hit where the same name is a date's here and a text's there. Only what the
// outermost query selects has no name for anybody.

// An item is what a FROM clause, WITH or a join gives a name to.
type item struct {
	name  string
	rel   sqlparse.Relation
	plain bool // the relation, with its columns' own names
}

// A binding is what a column's name may stand for, other than a relation's column. An empty
// name stands for any.
type binding struct {
	name    string
	expr    *pg.Node          // made by an expression
	typ     *pg.TypeName      // declared with a type
	rel     sqlparse.Relation // some column of a relation
	unknown bool              // nobody can tell
}

// A scope is all the names in a statement.
type scope struct {
	items    []item
	bindings []binding
	calls    []*pg.FuncCall // functions in FROM, the names of whose columns only the catalog knows
	starArm  bool           // UNION has a star behind its first query
}

// A body is what a function's statements have in common: its parameters and variables.
type body struct {
	params     []*pg.TypeName
	variables  map[string]*pg.TypeName
	returnsRow bool // of its parameters
}

func (w *walker) isItem(name string) bool {
	for _, i := range w.names.items {
		if i.name == name {
			return true
		}
	}
	return false
}

// isBound reports whether a name may be that of a column that an expression makes.
func (w *walker) isBound(name string) bool {
	return slices.ContainsFunc(w.names.bindings, func(b binding) bool { return b.name == name || b.name == "" })
}

func (w *walker) bind(b binding) { w.names.bindings = append(w.names.bindings, b) }

func (w *walker) item(name string) { w.names.items = append(w.names.items, item{name: name}) }

// bindRelation gives a relation in FROM its name, and its columns theirs.
func (w *walker) bindRelation(m *pg.RangeVar, rel sqlparse.Relation, isCTE bool) {
	i := item{name: m.GetRelname(), rel: rel, plain: !isCTE && len(m.GetAlias().GetColnames()) == 0}
	if alias := m.GetAlias().GetAliasname(); alias != "" {
		i.name = alias
	}
	w.names.items = append(w.names.items, i)
	for _, n := range m.GetAlias().GetColnames() {
		if isCTE {
			w.bind(binding{name: n.GetString_().GetSval(), unknown: true})
		} else {
			w.bind(binding{name: n.GetString_().GetSval(), rel: rel})
		}
	}
}

// bindQuery gives the columns of a query names: those in a list behind its alias, else its own.
func (w *walker) bindQuery(n *pg.Node, names []*pg.Node) {
	m := n.GetSelectStmt()
	if m == nil {
		return // it writes
	}
	w.bindArm(m, leftmost(m), names)
}

// bindArm binds the columns of a query, or of one of the queries in a UNION, of which the first has
// the names. Behind a star nobody knows the place of a column.
func (w *walker) bindArm(m, first *pg.SelectStmt, names []*pg.Node) {
	if m.Larg != nil {
		w.bindArm(m.Larg, first, names)
		w.bindArm(m.Rarg, first, names)
		return
	}
	for row, n := range m.ValuesLists {
		for i, n := range n.GetList().GetItems() {
			if row == 0 || n.GetAConst() == nil {
				w.bind(binding{name: columnName(first, names, i), expr: n})
			}
		}
	}
	star := hasStar(m.TargetList)
	w.names.starArm = w.names.starArm || star && m != first
	for i, n := range m.TargetList {
		switch {
		case !star && !hasStar(first.TargetList):
			w.bind(binding{name: columnName(first, names, i), expr: n})
		case isStar(n) && n.GetResTarget().GetVal().GetColumnRef() != nil: // the columns keep their names
			w.bindAll(names, n)
		case m == first:
			w.bindAll(names, n)
			w.bind(binding{name: ownNameOf(n), expr: n})
		case !isStar(n):
			w.bindAll(names, n)
			w.bind(binding{expr: n})
		}
	}
}

// ownNameOf is the name of what is selected beside a star; the fields of (row).* may have any.
func ownNameOf(n *pg.Node) string {
	if isStar(n) {
		return ""
	}
	return targetName(n)
}

func (w *walker) bindAll(names []*pg.Node, n *pg.Node) {
	for _, name := range names {
		w.bind(binding{name: name.GetString_().GetSval(), expr: n})
	}
}

// columnName is the name of a query's column, by its place.
func columnName(first *pg.SelectStmt, names []*pg.Node, i int) string {
	switch {
	case i < len(names):
		return names[i].GetString_().GetSval()
	case len(first.ValuesLists) > 0:
		return fmt.Sprintf("column%d", i+1)
	case i < len(first.TargetList):
		return targetName(first.TargetList[i])
	}
	return ""
}

func hasStar(targets []*pg.Node) bool {
	for _, n := range targets {
		if isStar(n) {
			return true
		}
	}
	return false
}

// isStar reports whether a target is *, t.* or (row).*.
func isStar(n *pg.Node) bool {
	n = n.GetResTarget().GetVal()
	fields := n.GetColumnRef().GetFields()
	if m := n.GetAIndirection(); m != nil {
		fields = m.Indirection
	}
	return len(fields) > 0 && fields[len(fields)-1].GetAStar() != nil
}

// rangeFunction binds the columns of functions in FROM.
func (w *walker) rangeFunction(m *pg.RangeFunction) {
	name := m.GetAlias().GetAliasname()
	w.columnDefs(m.Coldeflist)
	for _, n := range m.Functions {
		items := n.GetList().GetItems()
		if len(items) == 0 {
			continue
		}
		if len(items) > 1 {
			w.columnDefs(items[1].GetList().GetItems())
		}
		if name == "" {
			_, name = qualifiedName(items[0].GetFuncCall().GetFuncname())
		}
		w.bindFunction(m, items[0])
	}
	w.item(name)
	w.children(m)
}

func (w *walker) columnDefs(list []*pg.Node) {
	for _, n := range list {
		w.columnType(n.GetColumnDef().GetTypeName())
		w.bind(binding{name: n.GetColumnDef().GetColname(), typ: n.GetColumnDef().GetTypeName()})
	}
}

// rowFunctions are PostgreSQL's own functions whose rows have several columns, with the names of these.
var rowFunctions = map[string]string{
	"json_each": "key value", "json_each_text": "key value", "jsonb_each": "key value", "jsonb_each_text": "key value",
	"unnest": "lexeme positions weights", "ts_parse": "tokid token", "ts_token_type": "tokid alias description",
	"aclexplode": "grantor grantee privilege_type is_grantable",
}

// bindFunction binds the columns of one function: each may be any of what it makes.
func (w *walker) bindFunction(m *pg.RangeFunction, n *pg.Node) {
	f := n.GetFuncCall()
	schema, name := qualifiedName(f.GetFuncname())
	args := f.GetArgs()
	if f != nil && (sqlparse.Classify(schema, name, len(args)) == sqlparse.Unknown || passingFunctions[name]) {
		w.names.calls = append(w.names.calls, f)
	}
	names := append([]string{m.GetAlias().GetAliasname(), name}, strings.Fields(rowFunctions[ownName(f.GetFuncname())])...)
	for _, column := range names {
		if column != "" {
			w.bind(binding{name: column, expr: n})
		}
	}
	w.bindAll(m.GetAlias().GetColnames(), n)
	if m.Ordinality {
		w.bind(binding{name: "ordinality"})
	}
}

// tableFunction binds the columns of XMLTABLE.
func (w *walker) tableFunction(m *pg.RangeTableFunc) {
	w.item(m.GetAlias().GetAliasname())
	for _, n := range m.Columns {
		c := n.GetRangeTableFuncCol()
		w.bind(binding{name: c.GetColname(), typ: c.GetTypeName()})
	}
	for _, n := range m.GetAlias().GetColnames() {
		w.bind(binding{name: n.GetString_().GetSval(), unknown: true})
	}
	w.children(m)
}

// join binds the alias of a join, whose columns are those of any relation in it.
func (w *walker) join(m *pg.JoinExpr) {
	for _, alias := range []*pg.Alias{m.Alias, m.JoinUsingAlias} {
		if alias != nil {
			w.item(alias.Aliasname)
			for _, n := range alias.Colnames {
				w.bind(binding{name: n.GetString_().GetSval(), unknown: true})
			}
		}
	}
	if m.IsNatural || len(m.UsingClause) > 0 {
		w.implied("=")
	}
	w.children(m)
}
