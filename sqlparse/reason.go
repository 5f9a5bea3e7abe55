package sqlparse

// A ReasonCode names why a result must not be kept. The codes are stable: they
// are the labels of metrics.
type ReasonCode string

// The reasons an analyzer can give.
const (
	NoTable         ReasonCode = "no table"            // nothing to depend on: SELECT 1
	NotRead         ReasonCode = "not a read"          // the statement's command returns no rows worth keeping
	WritesData      ReasonCode = "writes"              // INSERT ... RETURNING, a CTE that writes, SELECT INTO
	SystemCatalog   ReasonCode = "system catalog"      // pg_catalog, information_schema, pg_temp, reg* casts
	VolatileCall    ReasonCode = "volatile function"   // random(), nextval()
	AmbientCall     ReasonCode = "time or session"     // now(), current_user, current_setting()
	UnknownCall     ReasonCode = "unknown function"    // not PostgreSQL's own
	SpecialInput    ReasonCode = "special date input"  // 'now', 'today', ... as a literal: see SpecialDate
	TextAsDate      ReasonCode = "text read as a date" // a text that is made or stored, and may say 'now': a Conversion
	RandomSample    ReasonCode = "tablesample"         // TABLESAMPLE without REPEATABLE
	RowLock         ReasonCode = "row lock"            // FOR UPDATE, FOR SHARE
	SeveralCommands ReasonCode = "several statements"  // more than one in the text
	Undetermined    ReasonCode = "not understood"      // a node of the grammar the analyzer does not know, a write to a system catalog
)

// A Reason is a code and what it was found at: a function's or a relation's name, a
// command. Never a literal or an argument of the statement.
type Reason struct {
	Code   ReasonCode
	Detail string
}

// String gives the code, with the detail behind a colon if there is one.
func (r Reason) String() string {
	if r.Detail == "" {
		return string(r.Code)
	}
	return string(r.Code) + ": " + r.Detail
}
