//go:build cgo

package pgquery

import (
	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// A cte is a name that WITH gave to a query.
type cte struct {
	name  string
	outer *cte
}

// query runs f for one query: names its WITH brings into scope leave it with it,
// and relations in it are read.
func (w *walker) query(with *pg.WithClause, f func()) {
	ctes, define := w.ctes, w.define
	w.define = false
	if with != nil {
		w.withClause(with)
	}
	f()
	w.ctes, w.define = ctes, define
}

// withClause visits the queries of WITH and brings their names into scope. A
// recursive WITH's queries see all its names; another's see those before
// them, not their own and not later ones: WITH a AS (SELECT * FROM a) reads the table.
// See https://www.postgresql.org/docs/16/queries-with.html.
func (w *walker) withClause(with *pg.WithClause) {
	if with.Recursive {
		for _, n := range with.Ctes {
			w.ctes = &cte{n.GetCommonTableExpr().GetCtename(), w.ctes}
		}
	}
	for _, n := range with.Ctes {
		w.node(n)
		if !with.Recursive {
			w.ctes = &cte{n.GetCommonTableExpr().GetCtename(), w.ctes}
		}
	}
}

// rangeVar notes a relation's name: in FROM, or in a definition.
func (w *walker) rangeVar(m *pg.RangeVar) {
	rel := relationOf(m)
	if w.define {
		w.write(rel, sqlparse.Define)
		return
	}
	if rel.Schema == "" && m.Catalogname == "" {
		for c := w.ctes; c != nil; c = c.outer {
			if c.name == rel.Name {
				w.bindRelation(m, rel, true)
				return
			}
		}
	}
	w.bindRelation(m, rel, false)
	w.read(rel)
}

func relationOf(m *pg.RangeVar) sqlparse.Relation {
	return sqlparse.Relation{Schema: m.GetSchemaname(), Name: m.GetRelname(), Only: m != nil && !m.Inh}
}

// target notes the relation a data-modifying statement writes. Its name is never
// that of a WITH query.
func (w *walker) target(m *pg.RangeVar, kind sqlparse.Kind, actions ...sqlparse.Action) {
	for _, action := range actions {
		w.write(relationOf(m), action)
	}
	if len(actions) > 0 && !w.planned && !w.stored {
		w.reason(sqlparse.WritesData, string(kind))
	}
}

func (w *walker) selectStmt(m *pg.SelectStmt) {
	w.query(m.WithClause, func() {
		if m.IntoClause != nil {
			w.visit(m.IntoClause)
		}
		w.nodes(m.DistinctClause)
		w.nodes(m.TargetList)
		w.nodes(m.FromClause)
		w.node(m.WhereClause)
		w.nodes(m.GroupClause)
		w.node(m.HavingClause)
		w.nodes(m.WindowClause)
		w.nodes(m.ValuesLists)
		w.nodes(m.SortClause)
		w.node(m.LimitOffset)
		w.node(m.LimitCount)
		w.nodes(m.LockingClause)
		if m.Larg != nil {
			w.selectStmt(m.Larg)
		}
		if m.Rarg != nil {
			w.selectStmt(m.Rarg)
		}
	})
}

func (w *walker) insertStmt(m *pg.InsertStmt) {
	w.query(m.WithClause, func() {
		w.target(m.Relation, "INSERT", sqlparse.Insert)
		w.nodes(m.Cols)
		w.node(m.SelectStmt)
		if c := m.OnConflictClause; c != nil {
			if c.Action != pg.OnConflictAction_ONCONFLICT_NOTHING {
				w.write(relationOf(m.Relation), sqlparse.Update)
				w.assigns(m.Relation, c.TargetList)
			}
			w.children(c)
		}
		w.nodes(m.ReturningList)
	})
}

func (w *walker) updateStmt(m *pg.UpdateStmt) {
	w.query(m.WithClause, func() {
		w.target(m.Relation, "UPDATE", sqlparse.Update)
		w.assigns(m.Relation, m.TargetList)
		w.nodes(m.TargetList)
		w.nodes(m.FromClause)
		w.node(m.WhereClause)
		w.nodes(m.ReturningList)
	})
}

func (w *walker) deleteStmt(m *pg.DeleteStmt) {
	w.query(m.WithClause, func() {
		w.target(m.Relation, "DELETE", sqlparse.Delete)
		w.nodes(m.UsingClause)
		w.node(m.WhereClause)
		w.nodes(m.ReturningList)
	})
}

func (w *walker) mergeStmt(m *pg.MergeStmt) {
	w.query(m.WithClause, func() {
		w.target(m.Relation, "MERGE", mergeActions(m)...)
		if len(mergeActions(m)) == 0 {
			w.read(relationOf(m.Relation))
		}
		w.node(m.SourceRelation)
		w.node(m.JoinCondition)
		for _, n := range m.MergeWhenClauses {
			if c := n.GetMergeWhenClause(); c.GetCommandType() == pg.CmdType_CMD_UPDATE {
				w.assigns(m.Relation, c.TargetList)
			}
		}
		w.nodes(m.MergeWhenClauses)
	})
}

// assigns notes the columns that SET sets.
func (w *walker) assigns(m *pg.RangeVar, targets []*pg.Node) {
	for _, n := range targets {
		if name := n.GetResTarget().GetName(); name != "" {
			w.st.Assigned = append(w.st.Assigned, sqlparse.Column{Relation: relationOf(m), Column: name})
		}
	}
}

// mergeActions are the actions of MERGE's WHEN clauses; DO NOTHING is none. A command it does not know
// counts as all.
func mergeActions(m *pg.MergeStmt) []sqlparse.Action {
	var actions []sqlparse.Action
	for _, n := range m.MergeWhenClauses {
		switch n.GetMergeWhenClause().GetCommandType() {
		case pg.CmdType_CMD_INSERT:
			actions = append(actions, sqlparse.Insert)
		case pg.CmdType_CMD_UPDATE:
			actions = append(actions, sqlparse.Update)
		case pg.CmdType_CMD_DELETE:
			actions = append(actions, sqlparse.Delete)
		case pg.CmdType_CMD_NOTHING:
		default:
			actions = append(actions, sqlparse.Insert, sqlparse.Update, sqlparse.Delete)
		}
	}
	return actions
}

// tableSample notes a sample: without REPEATABLE, and by a method that is not
// PostgreSQL's own, it is another one each time.
func (w *walker) tableSample(m *pg.RangeTableSample) {
	_, method := qualifiedName(m.Method)
	if m.Repeatable == nil || method != "system" && method != "bernoulli" {
		w.reason(sqlparse.RandomSample, method)
	}
	w.node(m.Relation)
	w.nodes(m.Args)
	w.node(m.Repeatable)
}

// into notes the table that SELECT INTO, CREATE TABLE AS or CREATE MATERIALIZED VIEW makes and fills.
func (w *walker) into(m *pg.IntoClause, kind sqlparse.Kind) {
	if !w.planned { // else there is no such table
		w.target(m.GetRel(), kind, sqlparse.Insert)
		w.create(m.GetRel())
	}
	w.nodes(m.GetOptions())
	w.node(m.GetViewQuery())
}
