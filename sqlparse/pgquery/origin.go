//go:build cgo

package pgquery

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// origins are what decides whether an expression makes a text: it surely does, or it
// does if one of the things in list has the type of a text.
type origins struct {
	w    *walker
	text bool
	time bool // or a time
	list []sqlparse.Typed
	seen map[string]bool       // names that were followed
	rows map[*pg.FuncCall]bool // functions in FROM that were, for the columns of their rows

	whole bool // a row is asked for
	inRow bool // a column of a row is, and a text has none
}

// isText notes that it surely does. That ends the search, and so it is nothing where a row is looked for: what else goes by
// the same name may be one.
func (o *origins) isText() { o.text = !o.inRow }

// of adds an expression's origins. What it has no rule for may be anything.
func (o *origins) of(n *pg.Node) {
	if o.text || n == nil {
		return
	}
	switch m := unwrap(n).(type) {
	case *pg.ColumnRef:
		o.columnRef(m)
	case *pg.ParamRef:
		o.param(m)
	case *pg.TypeCast:
		o.cast(m)
	case *pg.FuncCall:
		o.call(m, "")
	case *pg.A_Expr:
		o.operator(m)
	case *pg.SubLink:
		o.subLink(m)
	case *pg.SelectStmt:
		o.query(m)
	case *pg.A_Indirection:
		o.indirection(m)
	case *pg.CaseExpr:
		o.all(m.Args)
		o.of(m.Defresult)
	case *pg.CaseWhen:
		o.of(m.Result)
	case *pg.CoalesceExpr:
		o.all(m.Args)
	case *pg.MinMaxExpr:
		o.all(m.Args)
	case *pg.A_ArrayExpr:
		o.all(m.Elements)
	case *pg.RowExpr:
		o.all(m.Args)
	case *pg.List:
		o.all(m.Items)
	case *pg.ResTarget:
		o.of(m.Val)
	case *pg.SortBy:
		o.of(m.Node)
	case *pg.NamedArgExpr:
		o.of(m.Arg)
	case *pg.CollateClause, *pg.XmlSerialize: // nothing but a text has a collation
		o.isText()
	case nil, *pg.A_Const, *pg.BoolExpr, *pg.NullTest, *pg.BooleanTest, *pg.GroupingFunc, *pg.SetToDefault,
		*pg.SQLValueFunction, *pg.JsonIsPredicate:
		// A literal is looked at where it stands; what tells the time or the user is a reason of its own.
	default:
		o.anything()
	}
}

func (o *origins) all(list []*pg.Node) {
	for _, n := range list {
		o.of(n)
	}
}

func (o *origins) add(t sqlparse.Typed) { o.list = append(o.list, t) }

func (o *origins) anything() { o.add(sqlparse.Typed{Kind: sqlparse.TypedAnything}) }

// typeName adds a value of that type.
func (o *origins) typeName(m *pg.TypeName) {
	switch typed, own := typedOf(m); {
	case own == "time" || own == "timetz":
		o.time = true
	case o.inRow && (own == "record" || strings.HasPrefix(own, "any")):
		o.anything()
	case textTypes[own], wordTypes[own]:
		o.isText()
	case typed.Kind != 0:
		o.add(typed)
	}
}

// param adds an argument: the caller of a statement has it looked at, that of a function has not.
func (o *origins) param(m *pg.ParamRef) {
	if b := o.w.body; b != nil {
		o.typeName(b.param(m))
	}
}

// param is the type of a parameter.
func (b *body) param(m *pg.ParamRef) *pg.TypeName {
	if i := int(m.Number) - 1; i >= 0 && i < len(b.params) {
		return b.params[i]
	}
	return recordType
}

// fieldOf adds a field of a row of the program's own, and reports whether the type is one.
func (o *origins) fieldOf(t *pg.TypeName, name string) bool {
	typed, _ := typedOf(t)
	if typed.Kind == sqlparse.TypedType {
		rel := sqlparse.Relation{Schema: typed.Name.Schema, Name: typed.Name.Name}
		o.add(sqlparse.Typed{Kind: sqlparse.TypedColumn, Relation: rel, Name: sqlparse.Name{Name: name}})
	}
	return typed.Kind == sqlparse.TypedType
}

