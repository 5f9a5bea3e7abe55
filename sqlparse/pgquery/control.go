//go:build cgo

package pgquery

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// transactionOps are the effects of TransactionStmt's kinds.
var transactionOps = map[pg.TransactionStmtKind]sqlparse.ControlOp{
	pg.TransactionStmtKind_TRANS_STMT_BEGIN:             sqlparse.Begin,
	pg.TransactionStmtKind_TRANS_STMT_START:             sqlparse.Begin,
	pg.TransactionStmtKind_TRANS_STMT_COMMIT:            sqlparse.Commit,
	pg.TransactionStmtKind_TRANS_STMT_ROLLBACK:          sqlparse.Rollback,
	pg.TransactionStmtKind_TRANS_STMT_SAVEPOINT:         sqlparse.Savepoint,
	pg.TransactionStmtKind_TRANS_STMT_RELEASE:           sqlparse.Release,
	pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:       sqlparse.RollbackTo,
	pg.TransactionStmtKind_TRANS_STMT_PREPARE:           sqlparse.PrepareTransaction,
	pg.TransactionStmtKind_TRANS_STMT_COMMIT_PREPARED:   sqlparse.CommitPrepared,
	pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_PREPARED: sqlparse.RollbackPrepared,
}

func (w *walker) transaction(m *pg.TransactionStmt) {
	op, ok := transactionOps[m.Kind]
	if !ok {
		w.unknown(m)
		return
	}
	c := sqlparse.Control{Op: op, Chain: m.Chain}
	if op == sqlparse.Begin {
		c.Isolation = isolationOption(m.Options)
	}
	w.control(c)
	if op == sqlparse.CommitPrepared {
		w.opaque() // what the transaction wrote, perhaps in another session
	}
}

// isolationOption is the level among a statement's transaction modes, the last one said.
func isolationOption(options []*pg.Node) (level sqlparse.Isolation) {
	for _, n := range options {
		if d := n.GetDefElem(); d.GetDefname() == "transaction_isolation" {
			level = isolation(literal(d.Arg))
		}
	}
	return level
}

// isolation is the level of that name. One it does not know, DEFAULT and computed
// ones among them, counts as the strictest, under which the least is cached.
func isolation(name string) sqlparse.Isolation {
	switch level := sqlparse.Isolation(strings.ToLower(name)); level {
	case sqlparse.ReadUncommitted, sqlparse.ReadCommitted, sqlparse.RepeatableRead:
		return level
	default:
		return sqlparse.Serializable
	}
}

// variableSet handles SET and RESET in their forms.
func (w *walker) variableSet(m *pg.VariableSetStmt) {
	switch {
	case m.Kind == pg.VariableSetKind_VAR_RESET_ALL:
		w.control(sqlparse.Control{Op: sqlparse.Reset})
	case m.Kind == pg.VariableSetKind_VAR_SET_MULTI:
		w.setModes(m)
	default:
		value := ""
		if len(m.Args) == 1 {
			value = literal(m.Args[0])
		}
		w.set(sqlparse.Control{Op: sqlparse.Set, Setting: strings.ToLower(m.Name), Local: m.IsLocal}, value)
	}
}

// set notes a setting. The transaction's own level is a setting like any other.
func (w *walker) set(c sqlparse.Control, value string) {
	w.control(c)
	if c.Setting == "transaction_isolation" {
		w.control(sqlparse.Control{Op: sqlparse.SetTransaction, Isolation: isolation(value)})
	}
}

// setModes handles SET TRANSACTION and SET SESSION CHARACTERISTICS.
func (w *walker) setModes(m *pg.VariableSetStmt) {
	if m.Name == "SESSION CHARACTERISTICS" {
		for _, n := range m.Args {
			w.control(sqlparse.Control{Op: sqlparse.Set, Setting: "default_" + n.GetDefElem().GetDefname()})
		}
		return
	}
	c := sqlparse.Control{Op: sqlparse.SetTransaction, Isolation: isolationOption(m.Args)}
	if m.Name != "TRANSACTION" { // TRANSACTION SNAPSHOT: that of another session
		c.Isolation = sqlparse.RepeatableRead
	}
	w.control(c)
}

func (w *walker) discard(m *pg.DiscardStmt) {
	switch m.Target {
	case pg.DiscardMode_DISCARD_PLANS, pg.DiscardMode_DISCARD_SEQUENCES:
		// Neither settings nor relations.
	case pg.DiscardMode_DISCARD_TEMP:
		w.control(sqlparse.Control{Op: sqlparse.Temp})
	default:
		w.control(sqlparse.Control{Op: sqlparse.Discard})
	}
}
