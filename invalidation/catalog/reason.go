package catalog

import "github.com/gojohnny/gojohnny/sqlparse"

// The reasons the catalog has besides those of an analysis. Those that say that something
// could not be seen through also move the epoch.
const (
	UnknownRelation sqlparse.ReasonCode = "relation not in catalog" // newer than the Snapshot, or temporary
	UnknownFunction sqlparse.ReasonCode = "function not in catalog" // likewise
	OpaqueFunction  sqlparse.ReasonCode = "opaque function"         // another language, EXECUTE; declare it
	OpaqueView      sqlparse.ReasonCode = "opaque view"             // its definition, or a rule's, was not understood
	OpaqueCommand   sqlparse.ReasonCode = "opaque command"          // DDL, DO, EXECUTE
	RowSecurity     sqlparse.ReasonCode = "row security"            // vouch for the table
	Foreign         sqlparse.ReasonCode = "foreign table"           // vouch for the table
	SequenceRead    sqlparse.ReasonCode = "sequence"                // it moves past transactions
)

// Remedies say what a user can do about a reason; one without is as it should be.
var Remedies = map[sqlparse.ReasonCode]string{
	UnknownRelation:       "create it through the cache, or wait for the next look at the catalog; temporary tables stay as they are",
	UnknownFunction:       "create it through the cache, or wait for the next look at the catalog",
	OpaqueFunction:        "declare what the function reads and writes",
	RowSecurity:           "vouch for the table, if its policies depend on the role and the tables in them alone",
	Foreign:               "vouch for the table, if nobody but this database writes it",
	sqlparse.VolatileCall: "declare the function STABLE or IMMUTABLE in the database, if it is, or pure here",
}
