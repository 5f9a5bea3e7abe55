package sqlcache

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
	"time"

	"github.com/gojohnny/gojohnny/invalidation"
)

// aliveTimeout is how long a session has to answer after a statement whose outcome
// the driver could not tell.
const aliveTimeout = time.Second

// outcome says what became of a statement that the driver answered with err.
//
// The contract of database/sql/driver for ErrBadConn: it "should NOT be returned if
// there's a possibility that the database server might have performed the
// operation". database/sql sends the statement again on its strength.
//
// What is neither that nor the server's own word (a context that ended, a value that
// the driver could not encode or read) is asked of the session: one that answers is
// done with what it was sent before, which is then committed, as far as we know:
// one advance too many is safe. One that does not may still be at it.
func (c *conn) outcome(err error) invalidation.Outcome {
	switch {
	case err == nil:
		return invalidation.Committed
	case errors.Is(err, driver.ErrBadConn), safeToRetry(err):
		return invalidation.RolledBack
	}
	if state, ok := sqlState(err); ok {
		if lost(state) {
			return invalidation.Unknown
		}
		return invalidation.RolledBack
	}
	if c.alive() {
		return invalidation.Committed
	}
	return invalidation.Unknown
}

// safeToRetry reports whether the error says that nothing was sent, as pgconn's do.
func safeToRetry(err error) bool {
	var e interface{ SafeToRetry() bool }
	return errors.As(err, &e) && e.SafeToRetry()
}

// sqlState finds the server's error code, which the drivers of PostgreSQL (pgx,
// lib/pq) give by a method of this name.
func sqlState(err error) (string, bool) {
	var e interface{ SQLState() string }
	if !errors.As(err, &e) {
		return "", false
	}
	return e.SQLState(), true
}

// lost reports whether the server's error may follow a commit. An ordinary one comes
// instead of it. But a session that is ended while it waits for a synchronous
// standby has committed already, and answers 57P01 ("The transaction has already
// committed locally", SyncRepWaitForLSN in PostgreSQL's syncrep.c); and errors of
// the connection, the system or the server's own workings may come at any moment.
// Codes: https://www.postgresql.org/docs/16/errcodes-appendix.html.
func lost(state string) bool {
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

// alive reports whether the session answers. A server's error is an answer too.
func (c *conn) alive() bool {
	if c.inner == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), aliveTimeout)
	defer cancel()
	rows, err := sendQuery(ctx, c.inner, "SELECT 1", nil)
	if err == nil {
		_, err = textRow(rows)
	}
	if state, ok := sqlState(err); ok {
		return !lost(state)
	}
	return err == nil
}
