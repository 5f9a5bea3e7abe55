package sqlparse

// A Control is a statement's effect on its transaction or session.
type Control struct {
	Op ControlOp

	// Isolation is the level that Begin and SetTransaction ask for, empty if
	// they ask for none.
	Isolation Isolation

	// Setting is the parameter's name in lower case for Set, Reset; empty where the
	// text does not tell (set_config with a computed name).
	Setting string

	// Local says that the effect ends with the transaction (SET LOCAL).
	Local bool

	// Chain says that a new transaction follows at once (AND CHAIN).
	Chain bool
}

// A ControlOp says which effect.
type ControlOp uint8

// The effects on a transaction, then those on a session.
const (
	Begin ControlOp = iota + 1
	Commit
	Rollback
	Savepoint
	Release
	RollbackTo
	PrepareTransaction // the transaction leaves the session, not yet committed
	CommitPrepared     // commits a transaction that any session prepared
	RollbackPrepared
	SetTransaction // SET TRANSACTION: this transaction's level

	Set     // SET, RESET, SET ROLE, SET SESSION AUTHORIZATION, SET SESSION CHARACTERISTICS, set_config()
	Reset   // RESET ALL: every setting
	Discard // DISCARD ALL: all of the session
	Temp    // creates a temporary relation or drops them: CREATE TEMP, SELECT INTO TEMP, DISCARD TEMP
	Unseen  // may set settings or create what is temporary, unseen: DO, CALL, EXECUTE, LOAD, an Unknown function, a write to a system catalog, all opaque DDL
)

// An Isolation is a transaction isolation level, as the server names it.
type Isolation string

// The levels. PostgreSQL runs ReadUncommitted as ReadCommitted.
const (
	ReadUncommitted Isolation = "read uncommitted"
	ReadCommitted   Isolation = "read committed"
	RepeatableRead  Isolation = "repeatable read"
	Serializable    Isolation = "serializable"
)
