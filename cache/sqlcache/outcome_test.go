package sqlcache_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
)

// A stateError is a server's error, as pgconn's and lib/pq's are.
type stateError string

func (e stateError) Error() string    { return "ERROR: SQLSTATE " + string(e) }
func (e stateError) SQLState() string { return string(e) }

// An unsentError says that nothing was sent, as pgconn's do.
type unsentError struct{}

func (unsentError) Error() string     { return "not sent" }
func (unsentError) SafeToRetry() bool { return true }

// A retriedError says so too, and has database/sql try again.
type retriedError struct{ unsentError }

func (retriedError) Unwrap() error { return driver.ErrBadConn }

// TestOutcome gives the driver's error for a write, and says what becomes of its fence.
func TestOutcome(t *testing.T) {
	for _, tt := range []struct {
		err  error
		dead bool // the session does not answer any more
		want string
	}{
		{nil, false, "committed"},
		{stateError("23505"), false, "rolled back"},
		{fmt.Errorf("wrapped: %w", stateError("40001")), false, "rolled back"},
		{stateError("57014"), false, "rolled back"}, // cancelled
		{stateError("40003"), false, "unknown"},
		{stateError("57P01"), false, "unknown"}, // after a local commit, perhaps
		{stateError("57P05"), false, "unknown"},
		{stateError("08006"), false, "unknown"},
		{stateError("58030"), false, "unknown"},
		{stateError("XX000"), false, "unknown"},
		{stateError("25P03"), false, "unknown"},
		{stateError(""), false, "unknown"},
		{unsentError{}, false, "rolled back"},
		{unsentError{}, true, "unknown"},     // as pgx returns it for a COMMIT whose answer was lost
		{driver.ErrBadConn, true, "unknown"}, // as lib/pq returns it after it has sent
		{driver.ErrBadConn, false, "committed"},
		{retriedError{}, false, "rolled back"},
		{retriedError{}, true, "unknown"},
		{context.Canceled, false, "committed"}, // for all that is known, and over
		{context.Canceled, true, "unknown"},
		{errors.New("anything"), false, "committed"},
		{errors.New("anything"), true, "unknown"},
	} {
		t.Run(fmt.Sprintf("%v, dead %v", tt.err, tt.dead), func(t *testing.T) {
			for _, way := range []string{"statement", "returning", "commit", "raw commit"} {
				if got := outcomeOf(t, way, tt.err, tt.dead); got != tt.want {
					t.Errorf("%s: got %q; want %q", way, got, tt.want)
				}
			}
		})
	}
}

func outcomeOf(t *testing.T, way string, fails error, dead bool) string {
	t.Helper()
	armed, failed := false, false
	f := &fake{rows: func() driver.Rows { return &fakeRows{columns: []string{"a"}, err: fails} }}
	f.fail = func(call string) error {
		if way == "returning" || !armed || strings.HasPrefix(call, "exec") && way == "commit" || call == "valid" || call == "close" {
			return nil
		}
		if call == "alive" {
			if dead && failed {
				return driver.ErrBadConn
			}
			return nil
		}
		failed = true
		return fails
	}
	if way == "returning" {
		f.fail = func(call string) error {
			if call == "alive" && dead {
				return driver.ErrBadConn
			}
			return nil
		}
	}
	c := newCache(t, nil)
	db := open(t, sqlcache.Connector(f, c))
	ctx := t.Context()
	before := c.Stats().Protocol
	conn := single(t, db) // which is not tried again
	if err := conn.PingContext(ctx); err != nil {
		t.Fatal(err)
	}
	armed = true
	var err error
	switch way {
	case "statement":
		_, err = conn.ExecContext(ctx, `UPDATE t SET a = 1`)
	case "returning":
		rows, qerr := conn.QueryContext(ctx, `UPDATE t SET a = 1 RETURNING a`)
		if qerr != nil {
			t.Fatal(qerr)
		}
		for rows.Next() {
		}
		err = rows.Err()
		_ = rows.Close() // it is the rows'
	case "commit":
		armed = false
		tx, terr := conn.BeginTx(ctx, nil)
		if terr != nil {
			t.Fatal(terr)
		}
		exec(t, tx, `UPDATE t SET a = 1`)
		armed = true
		err = tx.Commit()
	case "raw commit":
		armed = false
		exec(t, conn, `BEGIN`)
		exec(t, conn, `UPDATE t SET a = 1`)
		armed = true
		_, err = conn.ExecContext(ctx, `COMMIT`)
	}
	if !errors.Is(err, fails) {
		t.Errorf("%s: got %v; want %v", way, err, fails)
	}
	after := c.Stats().Protocol
	switch {
	case after.Committed > before.Committed:
		return "committed"
	case after.RolledBack > before.RolledBack:
		return "rolled back"
	case after.Abandoned > before.Abandoned:
		return "unknown"
	}
	return "not ended"
}

// A session is followed no more after a statement whose outcome nobody can tell, though its
// connection may live. The pool takes another in its place, whose reads hit.
func TestPoolDropsWhatIsNotFollowed(t *testing.T) {
	_, db, c := numbers(t)
	db.SetMaxOpenConns(1)
	exec(t, db, `CREATE FUNCTION fail() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'odd' USING ERRCODE = 'XX000'; END $$`)
	exec(t, db, `CREATE TABLE other (n int); INSERT INTO other VALUES (1)`)
	if _, err := db.ExecContext(t.Context(), `UPDATE other SET n = fail()`); err == nil {
		t.Fatal("got no error")
	}
	before := c.Stats().BypassReasons[cache.UnknownSession]
	column(t, db, `SELECT n FROM numbers`)
	if n := c.Stats().BypassReasons[cache.UnknownSession] - before; n != 0 {
		t.Errorf("%d reads bypassed on the connection that is not followed; want it dropped", n)
	}
}
