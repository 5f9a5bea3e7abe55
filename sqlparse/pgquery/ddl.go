//go:build cgo

package pgquery

import (
	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// definition handles DDL. All of it is opaque, since it may change what any other text
// means: a new table shadows one further down the search path, a function takes another's place, a
// role sees other rows. The relations it names are defined, for the record. The one exception is the making of
// temporary relations: no other session sees them.
func (w *walker) definition(m any) {
	switch m := m.(type) {
	case *pg.CreateStmt:
		w.create(m.Relation)
	case *pg.CreateSeqStmt:
		w.create(m.Sequence)
	case *pg.ViewStmt:
		w.create(m.View)
		w.storedPart(m.Query)
		return
	case *pg.CreateTableAsStmt:
		w.into(m.Into, kindOf(m))
		w.node(m.Query)
		return
	case *pg.IndexStmt:
		w.write(relationOf(m.Relation), sqlparse.Define)
		w.read(relationOf(m.Relation)) // to build it
	case *pg.DropStmt:
		if m.RemoveType != pg.ObjectType_OBJECT_INDEX || m.Behavior == pg.DropBehavior_DROP_CASCADE {
			w.runsUnseen()
		}
		for _, n := range m.Objects {
			w.object(m.RemoveType, n)
		}
	case *pg.CommentStmt:
		if rel := objectRelation(m.Objtype, m.Object); rel.Name != "" {
			w.read(rel)
		}
	case *pg.SecLabelStmt:
		w.runsUnseen()
		w.object(m.Objtype, m.Object)
	case *pg.RenameStmt:
		w.runsUnseen()
		w.object(m.RenameType, m.Object)
	case *pg.AlterObjectSchemaStmt:
		w.runsUnseen()
		w.object(m.ObjectType, m.Object)
	default:
		if !isDefinition(m) {
			w.unknown(m)
			return
		}
		w.runsUnseen()
	}
	w.defineChildren(m)
}

// isDefinition reports whether m is any other DDL statement.
func isDefinition(m any) bool {
	switch m.(type) {
	case *pg.CreateSchemaStmt, *pg.AlterTableStmt, *pg.AlterCollationStmt, *pg.AlterDomainStmt, *pg.GrantStmt,
		*pg.GrantRoleStmt, *pg.AlterDefaultPrivilegesStmt, *pg.CreateTableSpaceStmt, *pg.DropTableSpaceStmt,
		*pg.AlterTableSpaceOptionsStmt, *pg.AlterTableMoveAllStmt, *pg.CreateExtensionStmt, *pg.AlterExtensionStmt,
		*pg.AlterExtensionContentsStmt, *pg.CreateFdwStmt, *pg.AlterFdwStmt, *pg.CreateForeignServerStmt,
		*pg.AlterForeignServerStmt, *pg.CreateForeignTableStmt, *pg.CreateUserMappingStmt, *pg.AlterUserMappingStmt,
		*pg.DropUserMappingStmt, *pg.ImportForeignSchemaStmt, *pg.CreatePolicyStmt, *pg.AlterPolicyStmt,
		*pg.CreateAmStmt, *pg.CreateTrigStmt, *pg.CreateEventTrigStmt, *pg.AlterEventTrigStmt, *pg.CreatePLangStmt,
		*pg.CreateFunctionStmt, *pg.RuleStmt, *pg.CreateRoleStmt, *pg.AlterRoleStmt, *pg.AlterRoleSetStmt, *pg.DropRoleStmt, *pg.AlterSeqStmt,
		*pg.DefineStmt, *pg.CreateDomainStmt, *pg.CreateOpClassStmt, *pg.CreateOpFamilyStmt, *pg.AlterOpFamilyStmt,
		*pg.CreateStatsStmt, *pg.AlterStatsStmt, *pg.AlterFunctionStmt, *pg.AlterObjectDependsStmt,
		*pg.AlterOwnerStmt, *pg.AlterOperatorStmt, *pg.AlterTypeStmt, *pg.CompositeTypeStmt, *pg.CreateEnumStmt,
		*pg.CreateRangeStmt, *pg.AlterEnumStmt, *pg.CreatedbStmt, *pg.AlterDatabaseStmt,
		*pg.AlterDatabaseRefreshCollStmt, *pg.AlterDatabaseSetStmt, *pg.DropdbStmt, *pg.AlterSystemStmt,
		*pg.CreateConversionStmt, *pg.CreateCastStmt, *pg.CreateTransformStmt, *pg.DropOwnedStmt,
		*pg.ReassignOwnedStmt, *pg.AlterTSDictionaryStmt, *pg.AlterTSConfigurationStmt, *pg.CreatePublicationStmt,
		*pg.AlterPublicationStmt, *pg.CreateSubscriptionStmt, *pg.AlterSubscriptionStmt, *pg.DropSubscriptionStmt:
		return true
	default:
		return false
	}
}

// create notes a relation that is made.
func (w *walker) create(m *pg.RangeVar) {
	w.write(relationOf(m), sqlparse.Define)
	if m.GetRelpersistence() == "t" || m.GetSchemaname() == "pg_temp" {
		w.control(sqlparse.Control{Op: sqlparse.Temp})
		return
	}
	w.runsUnseen()
}

// defineChildren visits the fields of a definition: the relations named there are
// defined, those in queries inside it are read, and a statement inside it (the body of a
// function, the SET of a role) is kept for later.
func (w *walker) defineChildren(m any) {
	define, stored := w.define, w.stored
	w.define, w.stored = true, true
	w.children(m)
	w.define, w.stored = define, stored
}

// object notes the relation that DROP and ALTER name.
func (w *walker) object(kind pg.ObjectType, n *pg.Node) {
	if rel := objectRelation(kind, n); rel.Name != "" {
		w.write(rel, sqlparse.Define)
	}
}

// objectRelation is the relation that DROP, COMMENT and ALTER name as a list of strings; for
// what belongs to a relation, such as a trigger, the last string is its own name. The zero
// Relation is none.
func objectRelation(kind pg.ObjectType, n *pg.Node) sqlparse.Relation {
	names := n.GetList().GetItems()
	switch kind {
	case pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_VIEW, pg.ObjectType_OBJECT_MATVIEW,
		pg.ObjectType_OBJECT_SEQUENCE, pg.ObjectType_OBJECT_INDEX, pg.ObjectType_OBJECT_FOREIGN_TABLE:
	case pg.ObjectType_OBJECT_COLUMN, pg.ObjectType_OBJECT_TRIGGER, pg.ObjectType_OBJECT_RULE,
		pg.ObjectType_OBJECT_POLICY, pg.ObjectType_OBJECT_TABCONSTRAINT:
		if len(names) > 0 {
			names = names[:len(names)-1]
		}
	default:
		return sqlparse.Relation{}
	}
	schema, name := qualifiedName(names)
	return sqlparse.Relation{Schema: schema, Name: name}
}