func (o *origins) cast(m *pg.TypeCast) {
	given := m.Arg.GetAConst() != nil || m.Arg.GetParamRef() != nil && o.w.body == nil
	cut := len(m.TypeName.GetTypmods()) > 0 || elementName(m.TypeName) == "name" // 'nowhere'::varchar(3) says now
	switch name := elementName(m.TypeName); {
	case name == "time" || name == "timetz":
		o.time = true
	case dateTypes[name] || otherTypes[name]:
	case given && !cut && textTypes[name]: // it is looked at where it stands
	default:
		o.typeName(m.TypeName)
		o.of(m.Arg) // which is a text all the same if the type is a domain over one
	}
}

// call adds a function's result, or one field of it. A function of the program's own may take the place of one of PostgreSQL's.
func (o *origins) call(m *pg.FuncCall, field string) {
	schema, full := qualifiedName(m.Funcname)
	switch name := ownName(m.Funcname); {
	case name == "time" || name == "timetz" || name == "make_time":
		o.time = true
	case makesText(name):
		o.isText()
	case passingFunctions[name]:
		o.all(m.Args)
		o.all(m.AggOrder)
	}
	o.add(sqlparse.Typed{
		Kind: sqlparse.TypedFunction, Name: sqlparse.Name{Schema: schema, Name: full},
		Args: len(m.Args) + withinGroup(m), Field: field, Passed: passingFunctions[ownName(m.Funcname)],
	})
}

// withinGroup is how many arguments an ordered-set aggregate has besides those in brackets.
func withinGroup(m *pg.FuncCall) int {
	if m.AggWithinGroup {
		return len(m.AggOrder)
	}
	return 0
}

// operator adds an operator's result. PostgreSQL's own make a text of a text or of what holds one, and
// besides of anything that stands beside a text.
func (o *origins) operator(m *pg.A_Expr) {
	switch m.Kind {
	case pg.A_Expr_Kind_AEXPR_NULLIF:
		o.of(m.Lexpr)
		return
	case pg.A_Expr_Kind_AEXPR_OP:
	default:
		return // true or false
	}
	schema, name := qualifiedName(m.Name)
	result := sqlparse.Typed{Kind: sqlparse.TypedOperator, Name: sqlparse.Name{Schema: schema, Name: name}}
	switch name {
	case "||", "->>", "#>>", "->":
		o.isText()
		return
	case "=", "<>", "!=", "<", ">", "<=", ">=":
	default:
		if castsToDate(m.Lexpr) || castsToDate(m.Rexpr) {
			break // a date, whatever is added to it
		}
		o.of(m.Lexpr)
		o.of(m.Rexpr)
		result.Passed = true
	}
	o.add(result)
}

// castsToDate reports whether an expression is surely a date, or a date and time.
func castsToDate(n *pg.Node) bool {
	name := elementName(n.GetTypeCast().GetTypeName())
	return name == "date" || name == "timestamp" || name == "timestamptz"
}

func (o *origins) subLink(m *pg.SubLink) {
	switch m.SubLinkType {
	case pg.SubLinkType_EXPR_SUBLINK, pg.SubLinkType_ARRAY_SUBLINK:
		o.of(m.Subselect)
	}
}

// query adds what a query selects.
func (o *origins) query(m *pg.SelectStmt) {
	for _, part := range []*pg.SelectStmt{m.Larg, m.Rarg} {
		if part != nil {
			o.query(part)
		}
	}
	o.all(m.TargetList)
	o.all(m.ValuesLists)
}

// indirection adds an element of an array, or a field of a row: that of a relation or a subquery in
// FROM under the name it has there, else one of what may have any.
func (o *origins) indirection(m *pg.A_Indirection) {
	for _, n := range m.Indirection {
		name := n.GetString_().GetSval()
		if name == "" {
			continue
		}
		o.add(sqlparse.Typed{Kind: sqlparse.TypedFunction, Name: sqlparse.Name{Name: name}, Args: 1}) // (t).f may be f(t)
		if fields := m.Arg.GetColumnRef().GetFields(); len(fields) == 1 && o.w.isItem(fields[0].GetString_().GetSval()) {
			o.column(fields[0].GetString_().GetSval(), name)
			o.rowNamed(fields[0].GetString_().GetSval(), name)
			return
		}
		if call := m.Arg.GetFuncCall(); call != nil {
			o.call(call, name)
			return
		}
		if b, p := o.w.body, m.Arg.GetParamRef(); b != nil && p != nil && o.fieldOf(b.param(p), name) {
			return
		}
	}
	whole := o.whole
	o.whole = whole || slices.ContainsFunc(m.Indirection, func(n *pg.Node) bool { return n.GetString_() != nil })
	o.of(m.Arg)
	o.whole = whole
}
