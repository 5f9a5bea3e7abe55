package catalog

import (
	"strings"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// An eventTrigger is one that is enabled.
// See https://www.postgresql.org/docs/17/event-trigger-definition.html.
type eventTrigger struct {
	name  string
	login bool      // it fires when a session starts, not with DDL
	fn    *function // nil: one of PostgreSQL's own
}

// defined follows a statement that defines something to the event triggers that it fires. Most such
// statements move the epoch anyway; those that make temporary relations, comment, or refresh a
// materialized view do not.
func (w *walk) defined(st *sqlparse.Statement, path searchPath, from *step) {
	if !firesEvents(st.Kind) {
		return
	}
	for _, t := range w.r.snapshot.eventTriggers {
		if !t.login && t.fn != nil {
			w.visit(visit{verb: call, fn: t.fn}, path, from, "event trigger "+t.name)
		}
	}
}

// firesEvents reports whether a command may fire event triggers.
func firesEvents(kind sqlparse.Kind) bool {
	switch kind {
	case "COMMENT", "REINDEX", "SELECT INTO", "GRANT", "REVOKE", "SECURITY LABEL", "IMPORT FOREIGN SCHEMA", "EXPLAIN":
		return true
	}
	verb, _, _ := strings.Cut(string(kind), " ")
	return verb == "CREATE" || verb == "ALTER" || verb == "DROP" || verb == "REFRESH"
}

// A loginEffect is what event triggers do when a session starts: whenever a pool opens a connection. Nobody
// sees that as a write, and so what they write is not kept.
type loginEffect struct {
	writes map[*relation]bool // roots of families
	opaque string             // a trigger that cannot be seen through; empty: none
}

// atLogin resolves the triggers that fire when a session starts, of whichever role.
func (r *Resolver) atLogin() loginEffect {
	e := loginEffect{writes: map[*relation]bool{}}
	for _, t := range r.snapshot.eventTriggers {
		if !t.login || t.fn == nil {
			continue
		}
		w := newWalk(r)
		w.visit(visit{verb: call, fn: t.fn}, r.snapshot.anyPath(), nil, "")
		w.run()
		for _, x := range w.reached {
			if x.write {
				e.writes[x.rel.family] = true
			}
		}
		if len(w.opaque) > 0 {
			e.opaque = t.name
		}
	}
	return e
}

// keptPastLogin notes that rel may be written when a session starts.
func (w *walk) keptPastLogin(rel *relation) {
	switch e := &w.r.login; {
	case e.opaque != "":
		w.reason(WrittenAtLogin, e.opaque)
	case e.writes[rel.family]:
		w.reason(WrittenAtLogin, rel.name)
	}
}
