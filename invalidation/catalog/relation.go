package catalog

import "github.com/gojohnny/gojohnny/sqlparse"

// read follows a relation that is read to what is read with it.
func (w *walk) read(s *step) {
	rel := s.rel
	switch {
	case rel.system:
		w.reason(sqlparse.SystemCatalog, rel.name)
		return
	case rel.kind == view:
		w.readView(s)
		return
	case rel.kind == sequence:
		w.reason(SequenceRead, rel.name)
	}
	w.reach(s, false)
	w.keptPastLogin(rel)
	w.zoned(rel)
	if rel.kind == materializedView {
		return // it holds rows of its own
	}
	w.parts(rel.parts, []partKind{partPolicy}, s.path, s)
	w.secure(rel)
	w.readRows(s, rel)
}

// readRows follows the reading of rows of rel, and of its children.
func (w *walk) readRows(s *step, rel *relation) {
	if rel.kind == foreignTable && !w.r.declarations.vouches(rel) {
		w.reason(Foreign, rel.name)
	}
	if rel.subscribed && !w.r.declarations.vouches(rel) {
		w.reason(Subscribed, rel.name)
	}
	w.parts(rel.parts, []partKind{partVirtual, partType}, s.path, s)
	for _, child := range rel.children {
		w.readRows(s, child)
	}
}

// zoned notes columns that are times with time zone. A time beside one, in a comparison, a join or a UNION, is given the
// session's zone as of today, and no name in the text needs to tell.
func (w *walk) zoned(rel *relation) {
	if rel.zoned && !w.r.declarations.vouches(rel) {
		w.reason(TimeWithZone, rel.name)
	}
}

// secure notes row security: what a role sees of the table depends on policies.
func (w *walk) secure(rel *relation) {
	if rel.rowSecurity && !w.r.declarations.vouches(rel) {
		w.reason(RowSecurity, rel.name)
	}
}

// readView follows a view to the relations and functions in its definition. The server
// knows the relations exactly; PostgreSQL's own functions are in the text alone.
func (w *walk) readView(s *step) {
	w.parts(s.rel.parts, []partKind{partView, partType}, s.path, s)
	if s.rel.definition == nil {
		// The functions that write are known all the same: none of PostgreSQL's own does.
		w.reason(OpaqueView, s.rel.name)
		w.runsUnseen = true
		return
	}
	for i := range s.rel.definition.Statements {
		st := &s.rel.definition.Statements[i]
		w.own(st, s)
		w.conversions(st, w.r.snapshot.loadPath)
		w.calls(st, w.r.snapshot.loadPath, s.path, s)
	}
}

// events are the triggers' events and the rules' of the verbs.
var events = map[verb]struct {
	bit    int
	action sqlparse.Action
}{
	insert:          {triggerInsert, sqlparse.Insert},
	copyIn:          {triggerInsert, ""},
	update:          {triggerUpdate, sqlparse.Update},
	conflict:        {triggerUpdate, ""},
	deletion:        {triggerDelete, sqlparse.Delete},
	truncate:        {triggerTruncate, ""},
	truncateCascade: {triggerTruncate, ""},
}

// write follows a relation that is written to what is written with it.
func (w *walk) write(s *step) {
	rel := s.rel
	switch {
	case rel.system:
		w.cannotSee(OpaqueCommand, "write to "+rel.name)
		return
	case s.verb == refresh:
		w.reach(s, true)
		s.path = w.r.snapshot.anyPath() // the owner's, or, since PostgreSQL 17, pg_catalog alone
		w.readView(s)
		w.parts(rel.parts, []partKind{partIndex}, s.path, s)
		return
	}
	w.defaults(s)
	if w.rules(s) {
		return // nothing else happens
	}
	if rel.kind == view {
		w.writeView(s)
		return
	}
	w.reach(s, true)
	w.writeRows(s, rel, true)
}

// defaults follows the defaults of columns that a write may take. They are evaluated before rules are
// applied, and a view's stand in for its tables'.
func (w *walk) defaults(s *step) {
	for _, p := range s.rel.parts {
		if p.kind == partDefault && s.takesDefault(p.column) {
			w.parts([]part{p}, nil, s.path, s)
		}
	}
}

// takesDefault reports whether a column may get its default.
func (s *step) takesDefault(column string) bool {
	switch s.verb {
	case insert, copyIn:
		return true
	default:
		return s.updates() && s.columns.has(column)
	}
}

// rules follows the rules of a write and reports whether they take its place: an INSTEAD
// under no condition.
// See https://www.postgresql.org/docs/16/rules-update.html.
func (w *walk) rules(s *step) (instead bool) {
	for _, rule := range s.rel.rules {
		if rule.event != events[s.verb].action {
			continue
		}
		instead = instead || rule.instead
		if rule.actions == nil {
			w.cannotSee(OpaqueView, rule.name)
			continue
		}
		for i := range rule.actions.Statements {
			w.ruleActions(&rule.actions.Statements[i], s, rule)
		}
	}
	return instead
}

