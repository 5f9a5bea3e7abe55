package catalog

// The actions of foreign keys: pg_constraint.confdeltype and confupdtype.
const (
	actCascade    = 'c'
	actSetNull    = 'n'
	actSetDefault = 'd'
)

// cascade follows a write to what foreign keys do in the tables that reference rel.
// See https://www.postgresql.org/docs/16/ddl-constraints.html#DDL-CONSTRAINTS-FK.
func (w *walk) cascade(s *step, rel *relation) {
	for _, fk := range rel.referencedBy {
		if s.verb == deletion || s.updates() && w.moves(s) {
			w.act(s, fk, fk.onDelete, "ON DELETE", visit{verb: deletion})
		}
		if s.updates() && (s.columns.meets(fk.key) || rel.changesRows()) {
			w.act(s, fk, fk.onUpdate, "ON UPDATE", visit{verb: update, columns: fk.columns})
		}
	}
}

// act follows one action; cascaded is what CASCADE does.
//
// The server executes it as the owner of the table, whose "$user" in a search path is another schema: see
// ri_PerformCheck in its utils/adt/ri_triggers.c.
func (w *walk) act(s *step, fk *foreignKey, action byte, event string, cascaded visit) {
	path := s.path
	if fk.from.owner != w.r.role {
		path = w.r.snapshot.anyPath()
	}
	switch action {
	case actCascade:
		cascaded.rel = fk.from
		w.visit(cascaded, path, s, "FK "+fk.name+" "+event+" CASCADE")
	case actSetNull, actSetDefault:
		name := " SET NULL"
		if action == actSetDefault {
			name = " SET DEFAULT"
		}
		w.visit(visit{verb: update, rel: fk.from, columns: fk.columns}, path, s, "FK "+fk.name+" "+event+name)
	}
}

// truncated follows TRUNCATE CASCADE to the tables that reference rel, whatever their
// keys' actions.
func (w *walk) truncated(s *step, rel *relation) {
	if s.verb != truncateCascade {
		return
	}
	for _, fk := range rel.referencedBy {
		w.visit(visit{verb: truncateCascade, rel: fk.from}, s.path, s, "FK "+fk.name+" TRUNCATE CASCADE")
	}
}
