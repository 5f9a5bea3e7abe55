package sqlcache_test

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gojohnny/gojohnny/cache/sqlcache"
)

// A hit needs no connection: it works on a new connection of the pool, and while the
// database is down.
func TestHitNeedsNoConnection(t *testing.T) {
	var down atomic.Bool
	f := &fake{rows: twoRows, fail: func(call string) error {
		if down.Load() && call != "valid" {
			return errFake
		}
		return nil
	}}
	c := newCache(t, nil)
	connector := sqlcache.Connector(f, c)
	const q = `SELECT a FROM t`
	first := open(t, connector)
	column2(t, first, q)
	column2(t, first, q) // the first time that the connection is reused, its reset is tried
	down.Store(true)
	f.calls()
	column2(t, first, q)

	second := open(t, connector) // of connections that nobody has dialled
	column2(t, second, q)
	wantHits(t, c, 3)
	if calls := f.calls(); !slices.Equal(calls, []string{"valid"}) { // back to the pool
		t.Errorf("got %v; want no call of the database", calls)
	}
	if _, err := second.Query(`SELECT b FROM t`); !errors.Is(err, errFake) {
		t.Errorf("got %v; want the dial's error, %v", err, errFake)
	}
	if err := second.Ping(); !errors.Is(err, errFake) {
		t.Errorf("got %v; want the dial's error, %v", err, errFake)
	}
	column2(t, second, q)
	down.Store(false)
	if err := second.Ping(); err != nil {
		t.Error(err)
	}
	wantHits(t, c, 4)
}

// column2 reads a query to its end.
func column2(t testing.TB, db querier, query string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
}

// The driver is asked to reset a connection before it is used again, not for a hit;
// one that it gives up is replaced, with the statements prepared on it.
func TestReset(t *testing.T) {
	var bad atomic.Bool
	f := &fake{rows: twoRows, fail: func(call string) error {
		if call == "reset" && bad.Swap(false) {
			return driver.ErrBadConn
		}
		return nil
	}}
	db := open(t, sqlcache.Connector(f, newCache(t, nil)))
	db.SetMaxOpenConns(1)
	stmt, err := db.Prepare(`UPDATE t SET a = 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stmt.Close() }() // nothing depends on it
	steps := []struct {
		name string
		bad  bool
		do   func() error
		want []string
	}{
		{
			"miss", false, func() error { column2(t, db, `SELECT a FROM t`); return nil },
			[]string{"reset", "query SELECT a FROM t []", "valid"},
		},
		{"hit", true, func() error { column2(t, db, `SELECT a FROM t`); return nil }, []string{"valid"}},
		{
			"replaced", true, func() error { return db.Ping() },
			[]string{"reset", "close", "dial", "ping", "valid"},
		},
		{
			"prepared again", false, func() error { _, err := stmt.Exec(); return err },
			[]string{"reset", "exec prepared UPDATE t SET a = 1 []", "valid"},
		},
	}
	f.calls()
	for _, step := range steps {
		bad.Store(step.bad)
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		if got := f.calls(); !slices.Equal(got, step.want) {
			t.Errorf("%s: got %q; want %q", step.name, got, step.want)
		}
	}
	if n := f.prepares.Load(); n != 2 {
		t.Errorf("got the statement prepared %d times; want 2, once on each connection", n)
	}
}

// A connection that goes back to the pool within a transaction is one that pgx gives
// up: the next user must not find it.
func TestForgottenTransaction(t *testing.T) {
	bare, db, c := numbers(t)
	db.SetMaxOpenConns(1)
	conn := single(t, db)
	exec(t, conn, `BEGIN`)
	exec(t, conn, `UPDATE numbers SET n = 100`)
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		wantColumn(t, column(t, db, sum), int64(6))
	}

	conn = single(t, db)
	exec(t, conn, `BEGIN`)
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	hits := c.Stats().Hits
	wantColumn(t, column(t, db, sum), int64(6))
	await(t, bare, `SELECT NOT EXISTS (SELECT 1 FROM pg_stat_activity
		WHERE state = 'idle in transaction' AND datname = current_database())`)
	wantHits(t, c, hits+1)
}

// The connector is closed with the database if the driver's can be.
func TestCloseReachesTheConnector(t *testing.T) {
	f := closingFake{fake: &fake{rows: twoRows}}
	db := sql.OpenDB(sqlcache.Connector(f, newCache(t, nil)))
	if err := db.Close(); !errors.Is(err, errFake) {
		t.Errorf("got %v; want the connector's %v", err, errFake)
	}
	db = sql.OpenDB(sqlcache.Connector(f.fake, newCache(t, nil)))
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

type closingFake struct{ *fake }

func (closingFake) Close() error { return errFake }

// An entry that another version of the program kept is replaced.
func TestUnreadableEntryIsReplaced(t *testing.T) {
	c := newCache(t, nil)
	typed := &fake{rows: func() driver.Rows { return typedRows{twoRows().(*fakeRows)} }}
	const q = `SELECT a FROM t`
	// Each connector knows the types that its own driver gave. Without PostgreSQL the
	// scope of each is its own as well, so that they share no entry; one connector
	// that forgets what it learned stands for another program.
	connector := sqlcache.Connector(typed, c)
	column2(t, open(t, connector), q)
	sqlcache.Forget(connector)
	column2(t, open(t, connector), q)
	column2(t, open(t, connector), q)
	if s := c.Stats(); s.Hits != 1 || s.Misses != 2 || s.Damaged != 1 || s.Reads != 3 {
		t.Errorf("got %d hits, %d misses, %d damaged of %d; want 1, 2, 1 of 3", s.Hits, s.Misses, s.Damaged, s.Reads)
	}
}

// database/sql repeats what a driver answers with ErrBadConn. The first try may have
// been sent, and counts as committed once the session answers.
func TestBadConnIsTriedAgain(t *testing.T) {
	var bad atomic.Bool
	f := &fake{rows: twoRows, fail: func(call string) error {
		if (strings.Contains(call, "UPDATE t") || strings.Contains(call, "SELECT a FROM t")) && bad.Swap(false) {
			return driver.ErrBadConn
		}
		return nil
	}}
	c := newCache(t, nil)
	db := open(t, sqlcache.Connector(f, c))
	bad.Store(true)
	exec(t, db, `UPDATE t SET a = 1`)
	bad.Store(true)
	column2(t, db, `SELECT a FROM t`)
	s := c.Stats()
	if s.Protocol.Committed != 2 || s.Protocol.Open != 0 {
		t.Errorf("got %+v; want both tries committed", s.Protocol)
	}
	if n := db.Stats().InUse; n != 0 {
		t.Errorf("got %d connections in use; want 0", n)
	}
}