// ruleActions follows the actions of CREATE RULE, whose analysis says all of them in one; the rule's own
// relation is defined there, which does not happen now.
func (w *walk) ruleActions(st *sqlparse.Statement, s *step, rule *rule) {
	actions := *st
	actions.Opaque, actions.Controls, actions.Kind = false, nil, sqlparse.Select
	actions.Reasons = nil
	w.statement(&actions, w.r.snapshot.loadPath, s.path, &step{from: s, by: "rule " + rule.name})
}

// writeView follows a write to a view: to its INSTEAD OF triggers, or, the server having
// rewritten it, to the tables that the view selects from. An INSERT that is rewritten takes its
// ON CONFLICT along, past the view's triggers for updates.
// See https://www.postgresql.org/docs/16/sql-createview.html, Updatable Views.
func (w *walk) writeView(s *step) {
	w.readView(s)
	instead := false
	for _, t := range s.rel.triggers {
		if t.events&triggerInstead != 0 && t.events&events[s.verb].bit != 0 && s.verb != conflict {
			instead = true
			w.visit(visit{verb: call, fn: t.fn}, s.path, s, "trigger "+t.name)
		}
	}
	w.fire(s, s.rel, true)
	if instead {
		return
	}
	for _, p := range s.rel.parts {
		if p.kind == partView && p.rel != nil {
			w.visit(visit{verb: s.verb, rel: p.rel, columns: columns{all: s.updates()}}, s.path, s, "view")
		}
	}
}

// writeRows follows a write of rows of rel, and of its children: what is checked,
// computed, fired and cascaded. named says that rel is the table the statement names.
func (w *walk) writeRows(s *step, rel *relation, named bool) {
	if rel.kind == foreignTable && !w.r.declarations.vouches(rel) {
		w.cannotSee(Foreign, rel.name) // which may be one of this very database
	}
	w.secure(rel)
	w.fire(s, rel, named)
	if s.verb == truncate || s.verb == truncateCascade {
		w.truncated(s, rel)
	} else {
		w.evaluate(s, rel)
		w.cascade(s, rel)
	}
	if s.rel.kind != partitioned && (s.verb == insert || s.verb == copyIn) {
		return // rows go to this table
	}
	for _, child := range rel.children {
		w.writeRows(s, child, false)
	}
}

// evaluate follows what is evaluated when a row is written.
func (w *walk) evaluate(s *step, rel *relation) {
	for _, p := range rel.parts {
		switch p.kind {
		case partDefault:
			if !s.takesDefault(p.column) {
				continue
			}
		case partVirtual, partView:
			continue
		case partGenerated, partCheck, partIndex, partKey, partDomain:
			if s.verb == deletion {
				continue
			}
		}
		w.parts([]part{p}, nil, s.path, s)
	}
}

// fire follows the triggers of a write.
func (w *walk) fire(s *step, rel *relation, named bool) {
	bits := events[s.verb].bit
	if s.updates() && w.moves(s) {
		bits |= triggerInsert | triggerDelete
	}
	for _, t := range rel.triggers {
		switch {
		case t.events&bits == 0, t.events&triggerInstead != 0:
		case !named && t.events&triggerRow == 0 && s.verb != truncate && s.verb != truncateCascade:
			// A statement's trigger fires for the table it names.
		case t.events&bits == triggerUpdate && !t.columns.meets(s.columns):
		default:
			w.visit(visit{verb: call, fn: t.fn}, w.firingPath(t, s.path), s, "trigger "+t.name)
		}
	}
}

// firingPath is the search path under which a trigger fires: the statement's, unless that may be another one by
// the end of the transaction.
func (w *walk) firingPath(t *trigger, path searchPath) searchPath {
	if t.deferrable {
		return w.r.snapshot.anyPath()
	}
	return path
}

// moves reports whether an update may move rows to other partitions, which deletes and
// inserts them. A trigger may change the key as well.
func (w *walk) moves(s *step) bool {
	return s.rel.kind == partitioned && anyOf(s.rel, func(rel *relation) bool {
		return s.columns.meets(rel.partitionKey) || rel.changesRows()
	})
}

// changesRows reports whether a trigger may change what an update sets.
func (rel *relation) changesRows() bool {
	for _, t := range rel.triggers {
		if t.events&(triggerRow|triggerBefore|triggerUpdate) == triggerRow|triggerBefore|triggerUpdate {
			return true
		}
	}
	return false
}

// anyOf reports whether f holds of rel or of one of its descendants.
func anyOf(rel *relation, f func(*relation) bool) bool {
	if f(rel) {
		return true
	}
	for _, child := range rel.children {
		if anyOf(child, f) {
			return true
		}
	}
	return false
}
