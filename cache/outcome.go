package cache

import "strings"

// MayFollowCommit reports whether PostgreSQL's error of that SQLSTATE may come after
// the transaction was committed, or leave that open. An ordinary one comes instead of
// the commit. But a session that is ended while it waits for a synchronous standby
// has committed already, and answers 57P01 ("The transaction has already committed
// locally", SyncRepWaitForLSN in PostgreSQL's syncrep.c); and errors of the
// connection, the system or the server's own workings may come at any moment.
// Codes: https://www.postgresql.org/docs/16/errcodes-appendix.html.
func MayFollowCommit(state string) bool {
	if len(state) != 5 {
		return true // not a code of PostgreSQL's
	}
	switch state[:2] {
	case "08", "58", "XX": // connection, system, internal
		return true
	}
	switch state {
	case "40003", // statement_completion_unknown
		"25P03", "25P04": // idle in transaction, transaction timeout: end the session
		return true
	}
	return strings.HasPrefix(state, "57P") // shutdown, crash, database dropped, idle session
}
