package sqlcache

import (
	"context"
	"errors"
	"time"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
)

// aliveTimeout is how long a session has to answer after a statement whose outcome
// the driver could not tell.
const aliveTimeout = time.Second

// outcome says what became of a statement that the driver answered with err.
//
// driver.ErrBadConn "should NOT be returned if there's a possibility that the database
// server might have performed the operation". Drivers return it all the same: lib/pq,
// when the connection ends before the server has replied, for a COMMIT too. So it says
// nothing. Nor does an error that says that it is safe to try again, unless the session
// lives: pgx 5.12 says so of a COMMIT that it had sent, where the connection was lost
// before the answer came.
//
// database/sql sends the statement again on its strength. A driver that had sent
// nothing (pgx, which returns it bare where its own error was safe to retry) then
// leaves one fence more than was needed for its lease: the tables' reads bypass that
// long. It is rare, since the driver's ResetSession comes before the fence, and finds
// most of the dead.
//
// What is neither the server's own word nor safe to try again (that, a context that
// ended, a value that the driver could not encode or read) is asked of the session: one
// that answers is done with what it was sent before, which is then committed, as far as
// we know: one advance too many is safe. One that does not may still be at it.
func (c *conn) outcome(err error) invalidation.Outcome {
	if err == nil {
		return invalidation.Committed
	}
	if state, ok := sqlState(err); ok {
		if cache.MayFollowCommit(state) {
			return invalidation.Unknown
		}
		return invalidation.RolledBack
	}
	switch {
	case !c.alive():
		return invalidation.Unknown
	case safeToRetry(err):
		return invalidation.RolledBack
	}
	return invalidation.Committed
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
		return !cache.MayFollowCommit(state)
	}
	return err == nil
}
