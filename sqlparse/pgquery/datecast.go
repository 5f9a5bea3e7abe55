//go:build cgo

package pgquery

import (
	"cmp"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// A text that is cast to a date or a time when the statement runs may read 'now', which no look at
// the literals tells. Casts are collected on the way through the tree, and judged at its end, when it is
// known what the names in it stand for. What surely makes a text is a reason not to keep the
// result; what may be a text, as a column may, is a Conversion for the catalog to judge.

// A dateCast is one that was come by.
type dateCast struct {
	to   sqlparse.Typed
	what string   // to has this name
	from *pg.Node // nil: nobody can tell
	row  bool     // it is all columns of one relation, in their order
}

// castTo notes that n is cast to a type. Of one of the program's own only the catalog
// knows whether there is a date in it.
//
// A time with time zone is another one in summer, if it takes its zone from the session:
// https://www.postgresql.org/docs/16/datatype-datetime.html#DATATYPE-TIMEZONES.
func (w *walker) castTo(t *pg.TypeName, n *pg.Node) {
	to, _ := typedOf(t)
	switch name := elementName(t); {
	case to.Kind == sqlparse.TypedColumn:
		w.casts = append(w.casts, dateCast{to: to, what: to.Name.Name, from: n})
	case name == "timetz":
		w.reason(sqlparse.AmbientCall, name)
	case dateTypes[name] || to.Kind == sqlparse.TypedAnything:
		w.casts = append(w.casts, dateCast{what: name, from: n})
	case to.Kind == sqlparse.TypedType:
		w.casts = append(w.casts, dateCast{to: to, what: to.Name.Name, from: n})
	}
}

// typed tells what has a type that is not one of PostgreSQL's own; those have no Kind.
func typedOf(t *pg.TypeName) (typed sqlparse.Typed, own string) {
	schema, full := qualifiedName(t.GetNames())
	name := elementName(t)
	switch names := t.GetNames(); {
	case full == "":
	case t.PctType && len(names) > 1: // relation.column%TYPE
		rel := relationOfNames(names[:len(names)-1])
		return sqlparse.Typed{Kind: sqlparse.TypedColumn, Relation: rel, Name: sqlparse.Name{Name: full}}, ""
	case t.PctType:
		return sqlparse.Typed{Kind: sqlparse.TypedAnything}, ""
	case dateTypes[name], textTypes[name], wordTypes[name], otherTypes[name]:
		return sqlparse.Typed{}, name
	default:
		return sqlparse.Typed{Kind: sqlparse.TypedType, Name: sqlparse.Name{Schema: schema, Name: full}}, ""
	}
	return sqlparse.Typed{}, ""
}

func relationOfNames(names []*pg.Node) sqlparse.Relation {
	schema, name := qualifiedName(names)
	return sqlparse.Relation{Schema: schema, Name: name}
}

func (w *walker) typeCast(m *pg.TypeCast) {
	w.castTo(m.TypeName, m.Arg)
	w.children(m)
}

// castCall notes a cast that is written as a call: date(x). A name that PostgreSQL has a function
// of may be no type's.
func (w *walker) castCall(names []*pg.Node, arg *pg.Node) {
	schema, name := qualifiedName(names)
	if class := sqlparse.Classify(schema, name, 1); class == sqlparse.Unknown || dateTypes[name] || name == "timetz" {
		w.castTo(&pg.TypeName{Names: names}, arg)
	}
}

// zone notes what is moved to another time zone. A time, which has no date, is moved as of today.
func (w *walker) zone(n *pg.Node) {
	w.casts = append(w.casts, dateCast{to: sqlparse.Typed{Kind: sqlparse.TypedZone}, what: "timezone", from: n})
}

// assigned notes that the rows of a query are read as values of some types; nil is none. Column by column, if
// it is plain which is which.
func (w *walker) assigned(m *pg.SelectStmt, into []*pg.TypeName) {
	if m == nil {
		return
	}
	for i, t := range into {
		before := len(w.casts)
		switch {
		case t == nil:
		case len(into) == len(m.TargetList) && !hasStar(m.TargetList):
			w.castTo(t, m.TargetList[i])
		default:
			w.castTo(t, &pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: m}})
		}
		for j := before; j < len(w.casts); j++ {
			w.casts[j].row = isRow(m)
		}
	}
}

// isRow reports whether a query selects nothing but a star of one relation. Beside anything else the columns of a
// star are others' by their place.
func isRow(m *pg.SelectStmt) bool {
	return len(m.TargetList) == 1 && hasStar(m.TargetList) && len(m.FromClause) == 1 && m.FromClause[0].GetRangeVar() != nil
}

// columnType notes a column that is made of texts, those in JSON or XML.
func (w *walker) columnType(m *pg.TypeName) { w.castTo(m, nil) }

// populates notes json_populate_record and its kin, which read the texts in JSON as the columns of the row that
// is their first argument.
func (w *walker) populates(name string, args []*pg.Node) {
	switch name {
	case "json_populate_record", "json_populate_recordset", "jsonb_populate_record", "jsonb_populate_recordset":
		if row := args[0].GetTypeCast(); row != nil {
			w.columnType(row.TypeName)
			return
		}
		w.casts = append(w.casts, dateCast{what: name})
	}
}

// maxFollowed bounds how many names are compared for the casts of one statement.
const maxFollowed = 1 << 15

// conversions judges the casts.
func (w *walker) conversions() {
	calls := len(w.names.calls)
	tooMany := len(w.casts)*(len(w.names.bindings)+calls*calls) > maxFollowed
	for _, c := range w.casts {
		o := origins{w: w, text: c.from == nil, whole: c.to.Kind == sqlparse.TypedType || c.to.Kind == sqlparse.TypedColumn}
		if tooMany {
			o.anything()
		} else {
			o.of(c.from)
		}
		switch {
		case c.to.Kind == sqlparse.TypedZone && o.time:
			w.reason(sqlparse.AmbientCall, c.what)
		case !o.text:
			for _, from := range o.list {
				from.Bound = from.Bound || from.Name.Name == "*" && !c.row
				w.st.Conversions = append(w.st.Conversions, sqlparse.Conversion{To: c.to, From: from})
			}
		case c.to.Kind == sqlparse.TypedZone: // no text is
		case c.to.Kind == 0:
			w.reason(sqlparse.TextAsDate, c.what)
		default:
			from := sqlparse.Typed{Kind: sqlparse.TypedAnything}
			w.st.Conversions = append(w.st.Conversions, sqlparse.Conversion{To: c.to, From: from})
		}
	}
	slices.SortFunc(w.st.Conversions, func(a, b sqlparse.Conversion) int {
		return cmp.Or(compareTyped(a.From, b.From), compareTyped(a.To, b.To))
	})
	w.st.Conversions = slices.Compact(w.st.Conversions)
}

func compareTyped(a, b sqlparse.Typed) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), compareRelations(a.Relation, b.Relation), compareNames(a.Name, b.Name),
		cmp.Compare(a.Args, b.Args), cmp.Compare(a.Field, b.Field), compareBools(a.Bound, b.Bound), compareBools(a.Passed, b.Passed))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
