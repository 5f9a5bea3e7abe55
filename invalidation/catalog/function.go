package catalog

import (
	"slices"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// call follows a function to what its body does.
func (w *walk) call(s *step) {
	f := s.fn
	w.parts(f.types, nil, s.path, s)
	if d := w.r.declarations.function(f); d != nil {
		w.declared(d, s)
		return
	}
	for _, r := range f.unsound {
		w.reason(r.Code, r.Detail)
	}
	for _, called := range f.calls {
		w.visit(visit{verb: call, fn: called}, s.path, s, "")
	}
	switch {
	case f.compiled():
		w.compiled(f) // an aggregate is immutable, and calls functions that may not be
		return
	case f.volatility == 'v':
		w.reason(sqlparse.VolatileCall, f.name)
	}
	if f.body == nil {
		w.cannotSee(OpaqueFunction, f.name)
		return
	}
	path := w.bodyPath(s)
	names := path
	if f.atomic {
		names = w.r.snapshot.loadPath
	}
	for i := range f.body.Statements {
		w.statement(&f.body.Statements[i], names, path, s)
	}
}

// bodyPath is the search path while a function runs: its own, if it sets one, else the
// caller's. One that runs with its owner's rights has a path that its caller's do
// not tell.
func (w *walk) bodyPath(s *step) searchPath {
	f, snapshot := s.fn, w.r.snapshot
	switch {
	case f.setsRole:
		return snapshot.anyPath()
	case f.setsPath && !f.definer && slices.Contains(f.path, "$user"):
		return snapshot.anyPath() // who runs it may be somebody else: the owner of what called it
	case f.setsPath:
		return snapshot.settingPath(f.path, f.owner)
	case f.definer && f.owner != w.r.role:
		return snapshot.anyPath()
	}
	return s.path
}

// readOnly are extensions whose volatile functions in C write nothing: they make
// random values, or tell of the server.
var readOnly = map[string]bool{
	"uuid-ossp": true, "pgcrypto": true, "pg_stat_statements": true, "pg_trgm": true, "citext": true, "hstore": true,
	"ltree": true, "unaccent": true, "pageinspect": true, "pgstattuple": true, "vector": true, "postgis": true,
}

// runsText are extensions with stable functions in C that execute SQL which they are given as text, or
// make of names and conditions: crosstab('SELECT ...'), connectby, xpath_table. The functions in it may write.
var runsText = map[string]bool{"tablefunc": true, "xml2": true}

// compiled judges a function in C by its volatility, which is a promise of
// whoever made it. That hstore's populate_record is immutable, which reads texts as dates, is a false one.
func (w *walk) compiled(f *function) {
	switch {
	case f.volatility == 's' && runsText[f.extension]:
		w.cannotSee(OpaqueFunction, f.name)
	case f.extension == "hstore" && f.name == "populate_record":
		w.reason(sqlparse.TextAsDate, f.name)
	case f.volatility == 'i':
	case f.volatility == 's':
		w.reason(sqlparse.AmbientCall, f.name)
	case readOnly[f.extension]:
		w.reason(sqlparse.VolatileCall, f.name)
	default:
		w.cannotSee(OpaqueFunction, f.name)
	}
}

// declared follows a function to what the user says it does.
func (w *walk) declared(d *Function, s *step) {
	if d.Volatile || len(d.Writes) > 0 {
		w.reason(sqlparse.VolatileCall, s.fn.name)
	}
	for _, name := range d.Reads {
		w.declaredTable(read, name, s)
	}
	for _, name := range d.Writes {
		for _, v := range []verb{insert, update, deletion} {
			w.declaredTable(v, name, s)
		}
	}
}

// declaredTable follows a table that a declaration names; without a schema, that of every schema.
func (w *walk) declaredTable(v verb, name string, s *step) {
	n := parseName(name)
	rel := sqlparse.Relation{Schema: n.Schema, Name: n.Name}
	w.names(visit{verb: v, columns: columns{all: v == update}}, rel, w.r.snapshot.anyPath(), s.path, s)
}
