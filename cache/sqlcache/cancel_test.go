package sqlcache_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

// leakless runs a program on a wrapped database, and checks that it leaves no
// connection in use, no fence that is renewed, and no goroutine.
func leakless(t *testing.T, program func(ctx context.Context, bare, db *sql.DB, c *cache.Cache)) {
	t.Helper()
	connector := pgxConnector(t)
	before := goleak.IgnoreCurrent()
	store, err := memstore.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := cache.New(store, pgquery.New(), nil)
	bare, db := sql.OpenDB(connector), sql.OpenDB(sqlcache.Connector(connector, c))
	exec(t, bare, `CREATE TABLE numbers (id serial PRIMARY KEY, n int, t text)`)
	exec(t, bare, `INSERT INTO numbers (n, t) VALUES (1, 'one'), (2, ''), (3, NULL)`)

	program(t.Context(), bare, db, c)

	if n := db.Stats().InUse; n != 0 {
		t.Errorf("got %d connections in use; want 0", n)
	}
	if s := c.Stats().Protocol; s.Open != 0 {
		t.Errorf("got %d fences that are renewed; want 0", s.Open)
	}
	if err := errors.Join(db.Close(), bare.Close(), c.Close(context.Background())); err != nil {
		t.Error(err)
	}
	store.Close()
	goleak.VerifyNone(t, before)
}

// locked runs f while the table is locked against everybody, and cancels f's context
// once the server says that somebody waits for the lock.
func locked(t *testing.T, bare *sql.DB, f func(ctx context.Context)) {
	t.Helper()
	lock := beginTx(t, bare, nil)
	exec(t, lock, `LOCK TABLE numbers`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var done sync.WaitGroup
	done.Go(func() { f(ctx) })
	await(t, bare, `SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)`)
	cancel()
	done.Wait()
	if err := lock.Rollback(); err != nil {
		t.Error(err)
	}
	await(t, bare, `SELECT NOT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)`)
}

// await waits until the server says true.
func await(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		var is bool
		if err := db.QueryRow(query).Scan(&is); err != nil {
			t.Fatal(err)
		}
		if is {
			return
		}
	}
	t.Fatalf("%s: not within 20 s", query)
}

func wantCanceled(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want %v", err, context.Canceled)
	}
}

func TestCanceledBefore(t *testing.T) {
	leakless(t, func(ctx context.Context, _, db *sql.DB, c *cache.Cache) {
		column(t, db, sum)
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		_, err := db.QueryContext(ctx, sum)
		wantCanceled(t, err)
		_, err = db.ExecContext(ctx, `UPDATE numbers SET n = 0`)
		wantCanceled(t, err)
		_, err = db.BeginTx(ctx, nil)
		wantCanceled(t, err)
		conn := single(t, db)
		_, err = conn.QueryContext(ctx, sum)
		wantCanceled(t, err)
		_, err = conn.ExecContext(ctx, `UPDATE numbers SET n = 0`)
		wantCanceled(t, err)
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		wantColumn(t, column(t, db, sum), int64(6))
		wantHits(t, c, 1)
	})
}

// A query that is cancelled on the server leaves nothing behind, and nobody waiting
// for its rows.
func TestCanceledQuery(t *testing.T) {
	leakless(t, func(_ context.Context, bare, db *sql.DB, c *cache.Cache) {
		locked(t, bare, func(ctx context.Context) {
			_, err := db.QueryContext(ctx, sum)
			wantCanceled(t, err)
		})
		wantColumn(t, column(t, db, sum), int64(6))
		wantColumn(t, column(t, db, sum), int64(6))
		wantHits(t, c, 1)
	})
}

// A read that waits for another's query has a context of its own.
func TestCanceledWaiter(t *testing.T) {
	leakless(t, func(ctx context.Context, bare, db *sql.DB, c *cache.Cache) {
		lock := beginTx(t, bare, nil)
		exec(t, lock, `LOCK TABLE numbers`)
		var leader sync.WaitGroup
		leader.Go(func() { wantColumn(t, column(t, db, sum), int64(6)) })
		await(t, bare, `SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)`)
		ctx, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		if _, err := db.QueryContext(ctx, sum); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v; want %v", err, context.DeadlineExceeded)
		}
		if err := lock.Rollback(); err != nil {
			t.Error(err)
		}
		leader.Wait()
		wantColumn(t, column(t, db, sum), int64(6))
		wantHits(t, c, 1)
	})
}

// A write that is cancelled on the wire may yet be done: its fence stands until the
// lease ends it, and nothing is answered from the cache meanwhile.
func TestCanceledWrite(t *testing.T) {
	leakless(t, func(_ context.Context, bare, db *sql.DB, c *cache.Cache) {
		column(t, db, sum)
		locked(t, bare, func(ctx context.Context) {
			_, err := db.ExecContext(ctx, `UPDATE numbers SET n = n + 10`)
			wantCanceled(t, err)
		})
		column(t, db, sum)
		s := c.Stats()
		if s.Hits != 0 || s.BypassReasons[cache.Fenced] != 1 || s.Protocol.Abandoned != 1 {
			t.Errorf("got %d hits, %v, %d abandoned; want a bypass for the fence", s.Hits, s.BypassReasons, s.Protocol.Abandoned)
		}
	})
}

// Rows that are abandoned half way by their context: what was kept is whole.
func TestCanceledWhileReading(t *testing.T) {
	leakless(t, func(ctx context.Context, _, db *sql.DB, c *cache.Cache) {
		for range 2 {
			ctx, cancel := context.WithCancel(ctx)
			rows, err := db.QueryContext(ctx, `SELECT n FROM numbers ORDER BY n`)
			if err != nil {
				t.Fatal(err)
			}
			if !rows.Next() {
				t.Error("no rows")
			}
			cancel()
			for rows.Next() {
			}
			if err := rows.Err(); err != nil { // or the rest came before database/sql noticed
				wantCanceled(t, err)
			}
			_ = rows.Close() // it is the context's
		}
		wantColumn(t, column(t, db, `SELECT n FROM numbers ORDER BY n`), int64(1), int64(2), int64(3))
		wantHits(t, c, 2)
	})
}

// A transaction whose context ends is rolled back, and its connection dropped as pgx
// wants it.
func TestCanceledTransaction(t *testing.T) {
	leakless(t, func(ctx context.Context, bare, db *sql.DB, c *cache.Cache) {
		column(t, db, sum)
		ctx, cancel := context.WithCancel(ctx)
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, `UPDATE numbers SET n = n + 10`)
		cancel()
		wantCanceled(t, orDone(tx.Commit()))
		await(t, bare, `SELECT NOT EXISTS (SELECT 1 FROM pg_locks WHERE relation = 'numbers'::regclass)`)
		wantColumn(t, column(t, db, sum), int64(6))
		wantHits(t, c, 1)
	})
}

// orDone takes "the transaction has already been rolled back" for the context's error:
// which of them comes, the rollback's speed decides.
func orDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return context.Canceled
	}
	return err
}
