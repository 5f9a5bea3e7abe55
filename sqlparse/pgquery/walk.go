//go:build cgo

package pgquery

import (
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// A walker visits one statement's tree and collects what it does.
type walker struct {
	st sqlparse.Statement

	// ctes are the names of WITH that are in scope, the innermost first.
	ctes *cte

	// define says that a relation's name stands where a definition names it: it is
	// changed, not read.
	define bool

	// names are what the names in its expressions may stand for, casts what is cast to a date or
	// perhaps one; body is nil outside of functions.
	names scope
	casts []dateCast
	body  *body

	// planned says that the statement is planned, not executed: EXPLAIN without ANALYZE.
	planned bool

	// stored says that the statement is kept for later, not executed: the query of a
	// view, the body of a function, PREPARE.
	stored bool
}

// statement visits the top of a tree.
func (w *walker) statement(m any) {
	w.st.Kind = kindOf(m)
	w.visit(m)
	switch {
	case w.st.Kind != sqlparse.Select:
		if !w.has(sqlparse.WritesData) {
			w.reason(sqlparse.NotRead, string(w.st.Kind))
		}
	case len(w.st.Reads) == 0 && len(w.st.Writes) == 0:
		w.reason(sqlparse.NoTable, "")
	}
}

// visit visits a message of the tree: a pointer to one of pg_query's structs.
//
// Every type of node the raw grammar makes is in exactly one case; what only
// the planner or the executor makes, and what a newer parser adds, falls to unknown.
func (w *walker) visit(m any) {
	switch m := m.(type) {
	case *pg.SelectStmt:
		w.selectStmt(m)
	case *pg.InsertStmt:
		w.insertStmt(m)
	case *pg.UpdateStmt:
		w.updateStmt(m)
	case *pg.DeleteStmt:
		w.deleteStmt(m)
	case *pg.MergeStmt:
		w.mergeStmt(m)
	case *pg.WithClause:
		w.withClause(m)

	case *pg.IntoClause:
		w.into(m, "SELECT INTO")

	case *pg.RangeVar:
		w.rangeVar(m)
	case *pg.RangeTableSample:
		w.tableSample(m)
	case *pg.TableLikeClause:
		w.read(relationOf(m.Relation))
	case *pg.LockingClause:
		// Its relations are names of the FROM clause.
		w.reason(sqlparse.RowLock, "")
	case *pg.FuncCall:
		w.funcCall(m)
	case *pg.SQLValueFunction:
		w.sqlValue(m)
	case *pg.A_Const:
		w.constant(m)
	case *pg.ColumnRef:
		w.columnRef(m)
	case *pg.TypeCast:
		w.typeCast(m)
	case *pg.RangeFunction:
		w.rangeFunction(m)
	case *pg.RangeTableFunc:
		w.tableFunction(m)
	case *pg.RangeTableFuncCol:
		w.columnType(m.TypeName)
		w.children(m)
	case *pg.RangeSubselect:
		w.item(m.GetAlias().GetAliasname())
		w.bindQuery(m.Subquery, m.GetAlias().GetColnames())
		w.children(m)
	case *pg.CommonTableExpr:
		w.item(m.Ctename)
		w.bindQuery(m.Ctequery, m.Aliascolnames)
		w.children(m)
	case *pg.JoinExpr:
		w.join(m)
	case *pg.TypeName:
		w.typeName(m)
	case *pg.A_Expr:
		w.expression(m)
		w.children(m)
	case *pg.SubLink:
		w.operator(m.OperName)
		if m.Testexpr != nil && len(m.OperName) == 0 { // x IN (SELECT ...)
			w.implied("=")
		}
		w.children(m)
	case *pg.CaseExpr:
		if m.Arg != nil {
			w.implied("=")
		}
		w.children(m)
	case *pg.SortBy:
		w.operator(m.UseOp)
		w.children(m)
	case *pg.A_Indirection:
		w.attributes(m)
		w.children(m)

	case *pg.Alias, *pg.ParamRef, *pg.A_Star, *pg.String, *pg.Integer, *pg.Float, *pg.Boolean, *pg.BitString,
		*pg.SetToDefault, *pg.CurrentOfExpr, *pg.JsonFormat, *pg.RoleSpec, *pg.TriggerTransition:
		// Leaves that say nothing.

	case *pg.List, *pg.ResTarget, *pg.BoolExpr, *pg.NullTest, *pg.BooleanTest,
		*pg.CaseWhen, *pg.CoalesceExpr, *pg.MinMaxExpr, *pg.RowExpr, *pg.A_ArrayExpr,
		*pg.A_Indices, *pg.CollateClause, *pg.NamedArgExpr, *pg.MultiAssignRef,
		*pg.GroupingFunc, *pg.GroupingSet, *pg.WindowDef,
		*pg.XmlExpr, *pg.XmlSerialize,
		*pg.JsonReturning, *pg.JsonOutput, *pg.JsonValueExpr, *pg.JsonKeyValue, *pg.JsonIsPredicate,
		*pg.JsonObjectConstructor, *pg.JsonArrayConstructor, *pg.JsonArrayQueryConstructor,
		*pg.JsonAggConstructor, *pg.JsonObjectAgg, *pg.JsonArrayAgg,
		*pg.CTESearchClause, *pg.CTECycleClause,
		*pg.OnConflictClause, *pg.InferClause, *pg.IndexElem, *pg.MergeWhenClause:
		// Parts of queries.
		w.children(m)

	case *pg.DefElem, *pg.ColumnDef, *pg.Constraint, *pg.PartitionElem, *pg.PartitionSpec,
		*pg.PartitionBoundSpec, *pg.PartitionCmd, *pg.AlterTableCmd,
		*pg.ReplicaIdentityStmt, *pg.ObjectWithArgs, *pg.AccessPriv, *pg.CreateOpClassItem,
		*pg.FunctionParameter, *pg.StatsElem, *pg.PublicationTable, *pg.PublicationObjSpec,
		*pg.VacuumRelation, *pg.ReturnStmt, *pg.RawStmt:
		// Parts of definitions and utility statements.
		w.children(m)

	default:
		w.utility(m)
	}
}

// node visits what n wraps.
func (w *walker) node(n *pg.Node) {
	if m := unwrap(n); m != nil {
		w.visit(m)
	}
}

// nodes visits each of a list.
func (w *walker) nodes(list []*pg.Node) {
	for _, n := range list {
		w.node(n)
	}
}

// unknown takes a node without a rule for something that may do anything.
func (w *walker) unknown(m any) {
	w.reason(sqlparse.Undetermined, strings.TrimPrefix(fmt.Sprintf("%T", m), "*pg_query."))
	w.runsUnseen()
	w.children(m)
}
