//go:build cgo

package pgquery

import (
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// kindOf names a statement's command as PostgreSQL's documentation does.
func kindOf(m any) sqlparse.Kind {
	switch m := m.(type) {
	case *pg.SelectStmt:
		if leftmost(m).IntoClause != nil {
			return "SELECT INTO"
		}
		return sqlparse.Select
	case *pg.TransactionStmt:
		return transactionKinds[m.Kind]
	case *pg.VariableSetStmt:
		return variableSetKind(m)
	case *pg.VacuumStmt:
		if !m.IsVacuumcmd {
			return "ANALYZE"
		}
		return "VACUUM"
	case *pg.FetchStmt:
		if m.Ismove {
			return "MOVE"
		}
		return "FETCH"
	case *pg.CreateTableAsStmt:
		if m.Objtype == pg.ObjectType_OBJECT_MATVIEW {
			return "CREATE MATERIALIZED VIEW"
		}
		return "CREATE TABLE AS"
	default:
		return definitionKind(m)
	}
}

// leftmost is the first SELECT of a set operation, where INTO stands.
func leftmost(m *pg.SelectStmt) *pg.SelectStmt {
	for m.Larg != nil {
		m = m.Larg
	}
	return m
}

var transactionKinds = map[pg.TransactionStmtKind]sqlparse.Kind{
	pg.TransactionStmtKind_TRANS_STMT_BEGIN:             "BEGIN",
	pg.TransactionStmtKind_TRANS_STMT_START:             "START TRANSACTION",
	pg.TransactionStmtKind_TRANS_STMT_COMMIT:            "COMMIT",
	pg.TransactionStmtKind_TRANS_STMT_ROLLBACK:          "ROLLBACK",
	pg.TransactionStmtKind_TRANS_STMT_SAVEPOINT:         "SAVEPOINT",
	pg.TransactionStmtKind_TRANS_STMT_RELEASE:           "RELEASE SAVEPOINT",
	pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:       "ROLLBACK TO SAVEPOINT",
	pg.TransactionStmtKind_TRANS_STMT_PREPARE:           "PREPARE TRANSACTION",
	pg.TransactionStmtKind_TRANS_STMT_COMMIT_PREPARED:   "COMMIT PREPARED",
	pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_PREPARED: "ROLLBACK PREPARED",
}

// variableSetKind tells the forms of SET that the documentation has pages for.
func variableSetKind(m *pg.VariableSetStmt) sqlparse.Kind {
	switch {
	case m.Kind == pg.VariableSetKind_VAR_RESET, m.Kind == pg.VariableSetKind_VAR_RESET_ALL:
		return "RESET"
	case m.Kind == pg.VariableSetKind_VAR_SET_MULTI:
		return "SET TRANSACTION"
	case m.Name == "role":
		return "SET ROLE"
	case m.Name == "session_authorization":
		return "SET SESSION AUTHORIZATION"
	default:
		return "SET"
	}
}

// definitionKind names the statements whose object is told by a field.
func definitionKind(m any) sqlparse.Kind {
	switch m := m.(type) {
	case *pg.DropStmt:
		return "DROP " + objectKind(m.RemoveType)
	case *pg.AlterTableStmt:
		return "ALTER " + objectKind(m.Objtype)
	case *pg.DefineStmt:
		return "CREATE " + objectKind(m.Kind)
	case *pg.AlterObjectSchemaStmt:
		return "ALTER " + objectKind(m.ObjectType)
	case *pg.AlterOwnerStmt:
		return "ALTER " + objectKind(m.ObjectType)
	case *pg.AlterObjectDependsStmt:
		return "ALTER " + objectKind(m.ObjectType)
	case *pg.AlterFunctionStmt:
		return "ALTER " + objectKind(m.Objtype)
	case *pg.RenameStmt:
		return "ALTER " + renamedKind(m)
	case *pg.GrantStmt:
		return grantKind(m.IsGrant)
	case *pg.GrantRoleStmt:
		return grantKind(m.IsGrant)
	case *pg.CreateFunctionStmt:
		if m.IsProcedure {
			return "CREATE PROCEDURE"
		}
		return "CREATE FUNCTION"
	default:
		return fixedKind(m)
	}
}

func grantKind(grants bool) sqlparse.Kind {
	if grants {
		return "GRANT"
	}
	return "REVOKE"
}

// renamedKind is the kind of object that ALTER ... RENAME names: for a
// column or a constraint, that of what it belongs to.
func renamedKind(m *pg.RenameStmt) sqlparse.Kind {
	switch m.RenameType {
	case pg.ObjectType_OBJECT_COLUMN, pg.ObjectType_OBJECT_ATTRIBUTE:
		return objectKind(m.RelationType)
	case pg.ObjectType_OBJECT_TABCONSTRAINT:
		return "TABLE"
	case pg.ObjectType_OBJECT_DOMCONSTRAINT:
		return "DOMAIN"
	default:
		return objectKind(m.RenameType)
	}
}

// objectKind is the documentation's word for a kind of object.
func objectKind(t pg.ObjectType) sqlparse.Kind {
	switch t {
	case pg.ObjectType_OBJECT_FDW:
		return "FOREIGN DATA WRAPPER"
	case pg.ObjectType_OBJECT_FOREIGN_SERVER:
		return "SERVER"
	case pg.ObjectType_OBJECT_MATVIEW:
		return "MATERIALIZED VIEW"
	case pg.ObjectType_OBJECT_OPCLASS:
		return "OPERATOR CLASS"
	case pg.ObjectType_OBJECT_OPFAMILY:
		return "OPERATOR FAMILY"
	case pg.ObjectType_OBJECT_STATISTIC_EXT:
		return "STATISTICS"
	case pg.ObjectType_OBJECT_TSCONFIGURATION:
		return "TEXT SEARCH CONFIGURATION"
	case pg.ObjectType_OBJECT_TSDICTIONARY:
		return "TEXT SEARCH DICTIONARY"
	case pg.ObjectType_OBJECT_TSPARSER:
		return "TEXT SEARCH PARSER"
	case pg.ObjectType_OBJECT_TSTEMPLATE:
		return "TEXT SEARCH TEMPLATE"
	case pg.ObjectType_OBJECT_LARGEOBJECT:
		return "LARGE OBJECT"
	default:
		return sqlparse.Kind(strings.ReplaceAll(strings.TrimPrefix(t.String(), "OBJECT_"), "_", " "))
	}
}

// fixedKind looks up the statements that are one command, and names what has no rule after
// its message.
func fixedKind(m any) sqlparse.Kind {
	name := strings.TrimPrefix(fmt.Sprintf("%T", m), "*pg_query.")
	if kind, ok := fixedKinds[name]; ok {
		return kind
	}
	return sqlparse.Kind(name)
}

// fixedKinds maps messages to commands.
var fixedKinds = map[string]sqlparse.Kind{
	"AlterCollationStmt":           "ALTER COLLATION",
	"AlterDatabaseRefreshCollStmt": "ALTER DATABASE",
	"AlterDatabaseSetStmt":         "ALTER DATABASE",
	"AlterDatabaseStmt":            "ALTER DATABASE",
	"AlterDefaultPrivilegesStmt":   "ALTER DEFAULT PRIVILEGES",
	"AlterDomainStmt":              "ALTER DOMAIN",
	"AlterEnumStmt":                "ALTER TYPE",
	"AlterEventTrigStmt":           "ALTER EVENT TRIGGER",
	"AlterExtensionContentsStmt":   "ALTER EXTENSION",
	"AlterExtensionStmt":           "ALTER EXTENSION",
	"AlterFdwStmt":                 "ALTER FOREIGN DATA WRAPPER",
	"AlterForeignServerStmt":       "ALTER SERVER",
	"AlterOpFamilyStmt":            "ALTER OPERATOR FAMILY",
	"AlterOperatorStmt":            "ALTER OPERATOR",
	"AlterPolicyStmt":              "ALTER POLICY",
	"AlterPublicationStmt":         "ALTER PUBLICATION",
	"AlterRoleSetStmt":             "ALTER ROLE",
	"AlterRoleStmt":                "ALTER ROLE",
	"AlterSeqStmt":                 "ALTER SEQUENCE",
	"AlterStatsStmt":               "ALTER STATISTICS",
	"AlterSubscriptionStmt":        "ALTER SUBSCRIPTION",
	"AlterSystemStmt":              "ALTER SYSTEM",
	"AlterTSConfigurationStmt":     "ALTER TEXT SEARCH CONFIGURATION",
	"AlterTSDictionaryStmt":        "ALTER TEXT SEARCH DICTIONARY",
	"AlterTableMoveAllStmt":        "ALTER TABLE",
	"AlterTableSpaceOptionsStmt":   "ALTER TABLESPACE",
	"AlterTypeStmt":                "ALTER TYPE",
	"AlterUserMappingStmt":         "ALTER USER MAPPING",
	"CallStmt":                     "CALL",
	"CheckPointStmt":               "CHECKPOINT",
	"ClosePortalStmt":              "CLOSE",
	"ClusterStmt":                  "CLUSTER",
	"CommentStmt":                  "COMMENT",
	"CompositeTypeStmt":            "CREATE TYPE",
	"ConstraintsSetStmt":           "SET CONSTRAINTS",
	"CopyStmt":                     "COPY",
	"CreateAmStmt":                 "CREATE ACCESS METHOD",
	"CreateCastStmt":               "CREATE CAST",
	"CreateConversionStmt":         "CREATE CONVERSION",
	"CreateDomainStmt":             "CREATE DOMAIN",
	"CreateEnumStmt":               "CREATE TYPE",
	"CreateEventTrigStmt":          "CREATE EVENT TRIGGER",
	"CreateExtensionStmt":          "CREATE EXTENSION",
	"CreateFdwStmt":                "CREATE FOREIGN DATA WRAPPER",
	"CreateForeignServerStmt":      "CREATE SERVER",
	"CreateForeignTableStmt":       "CREATE FOREIGN TABLE",
	"CreateOpClassStmt":            "CREATE OPERATOR CLASS",
	"CreateOpFamilyStmt":           "CREATE OPERATOR FAMILY",
	"CreatePLangStmt":              "CREATE LANGUAGE",
	"CreatePolicyStmt":             "CREATE POLICY",
	"CreatePublicationStmt":        "CREATE PUBLICATION",
	"CreateRangeStmt":              "CREATE TYPE",
	"CreateRoleStmt":               "CREATE ROLE",
	"CreateSchemaStmt":             "CREATE SCHEMA",
	"CreateSeqStmt":                "CREATE SEQUENCE",
	"CreateStatsStmt":              "CREATE STATISTICS",
	"CreateStmt":                   "CREATE TABLE",
	"CreateSubscriptionStmt":       "CREATE SUBSCRIPTION",
	"CreateTableSpaceStmt":         "CREATE TABLESPACE",
	"CreateTransformStmt":          "CREATE TRANSFORM",
	"CreateTrigStmt":               "CREATE TRIGGER",
	"CreateUserMappingStmt":        "CREATE USER MAPPING",
	"CreatedbStmt":                 "CREATE DATABASE",
	"DeallocateStmt":               "DEALLOCATE",
	"DeclareCursorStmt":            "DECLARE",
	"DeleteStmt":                   "DELETE",
	"DiscardStmt":                  "DISCARD",
	"DoStmt":                       "DO",
	"DropOwnedStmt":                "DROP OWNED",
	"DropRoleStmt":                 "DROP ROLE",
	"DropSubscriptionStmt":         "DROP SUBSCRIPTION",
	"DropTableSpaceStmt":           "DROP TABLESPACE",
	"DropUserMappingStmt":          "DROP USER MAPPING",
	"DropdbStmt":                   "DROP DATABASE",
	"ExecuteStmt":                  "EXECUTE",
	"ExplainStmt":                  "EXPLAIN",
	"ImportForeignSchemaStmt":      "IMPORT FOREIGN SCHEMA",
	"IndexStmt":                    "CREATE INDEX",
	"InsertStmt":                   "INSERT",
	"ListenStmt":                   "LISTEN",
	"LoadStmt":                     "LOAD",
	"LockStmt":                     "LOCK",
	"MergeStmt":                    "MERGE",
	"NotifyStmt":                   "NOTIFY",
	"PrepareStmt":                  "PREPARE",
	"ReassignOwnedStmt":            "REASSIGN OWNED",
	"RefreshMatViewStmt":           "REFRESH MATERIALIZED VIEW",
	"ReindexStmt":                  "REINDEX",
	"RuleStmt":                     "CREATE RULE",
	"SecLabelStmt":                 "SECURITY LABEL",
	"TruncateStmt":                 "TRUNCATE",
	"UnlistenStmt":                 "UNLISTEN",
	"UpdateStmt":                   "UPDATE",
	"VariableShowStmt":             "SHOW",
	"ViewStmt":                     "CREATE VIEW",
}
