package catalog

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// conversions judges what a statement has read as a date: a text may say 'now', and then the result moves with
// the clock although nothing is written. Its names are looked for in names.
func (w *walk) conversions(st *sqlparse.Statement, names searchPath) {
	for _, c := range st.Conversions {
		to := holdsDate
		switch c.To.Kind {
		case 0:
		case sqlparse.TypedZone:
			if w.typed(st, c.From, names)&holdsTime != 0 {
				w.reason(sqlparse.AmbientCall, "timezone")
			}
			continue
		default:
			to = w.typed(st, c.To, names)
		}
		if to&holdsClock != 0 {
			w.reason(sqlparse.AmbientCall, "timetz")
		}
		if to&holdsDate != 0 && w.typed(st, c.From, names)&holdsText != 0 && !w.sameRow(st, c, names) {
			w.reason(sqlparse.TextAsDate, cmp.Or(c.From.Name.Name, c.To.Name.Name))
		}
	}
	for _, f := range st.Functions { // a domain may have the name of one of PostgreSQL's own functions
		if f.Args == 1 && f.Class != sqlparse.Unknown && w.typeTraits(sqlparse.Name{Schema: f.Schema, Name: f.Name}, names)&(holdsDate|holdsRow) == holdsDate {
			w.reason(sqlparse.TextAsDate, f.Name)
		}
	}
	if w.r.snapshot.datesUnasked {
		w.reason(sqlparse.TextAsDate, "cast")
	}
}

// typed gives the traits of something's type; where it is not known which it is, of all that it may be.
func (w *walk) typed(st *sqlparse.Statement, t sqlparse.Typed, names searchPath) traits {
	all := holdsAnything
	switch t.Kind {
	case sqlparse.TypedFunction:
		return w.result(t, names)
	case sqlparse.TypedColumn:
		all = w.column(st, t, names)
	case sqlparse.TypedType:
		all = w.typeTraits(t.Name, names)
	case sqlparse.TypedOperator:
		all = 0
		for _, p := range w.r.snapshot.in(t.Name.Schema, names) {
			all |= p.schema.results[t.Name.Name]
			if !t.Passed {
				all |= p.schema.passed[t.Name.Name]
			}
		}
	}
	if t.Field != "" && all&holdsRow == 0 {
		return 0
	}
	return all
}

// column gives the traits of a column. A name that no relation has as a column's, and that stands for nothing
// else in the text, may be anything's.
func (w *walk) column(st *sqlparse.Statement, t sqlparse.Typed, names searchPath) traits {
	var all traits
	found := t.Bound
	for _, rel := range w.relationsOf(st, t, names) {
		if t.Name.Name == "*" {
			found = true
			for _, c := range rel.columns {
				all |= c
			}
		}
		c, ok := rel.columns[t.Name.Name]
		all, found = all|c, found || ok
	}
	if found && t.Relation.Name != "" {
		return all
	}
	for _, f := range w.r.snapshot.functionsNamed("", t.Name.Name, 1, names) { // called as a column
		if f.row || !found {
			all, found = all|f.result, true
		}
	}
	if !found {
		return holdsAnything
	}
	return all
}

// relationsOf are those that may have the column: one, or all that the statement names.
func (w *walk) relationsOf(st *sqlparse.Statement, t sqlparse.Typed, names searchPath) []*relation {
	if t.Relation.Name != "" {
		return w.r.snapshot.relationsNamed(t.Relation.Schema, t.Relation.Name, names)
	}
	var all []*relation
	for _, rel := range st.Reads {
		all = append(all, w.r.snapshot.relationsNamed(rel.Schema, rel.Name, names)...)
	}
	for _, x := range st.Writes {
		all = append(all, w.r.snapshot.relationsNamed(x.Schema, x.Name, names)...)
	}
	return all
}

// result gives the traits of a function's result, or of what a cast in the notation of a call makes.
func (w *walk) result(t sqlparse.Typed, names searchPath) traits {
	found := w.r.snapshot.functionsNamed(t.Name.Schema, t.Name.Name, t.Args, names)
	if len(found) == 0 && t.Args == 1 {
		return w.typeTraits(t.Name, names)
	}
	var all traits
	for _, f := range found {
		switch {
		case t.Passed && f.passes: // what is seen where it comes from
		case t.Field == "*" && f.result&holdsRow == 0: // it has no columns
		case t.Field != "" && t.Field != "*" && f.fields != nil:
			all |= f.fields[t.Field] // or it is no column of this function's
		default:
			all |= f.result
		}
	}
	return all
}

// typeTraits gives the traits of a type: _name is an array of name.
func (w *walk) typeTraits(n sqlparse.Name, names searchPath) traits {
	var all traits
	for _, name := range []string{n.Name, strings.TrimLeft(n.Name, "_")} {
		for _, p := range w.r.snapshot.in(n.Schema, names) {
			all |= p.schema.traits[name]
		}
	}
	return all
}

// sameRow reports whether c makes a row of a relation from that relation's columns, which changes none
// of them: SELECT * INTO r FROM t, where r is a t%ROWTYPE.
func (w *walk) sameRow(st *sqlparse.Statement, c sqlparse.Conversion, names searchPath) bool {
	if c.To.Kind != sqlparse.TypedType || c.From.Kind != sqlparse.TypedColumn || c.From.Name.Name != "*" || c.From.Bound {
		return false
	}
	rows := w.r.snapshot.relationsNamed(c.To.Name.Schema, c.To.Name.Name, names)
	from := w.relationsOf(st, c.From, names)
	return len(rows) == 1 && len(from) > 0 && !slices.ContainsFunc(from, func(rel *relation) bool { return rel != rows[0] })
}
