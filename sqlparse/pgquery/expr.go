//go:build cgo

package pgquery

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// qualifiedName splits a name given as a list of strings. The database's name, which can
// only be the current one, is dropped.
func qualifiedName(list []*pg.Node) (schema, name string) {
	if n := len(list); n > 0 {
		name = list[n-1].GetString_().GetSval()
		if n > 1 {
			schema = list[n-2].GetString_().GetSval()
		}
	}
	return schema, name
}

func (w *walker) funcCall(m *pg.FuncCall) {
	schema, name := qualifiedName(m.Funcname)
	args := len(m.Args)
	switch {
	case m.AggStar:
		args = -1
	case m.AggWithinGroup:
		args += len(m.AggOrder)
	}
	w.call(sqlparse.Function{Schema: schema, Name: name, Args: args, Class: sqlparse.Classify(schema, name, args)}, m.Args)
	if len(m.Args) == 1 {
		w.castCall(m.Funcname, m.Args[0])
	}
	if name == "timezone" && len(m.Args) == 2 {
		w.zone(m.Args[1])
	}
	if len(m.Args) > 0 {
		w.populates(ownName(m.Funcname), m.Args)
	}
	w.children(m)
}

// attributes notes the functions that are called in the notation of a column: (t).age is age(t) where
// t has no such column, and whatever t is.
// See https://www.postgresql.org/docs/16/rowtypes.html#ROWTYPES-USAGE.
func (w *walker) attributes(m *pg.A_Indirection) {
	w.fields(m.Indirection)
	for i, n := range m.Indirection {
		name := n.GetString_().GetSval()
		w.unstable(name)
		class := sqlparse.Classify("", name, 1)
		if class == sqlparse.Unknown {
			if i == 0 && name != "" {
				w.castCall([]*pg.Node{n}, m.Arg)
			}
			continue // most likely a column; a function of the program's own is the catalog's part
		}
		arg := m.Arg
		if i > 0 {
			arg = nil
		}
		w.call(sqlparse.Function{Name: name, Args: 1, Class: class}, []*pg.Node{arg})
		w.castCall([]*pg.Node{n}, arg)
	}
}

// call notes a function and what is known of it.
func (w *walker) call(f sqlparse.Function, args []*pg.Node) {
	w.st.Functions = append(w.st.Functions, f)
	switch f.Class {
	case sqlparse.Pure:
		return
	case sqlparse.Ambient:
		w.reason(sqlparse.AmbientCall, f.Name)
	case sqlparse.Volatile:
		w.reason(sqlparse.VolatileCall, f.Name)
	default:
		w.reason(sqlparse.UnknownCall, f.Name)
		w.runsUnseen()
		return
	}
	switch {
	case f.Name == "nextval", f.Name == "setval":
		w.advance(args)
	case f.Name == "set_config":
		w.setConfig(args)
	case sqlparse.RunsText(f.Name, f.Args):
		w.runsUnseen()
	}
}

// advance notes the sequence of nextval and setval, opaque if it is computed.
func (w *walker) advance(args []*pg.Node) {
	if rel, ok := relationFromText(literal(args[0])); ok {
		w.write(rel, sqlparse.Advance)
		return
	}
	w.opaque()
}

// setConfig notes the setting of set_config(name, value, is_local).
func (w *walker) setConfig(args []*pg.Node) {
	c := sqlparse.Control{Op: sqlparse.Set, Setting: strings.ToLower(literal(args[0]))}
	if len(args) == 3 {
		c.Local = args[2].GetAConst().GetBoolval().GetBoolval()
	}
	w.set(c, literal(args[1]))
}

// literal is the text of a literal, under casts or not, empty for anything else.
func literal(n *pg.Node) string {
	for n.GetTypeCast() != nil {
		n = n.GetTypeCast().Arg
	}
	return n.GetAConst().GetSval().GetSval()
}

// sqlValue notes CURRENT_DATE, CURRENT_USER and the like.
func (w *walker) sqlValue(m *pg.SQLValueFunction) {
	name := strings.TrimPrefix(m.Op.String(), "SVFOP_")
	w.reason(sqlparse.AmbientCall, strings.ToLower(strings.TrimSuffix(name, "_N")))
}

func (w *walker) constant(m *pg.A_Const) {
	if sqlparse.SpecialDate(m.GetSval().GetSval()) {
		w.reason(sqlparse.SpecialInput, "")
	}
}

// columnRef notes the columns that change without a write: ctid when the table is
// rewritten, xmax when a row is locked, cmin and cmax with them; and those of a
// sequence, which serial columns advance unseen and a rollback does not take back. A star
// names none of them: that seq in SELECT * FROM seq is a sequence, only the catalog tells.
func (w *walker) columnRef(m *pg.ColumnRef) {
	if len(m.Fields) > 1 {
		w.fields(m.Fields[1:])
	}
	_, name := qualifiedName(m.Fields)
	w.unstable(name)
}

// unstable notes such a column by its name. (t).ctid is that of t's row, too.
func (w *walker) unstable(name string) {
	switch name {
	case "ctid", "xmax", "cmin", "cmax", "last_value", "is_called", "log_cnt":
		w.reason(sqlparse.AmbientCall, name)
	}
}

// typeName notes the types whose values are looked up in the catalog.
func (w *walker) typeName(m *pg.TypeName) {
	schema, name := qualifiedName(m.Names)
	w.st.Types = append(w.st.Types, sqlparse.Name{Schema: schema, Name: name})
	switch name {
	case "regclass", "regcollation", "regconfig", "regdictionary", "regnamespace", "regoper", "regoperator",
		"regproc", "regprocedure", "regrole", "regtype":
		w.reason(sqlparse.SystemCatalog, name)
	}
	w.children(m)
}

// operator notes an operator, if there is one.
func (w *walker) operator(names []*pg.Node) {
	if schema, name := qualifiedName(names); name != "" {
		w.st.Operators = append(w.st.Operators, sqlparse.Name{Schema: schema, Name: name})
	}
}

// expression notes the operators of an expression.
func (w *walker) expression(m *pg.A_Expr) {
	switch m.Kind {
	case pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_BETWEEN_SYM:
		w.implied(">=", "<=")
	case pg.A_Expr_Kind_AEXPR_NOT_BETWEEN, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		w.implied("<", ">")
	default:
		w.operator(m.Name)
	}
}

// implied notes operators that the grammar makes of other words: = of IN, CASE x WHEN and USING, >= of BETWEEN.
// They are looked for along the search path like those in the text.
func (w *walker) implied(names ...string) {
	for _, name := range names {
		w.st.Operators = append(w.st.Operators, sqlparse.Name{Name: name})
	}
}

// fields notes the names among what stands behind an expression.
func (w *walker) fields(list []*pg.Node) {
	for _, n := range list {
		if name := n.GetString_().GetSval(); name != "" {
			w.st.Fields = append(w.st.Fields, name)
		}
	}
}
