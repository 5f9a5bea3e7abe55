package sqlparse

import "errors"

// ErrNoCgo is what every analysis answers in a program whose analyzer needs cgo
// and was built without it.
var ErrNoCgo = errors.New("sqlparse: built without cgo")

// An Analyzer reports what SQL texts do.
//
// It is safe for concurrent use. Analyze depends on the text alone, keeps no
// state between calls, and never panics, whatever the text. A text outside the
// analyzer's grammar is an error; so is one it gave up on. The caller treats
// either as a text that may do anything. The caller does not change the
// Analysis it was given: it may be shared.
type Analyzer interface {
	Analyze(sql string) (*Analysis, error)
}

// An Analysis is what one SQL text does: its statements in their order, none for
// a text of blanks and comments.
type Analysis struct {
	Statements []Statement

	// Backslash says that a plain string literal, one without an E, contains a backslash. A
	// session with standard_conforming_strings off reads it, and perhaps all that follows, in another
	// way, so that to such a session the Statements say nothing.
	// See https://www.postgresql.org/docs/16/runtime-config-compatible.html.
	Backslash bool
}

// A Statement is what one statement reads, writes and changes.
//
// INVARIANT: a relation the server would read or write because the text names it
// is in Reads or Writes, or the statement is Opaque.
type Statement struct {
	// Kind is the statement's command.
	Kind Kind

	// Reads are the relations whose rows the statement may read, each once,
	// sorted. The target of a write is in Writes only, unless another part of the
	// statement names it as well (a self-join; RETURNING does not count). Those of a
	// statement that is no read (LOCK, VACUUM, EXPLAIN, PREPARE, COMMENT) are the ones it looks
	// at, and CREATE INDEX looks at what it indexes.
	Reads []Relation

	// Writes are the relations the statement may change, with the action,
	// each pair once, sorted.
	Writes []Write

	// Functions are the functions called by name, each once, sorted.
	// Functions behind operators and casts are not in it.
	Functions []Function

	// Assigned are the columns that the Updates in Writes set, each once, sorted. An
	// updated relation without one may have all of its columns set.
	Assigned []Column

	// Operators are the operators that stand in the text, each once, sorted, under their own names or
	// others: = for IN, CASE x WHEN and USING, >= and <= for BETWEEN. Those that the server finds by
	// a type (to sort, for DISTINCT) are not in it.
	Operators []Name

	// Types are the types named in the text, each once, sorted: those of casts.
	Types []Name

	// Conversions are the values that the statement has read as a date or a time and that may be
	// texts, each once, sorted. What surely is a text is a Reason. There is none for what
	// the server converts unasked.
	Conversions []Conversion

	// Fields are the names that stand behind a dot, each once, sorted: columns, or
	// functions in the notation of a column, (t).f for f(t).
	Fields []string

	// Reasons say why the result must not be kept. A statement without one is a
	// SELECT (or VALUES, or TABLE) whose result depends on the relations it reads,
	// its arguments and the session's settings alone, as far as the text tells.
	Reasons []Reason

	// Opaque says that the statement may change relations that are not in
	// Writes, or what names mean: DO, CALL, EXECUTE, a function that is not
	// PostgreSQL's own, COMMIT PREPARED, anything unknown; all DDL but the
	// making of temporary relations and indexes, DROP INDEX and COMMENT; and what moves rows to
	// other places, of which samples are then others: CLUSTER, VACUUM FULL.
	Opaque bool

	// Controls are the statement's effects on its transaction or session.
	Controls []Control
}

// Cacheable reports whether the result may be kept as far as the text tells.
func (s *Statement) Cacheable() bool {
	return len(s.Reasons) == 0 && len(s.Writes) == 0 && !s.Opaque && len(s.Controls) == 0
}

// A Relation is a table, view, materialized view, sequence or foreign table as the
// text names it. Names are as the server would store them: folded to lower case
// unless quoted, truncated to 63 bytes.
type Relation struct {
	Schema string // empty if the text gives none
	Name   string
	Only   bool // ONLY was said: no inheritance children, no partitions
}

// An Action is how a statement changes a relation.
type Action string

// The actions. A statement that may do several to one relation names each.
const (
	Insert          Action = "insert" // INSERT, MERGE, COPY FROM, SELECT INTO, CREATE TABLE AS
	Update          Action = "update" // UPDATE, MERGE, INSERT ... ON CONFLICT DO UPDATE
	Delete          Action = "delete" // DELETE, MERGE
	Truncate        Action = "truncate"
	TruncateCascade Action = "truncate cascade" // and every table that references it
	Refresh         Action = "refresh"          // REFRESH MATERIALIZED VIEW
	Define          Action = "define"           // any DDL: CREATE, ALTER, DROP, ...
	Advance         Action = "advance"          // a sequence: nextval, setval
)

// A Write is one relation and one action on it.
type Write struct {
	Relation
	Action Action
}

// A Name is the name of an operator or a type as the text has it.
type Name struct {
	Schema string // empty if the text gives none
	Name   string
}

// A Column is a column of a relation that the text names.
type Column struct {
	Relation
	Column string
}

// A Function is a function as the text calls it.
type Function struct {
	Schema string // empty if the text gives none
	Name   string
	Args   int // how many arguments, those of WITHIN GROUP's ORDER BY among them; -1 for (*)
	Class  FunctionClass
}

// A FunctionClass is what is known of a function from its name and number of
// arguments without asking a catalog.
type FunctionClass uint8

// The classes. A name that has overloads in several classes is in the most
// dangerous one that fits its number of arguments.
const (
	// Unknown functions are not PostgreSQL's own: they may do anything.
	Unknown FunctionClass = iota
	// Pure functions depend on their arguments and on settings that are part of
	// a session's scope (TimeZone, DateStyle, ...), and write nothing.
	Pure
	// Volatile functions give another result at every call, or have an effect.
	Volatile
	// Ambient functions depend on the time, the transaction, the session, the
	// server's files or its catalog, and write nothing.
	Ambient
)
