package cache

import "github.com/gojohnny/gojohnny/sqlparse"

// A Reason says why a result was not kept, or not answered from the store: a code
// that is stable and a label of metrics, and a detail for people.
type Reason = sqlparse.Reason

// The reasons the cache has besides those of an analysis (package sqlparse) and
// [invalidation.TooManyTables], and those of package invalidation/catalog. First what a statement, an option or a directive
// brings with it:
const (
	Unparsable    sqlparse.ReasonCode = "unparsable"      // outside the analyzer's grammar, or built without cgo
	Denied        sqlparse.ReasonCode = "table denied"    // Options.Deny, Options.Allow
	NotAskedFor   sqlparse.ReasonCode = "not asked for"   // Options.OptIn
	Skipped       sqlparse.ReasonCode = "skipped"         // Skip, or the comment
	BadDirective  sqlparse.ReasonCode = "bad directive"   // a gojohnny comment that says nothing known
	BadOptions    sqlparse.ReasonCode = "invalid options" // Options.Check
	ArgumentType  sqlparse.ReasonCode = "argument type"   // an argument whose value cannot be told by looking at it
	ArgumentDate  sqlparse.ReasonCode = "special date argument"
	SeveralResult sqlparse.ReasonCode = "several results" // more than one result set
)

// Then what depends on the session:
const (
	IsolationLevel   sqlparse.ReasonCode = "isolation level"             // REPEATABLE READ, SERIALIZABLE
	AfterWrite       sqlparse.ReasonCode = "transaction wrote"           // its own rows are not everyone's
	FailedTx         sqlparse.ReasonCode = "transaction failed"          // the server answers nothing but an error
	UnknownSession   sqlparse.ReasonCode = "session not followed"        // Conn.Raw, a failed string of several statements
	UnknownScope     sqlparse.ReasonCode = "session did not answer"      // its settings could not be learned
	TemporaryTables  sqlparse.ReasonCode = "temporary tables"            // they hide others
	Standby          sqlparse.ReasonCode = "standby"                     // it may lag behind the generations
	ForeignEncoding  sqlparse.ReasonCode = "client encoding"             // not UTF-8: the text cannot be read safely
	BackslashQuoting sqlparse.ReasonCode = "standard_conforming_strings" // off: likewise
	CatalogUnknown   sqlparse.ReasonCode = "catalog not read"            // the definitions in the database are not known, or no longer
)

// Then what the store or the moment brings:
const (
	Fenced       sqlparse.ReasonCode = "write on its way"   // a fence stands on one of the tags
	StoreDown    sqlparse.ReasonCode = "store out of reach" // Load failed, or would
	Pending      sqlparse.ReasonCode = "advance pending"    // this process's own advance has not landed
	TooLarge     sqlparse.ReasonCode = "too large"          // Options.MaxEntry, or the store's limit
	QueryFailed  sqlparse.ReasonCode = "query failed"       // the database answered with an error
	Verified     sqlparse.ReasonCode = "verified"           // a hit that was compared with the database: Options.Verify
	SaveFailed   sqlparse.ReasonCode = "save failed"
	Unrecordable sqlparse.ReasonCode = "value type" // a value of the driver's that has no stored form
)
