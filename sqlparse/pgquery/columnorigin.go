//go:build cgo

package pgquery

import (
	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// columnRef adds what a column's name may stand for.
func (o *origins) columnRef(m *pg.ColumnRef) {
	var qualifier string
	last := len(m.Fields) - 1
	if last > 0 {
		qualifier = m.Fields[last-1].GetString_().GetSval()
	}
	name := m.Fields[last].GetString_().GetSval()
	if m.Fields[last].GetAStar() != nil {
		name = "*"
	}
	o.column(qualifier, name)
}

// column adds the column of the relations that the qualifier surely names, else whatever has the column's
// name anywhere in the statement, each name once.
func (o *origins) column(qualifier, name string) {
	key := qualifier + "." + name
	if o.seen[key] {
		return
	}
	if o.seen == nil {
		o.seen = map[string]bool{}
	}
	o.seen[key] = true
	switch { // or the whole row of what has the name in FROM
	case qualifier != "" || !o.w.isItem(name):
	case o.inRow:
		o.anything()
	case o.whole:
		o.column(name, "*")
	}
	bound := o.variable(qualifier, name)
	if !bound && o.relations(qualifier, name) {
		return
	}
	names := &o.w.names
	for i := range names.bindings {
		if b := &names.bindings[i]; b.name == name || b.name == "" || name == "*" {
			bound = bound || b.name == name
			o.binding(b)
		}
	}
	for _, call := range names.calls {
		bound = true
		o.row(call, name)
	}
	o.add(sqlparse.Typed{Kind: sqlparse.TypedColumn, Name: sqlparse.Name{Name: name}, Bound: bound})
}

// relations adds the columns of the relations that go by a name in FROM, and reports whether nothing else does.
func (o *origins) relations(qualifier, name string) bool {
	first := len(o.list)
	for _, i := range o.w.names.items {
		switch {
		case qualifier == "" || i.name != qualifier:
		case !i.plain:
			o.list = o.list[:first]
			return false
		default:
			o.add(sqlparse.Typed{Kind: sqlparse.TypedColumn, Relation: i.rel, Name: sqlparse.Name{Name: name}})
		}
	}
	return len(o.list) > first
}

// row adds a column of the rows of a function in FROM. One of PostgreSQL's own passes on the rows
// it is given, if these are rows; which function's they are makes no difference, and each is looked at once.
func (o *origins) row(m *pg.FuncCall, column string) {
	if column == "*" {
		column = ""
	}
	if !passingFunctions[ownName(m.Funcname)] {
		o.call(m, column)
		return
	}
	if o.rows[m] {
		return
	}
	if o.rows == nil {
		o.rows = map[*pg.FuncCall]bool{}
	}
	o.rows[m] = true
	rows := origins{w: o.w, rows: o.rows, inRow: true}
	rows.all(m.Args)
	for _, t := range rows.list {
		t.Field = "*"
		o.add(t)
	}
}

// rowNamed adds a field of a column that has the name of something in FROM, whose row it hides.
func (o *origins) rowNamed(name, field string) {
	if o.variable("", name) || o.w.isBound(name) {
		o.anything()
	}
	o.add(sqlparse.Typed{Kind: sqlparse.TypedColumn, Name: sqlparse.Name{Name: name}, Field: field, Bound: true})
}

// variable adds a parameter or a variable of the function, or the field of one, and reports whether there is one.
func (o *origins) variable(qualifier, name string) bool {
	if o.w.body == nil {
		return false
	}
	row, isRow := o.w.body.variables[qualifier]
	if isRow && !o.fieldOf(row, name) {
		o.typeName(row)
	}
	value, isValue := o.w.body.variables[name]
	if isValue {
		o.typeName(value)
	}
	return isRow || isValue
}

// binding adds what a name stands for. The type of a literal, an aggregate of one and the like is a text's
// or, in a UNION, that of a column in another query, which is not found behind a star.
func (o *origins) binding(b *binding) {
	switch {
	case b.unknown:
		o.anything()
	case b.typ != nil:
		o.typeName(b.typ)
	case b.rel.Name != "":
		o.add(sqlparse.Typed{Kind: sqlparse.TypedColumn, Relation: b.rel, Name: sqlparse.Name{Name: "*"}})
	case b.expr != nil:
		value := b.expr
		if t := value.GetResTarget(); t != nil {
			value = t.Val
		}
		if o.w.names.starArm && value.GetColumnRef() == nil && value.GetTypeCast() == nil {
			o.anything()
		}
		o.of(value)
	}
}
