package catalog

import (
	"slices"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// verbs are the verbs of the actions. Define is the command's, which is opaque.
var verbs = map[sqlparse.Action]verb{
	sqlparse.Insert: insert, sqlparse.Update: update, sqlparse.Delete: deletion, sqlparse.Truncate: truncate,
	sqlparse.TruncateCascade: truncateCascade, sqlparse.Refresh: refresh, sqlparse.Advance: advance,
}

// statement follows one statement, of the text itself (from is nil) or of a body. Its
// names are looked for in names, those in the bodies of functions that it calls in path: they
// differ where the server looked a text's names up when it was defined.
func (w *walk) statement(st *sqlparse.Statement, names, path searchPath, from *step) {
	w.own(st, from)
	w.defined(st, path, from)
	for _, rel := range st.Reads {
		w.names(visit{verb: read}, rel, names, path, from)
	}
	for _, x := range st.Writes {
		v := visit{verb: verbs[x.Action]}
		switch {
		case x.Action == sqlparse.Define, defines(st, x.Relation):
			continue // the making of it is DDL or temporary
		case x.Action == sqlparse.Insert && st.Kind == "COPY":
			v.verb = copyIn
		case x.Action == sqlparse.Update:
			v.columns = assigned(st, x.Relation)
		}
		if from == nil {
			w.named = append(w.named, w.staticTag(x.Name))
		}
		w.names(v, x.Relation, names, path, from)
		if v.verb == update && inserts(st, x.Relation) {
			v.verb = conflict
			w.names(v, x.Relation, names, path, from)
		}
	}
	w.conversions(st, names)
	w.calls(st, names, path, from)
}

// defines reports whether st makes rel itself.
func defines(st *sqlparse.Statement, rel sqlparse.Relation) bool {
	return slices.Contains(st.Writes, sqlparse.Write{Relation: rel, Action: sqlparse.Define})
}

// inserts reports whether st inserts into rel, so that its update may be ON CONFLICT's.
func inserts(st *sqlparse.Statement, rel sqlparse.Relation) bool {
	return slices.Contains(st.Writes, sqlparse.Write{Relation: rel, Action: sqlparse.Insert})
}

// assigned are the columns of rel that st sets.
func assigned(st *sqlparse.Statement, rel sqlparse.Relation) columns {
	var names []string
	for _, c := range st.Assigned {
		if c.Relation == rel {
			names = append(names, c.Column)
		}
	}
	if len(names) == 0 {
		return columns{all: true}
	}
	return columnsOf(names...)
}

// names follows a relation's name to what it means.
func (w *walk) names(v visit, rel sqlparse.Relation, names, path searchPath, from *step) {
	found := w.r.snapshot.relationsNamed(rel.Schema, rel.Name, names)
	if len(found) == 0 {
		w.missing(v, rel)
	}
	for _, v.rel = range found {
		w.visit(v, path, from, "")
	}
}

// missing notes a name that means nothing: that of a temporary relation, or of one that was
// made past the cache a moment ago. What is read there is not kept; what a write to it
// does, its triggers may decide.
func (w *walk) missing(v visit, rel sqlparse.Relation) {
	switch v.verb {
	case read:
		w.reason(UnknownRelation, rel.Name)
	case advance: // nothing that is kept depends on a sequence
	default:
		w.cannotSee(UnknownRelation, rel.Name)
	}
}

// own takes over what the analysis itself says against keeping the result, but for
// what the catalog knows better.
func (w *walk) own(st *sqlparse.Statement, from *step) {
	for _, r := range st.Reasons {
		switch r.Code {
		case sqlparse.UnknownCall, sqlparse.NoTable, sqlparse.WritesData, sqlparse.SeveralCommands:
		default:
			w.reason(r.Code, r.Detail)
		}
	}
	seenThrough, inBody := !st.Opaque || onlyCalls(st), from != nil && from.fn != nil
	switch {
	case seenThrough:
	case inBody:
		w.cannotSee(OpaqueFunction, from.fn.name) // which is what can be declared
	default:
		w.cannotSee(OpaqueCommand, string(st.Kind))
	}
	for _, c := range st.Controls {
		switch {
		case c.Op == sqlparse.Unseen && seenThrough:
		case inBody && (c.Op == sqlparse.Commit || movesPath(c)):
			// What a procedure wrote may be committed although it fails. Names behind
			// a new path mean something else, in whatever runs then.
			w.cannotSee(OpaqueFunction, from.fn.name)
		default:
			w.controls = append(w.controls, c)
		}
		if c.Op == sqlparse.CommitPrepared {
			w.cannotSee(OpaqueCommand, string(st.Kind))
		}
	}
}

// movesPath reports whether c may change what a name without a schema means.
func movesPath(c sqlparse.Control) bool {
	switch c.Op {
	case sqlparse.Set:
		return c.Setting == "" || c.Setting == "search_path" || c.Setting == "role" || c.Setting == "session_authorization"
	case sqlparse.Reset, sqlparse.Discard:
		return true
	}
	return false
}

// undoesPath reports whether c may end a setting that ends with a transaction.
func undoesPath(c sqlparse.Control) bool {
	return c.Op == sqlparse.Commit || c.Op == sqlparse.Rollback || c.Op == sqlparse.RollbackTo
}

// onlyCalls reports whether an opaque statement is so for the functions it calls alone,
// which the catalog sees through. A sequence that is computed does not count: nothing
// that is kept depends on one.
func onlyCalls(st *sqlparse.Statement) bool {
	switch st.Kind {
	case sqlparse.Select, "INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "CALL", "":
	default:
		return false
	}
	return !slices.ContainsFunc(st.Reasons, func(r sqlparse.Reason) bool { return r.Code == sqlparse.Undetermined }) &&
		!slices.ContainsFunc(st.Functions, func(f sqlparse.Function) bool { return sqlparse.RunsText(f.Name, f.Args) })
}

// calls follows the functions that a statement calls, by name or not.
func (w *walk) calls(st *sqlparse.Statement, names, path searchPath, from *step) {
	for _, f := range st.Functions {
		found := w.r.snapshot.functionsNamed(f.Schema, f.Name, max(f.Args, 0), names)
		if len(found) == 0 && f.Class == sqlparse.Unknown {
			w.conversion(f, names, path, from)
		}
		for _, fn := range found {
			w.visit(visit{verb: call, fn: fn}, path, from, "")
		}
	}
	for _, op := range st.Operators {
		for _, fn := range w.r.snapshot.operatorsNamed(op, names) {
			w.visit(visit{verb: call, fn: fn}, path, from, "operator "+op.Name)
		}
	}
	for _, t := range st.Types {
		w.parts(w.r.snapshot.typeNamed(t, names), nil, path, from)
	}
	for _, name := range st.Fields {
		for _, fn := range w.r.snapshot.functionsNamed("", name, 1, names) {
			if fn.row {
				w.visit(visit{verb: call, fn: fn}, path, from, "column")
			}
		}
	}
	w.parts(w.r.snapshot.everywhere, nil, path, from)
}

// conversion takes a call of what is no function for a cast in its notation, type(x). What is
// no type either is newer than the Snapshot.
func (w *walk) conversion(f sqlparse.Function, names, path searchPath, from *step) {
	name := sqlparse.Name{Schema: f.Schema, Name: f.Name}
	if f.Args == 1 && w.r.snapshot.isType(name, names) {
		w.parts(w.r.snapshot.typeNamed(name, names), nil, path, from)
		return
	}
	w.cannotSee(UnknownFunction, f.Name)
}

// parts follows the parts of something that are evaluated now; nil kinds are all.
func (w *walk) parts(parts []part, kinds []partKind, path searchPath, from *step) {
	for _, p := range parts {
		switch {
		case kinds != nil && !slices.Contains(kinds, p.kind):
		case p.fn != nil:
			w.visit(visit{verb: call, fn: p.fn}, path, from, string(p.kind))
		case p.rel != nil && (p.kind == partPolicy || p.kind == partView):
			w.visit(visit{verb: read, rel: p.rel}, path, from, string(p.kind))
		}
	}
}
