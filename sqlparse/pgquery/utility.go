//go:build cgo

package pgquery

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// utility handles the commands that are neither queries nor definitions.
func (w *walker) utility(m any) {
	switch m := m.(type) {
	case *pg.TransactionStmt:
		w.transaction(m)
	case *pg.VariableSetStmt:
		w.variableSet(m)
	case *pg.DiscardStmt:
		w.discard(m)

	case *pg.CopyStmt:
		w.copyStmt(m)
	case *pg.TruncateStmt:
		w.truncate(m)
	case *pg.RefreshMatViewStmt:
		w.target(m.Relation, "REFRESH MATERIALIZED VIEW", sqlparse.Refresh)

	case *pg.ExplainStmt:
		w.explain(m)
	case *pg.PrepareStmt:
		w.storedPart(m.Query)
	case *pg.ExecuteStmt, *pg.DoStmt, *pg.CallStmt, *pg.LoadStmt:
		w.runsUnseen()
		w.children(m)

	case *pg.VacuumStmt:
		if isSet(m.Options, "full") {
			w.runsUnseen()
		}
		w.children(m)
	case *pg.ClusterStmt:
		// Like VACUUM FULL it moves rows to other places, by which a sample of them is another one: TABLESAMPLE REPEATABLE.
		w.runsUnseen()
		w.children(m)
	case *pg.LockStmt, *pg.ReindexStmt, *pg.DeclareCursorStmt:
		// They read the relations they name, and leave their rows as they were. The query of a
		// cursor runs at FETCH, in the same transaction.
		w.children(m)
	case *pg.FetchStmt, *pg.ClosePortalStmt, *pg.DeallocateStmt, *pg.VariableShowStmt,
		*pg.ListenStmt, *pg.UnlistenStmt, *pg.NotifyStmt, *pg.CheckPointStmt:
		// They name no relation.
	case *pg.ConstraintsSetStmt:
		// Its relations are names of constraints.

	default:
		w.definition(m)
	}
}

// storedPart visits a statement that is kept for later.
func (w *walker) storedPart(n *pg.Node) {
	stored := w.stored
	w.stored = true
	w.node(n)
	w.stored = stored
}

// copyStmt handles COPY. A file and a program are the server's: what they hold or do is
// not asked, since no result of COPY is kept.
func (w *walker) copyStmt(m *pg.CopyStmt) {
	switch {
	case m.Relation == nil:
		w.node(m.Query)
	case m.IsFrom:
		w.target(m.Relation, "COPY", sqlparse.Insert)
	default:
		w.read(relationOf(m.Relation)) // a WITH is not in scope here
	}
	w.nodes(m.Options)
	w.node(m.WhereClause)
}

func (w *walker) truncate(m *pg.TruncateStmt) {
	action := sqlparse.Truncate
	if m.Behavior == pg.DropBehavior_DROP_CASCADE {
		action = sqlparse.TruncateCascade
	}
	for _, n := range m.Relations {
		w.target(n.GetRangeVar(), "TRUNCATE", action)
	}
}

// explain visits the statement explained: with ANALYZE it is executed, else only planned.
func (w *walker) explain(m *pg.ExplainStmt) {
	planned := w.planned
	w.planned = !isSet(m.Options, "analyze")
	w.node(m.Query)
	w.planned = planned
}

// isSet reports whether an option is given, and not clearly off.
func isSet(options []*pg.Node, name string) bool {
	for _, n := range options {
		if d := n.GetDefElem(); strings.EqualFold(d.GetDefname(), name) && !isOff(d.Arg) {
			return true
		}
	}
	return false
}

// isOff reports whether an option's value is one of the server's words for false
// (defGetBoolean in commands/define.c).
func isOff(n *pg.Node) bool {
	switch v := unwrap(n).(type) {
	case *pg.Integer:
		return v.Ival == 0
	case *pg.Boolean:
		return !v.Boolval
	case *pg.String:
		return strings.EqualFold(v.Sval, "false") || strings.EqualFold(v.Sval, "off")
	default:
		return false
	}
}
