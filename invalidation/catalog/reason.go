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
	Subscribed      sqlparse.ReasonCode = "subscribed table"        // rows arrive without a statement; vouch for the table
	TimeWithZone    sqlparse.ReasonCode = "time with time zone"     // compared with a time it depends on today; vouch for the table
	WrittenAtLogin  sqlparse.ReasonCode = "written at login"        // by an event trigger, when a session starts
	SequenceRead    sqlparse.ReasonCode = "sequence"                // it moves past transactions
)
