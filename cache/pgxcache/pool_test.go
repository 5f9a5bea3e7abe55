package pgxcache_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gojohnny/gojohnny/cache/pgxcache"
)

const (
	users = `CREATE TABLE users (id int8 PRIMARY KEY, name text, born date);
	INSERT INTO users VALUES (1, 'ann', '2001-02-03'), (2, 'bob', NULL), (3, '', '1999-12-31')`
	byID = "SELECT name FROM users WHERE id = $1"
)

// What SQL has SET on a connection of the pool counts for who is given it next.
func TestSetThroughPool(t *testing.T) {
	b := newBench(t, func(c *pgxpool.Config) {
		c.MaxConns = 1
		c.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec // DISCARD ALL leaves pgx without its statements
	}, users,
		"CREATE SCHEMA other; CREATE TABLE other.users AS SELECT id, 'other'::text AS name FROM users")
	see := func(want string) {
		t.Helper()
		for range 3 {
			if got := b.one(b.pool, byID, 1); got != want {
				t.Errorf("got %q; want %q", got, want)
			}
			batch := &pgx.Batch{}
			batch.Queue(byID, 1)
			var got string
			br := b.pool.SendBatch(b.ctx, batch)
			b.check(br.QueryRow().Scan(&got))
			b.check(br.Close())
			if got != want {
				t.Errorf("got %q in a batch; want %q", got, want)
			}
		}
	}
	see("ann")
	for _, set := range []string{"SET search_path = other", "SELECT set_config(x, 'other', false) FROM (VALUES ('search_path')) v (x)"} {
		b.exec(set)
		see("other")
		b.exec("DISCARD ALL")
		see("ann")
		n := b.pool.Stat().AcquireCount()
		b.want("as in a new session", hit, func() { b.one(b.pool, byID, 1) })
		if got := b.pool.Stat().AcquireCount() - n; got != 0 {
			t.Errorf("acquired %d connections; want none", got)
		}
	}
	b.exec("SET search_path = other")
	_, _ = b.pool.Exec(b.ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
	see("ann")
}

func TestHitAcquiresNoConnection(t *testing.T) {
	b := newBench(t, nil, users)
	b.want("cold", miss, func() { b.one(b.pool, byID, 1) })
	n := b.pool.Stat().AcquireCount()
	b.want("hot", hit, func() {
		if got := b.one(b.pool, byID, int32(1)); got != "ann" { // the same on the wire
			t.Errorf("got %q; want ann", got)
		}
	})
	if got := b.pool.Stat().AcquireCount() - n; got != 0 {
		t.Errorf("acquired %d connections; want none", got)
	}
}

// While every connection is in use, hits are answered, and misses wait.
func TestExhaustedPool(t *testing.T) {
	b := newBench(t, func(c *pgxpool.Config) { c.MaxConns = 1 }, users)
	b.one(b.pool, byID, 1)
	c, err := b.pool.Acquire(b.ctx)
	b.check(err)
	defer c.Release()
	b.want("hot", hit, func() { b.one(b.pool, byID, 1) })

	ctx, cancel := context.WithCancel(b.ctx)
	failed := make(chan error)
	go func() {
		var s string
		failed <- b.pool.QueryRow(ctx, byID, 2).Scan(&s) // leads, and waits for a connection
	}()
	for b.cache.Stats().Misses < 2 {
		runtime.Gosched() // until it leads
	}
	b.want("on the connection that the leader waits for", miss, func() { b.one(c, byID, 2) })
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want context.Canceled", err)
	}
}

// What one user of a connection has SET, the next one meets.
func TestSettingsStayWithTheConnection(t *testing.T) {
	b := newBench(t, func(c *pgxpool.Config) { c.MaxConns = 1 }, users,
		"CREATE SCHEMA other", "CREATE TABLE other.users AS SELECT id, 'other' AS name FROM public.users")
	conn := func(f func(c *pgxcache.Conn)) {
		b.check(b.pool.AcquireFunc(b.ctx, func(c *pgxcache.Conn) error { f(c); return nil }))
	}
	b.want("cold", miss, func() { b.one(b.pool, byID, 1) })
	conn(func(c *pgxcache.Conn) {
		_, err := c.Exec(b.ctx, "SET search_path = other")
		b.check(err)
	})
	conn(func(c *pgxcache.Conn) {
		b.want("in the other schema", miss, func() {
			if got := b.one(c, byID, 1); got != "other" {
				t.Errorf("got %q; want other", got)
			}
		})
		b.want("again", hit, func() {
			if got := b.one(c, byID, 1); got != "other" {
				t.Errorf("got %q; want other", got)
			}
		})
	})
	b.want("by the pool", hit, func() {
		if got := b.one(b.pool, byID, 1); got != "other" {
			t.Errorf("got %q; want other", got)
		}
	})
}

// Whoever has the connection itself may do anything on it.
func TestRawConnection(t *testing.T) {
	ways := map[string]func(b *bench, c *pgxcache.Conn) *pgx.Conn{
		"Conn.Conn": func(_ *bench, c *pgxcache.Conn) *pgx.Conn { return c.Conn() },
		"Tx.Conn": func(b *bench, c *pgxcache.Conn) *pgx.Conn {
			tx, err := c.Begin(b.ctx)
			b.check(err)
			defer func() { b.check(tx.Rollback(b.ctx)) }()
			return tx.Conn()
		},
		"Rows.Conn": func(b *bench, c *pgxcache.Conn) *pgx.Conn {
			rows, err := c.Query(b.ctx, "SELECT 1")
			b.check(err)
			defer rows.Close()
			return rows.Conn()
		},
		"Rows.Conn of a batch": func(b *bench, c *pgxcache.Conn) *pgx.Conn {
			batch := &pgx.Batch{}
			batch.Queue("SELECT 1")
			br := c.SendBatch(b.ctx, batch)
			defer func() { b.check(br.Close()) }()
			rows, err := br.Query()
			b.check(err)
			defer rows.Close()
			return rows.Conn()
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil, users)
			b.check(b.pool.AcquireFunc(b.ctx, func(c *pgxcache.Conn) error {
				b.want("before", miss, func() { b.one(c, byID, 1) })
				if way(b, c) == nil {
					t.Error("got no connection")
				}
				b.want("after", bypass, func() { b.one(c, byID, 1) })
				_, err := c.Exec(b.ctx, "UPDATE users SET name = 'eve' WHERE id = 1")
				return err
			}))
			b.want("what it wrote", miss, func() { b.one(b.pool, byID, 1) })
		})
	}
}

func TestHijack(t *testing.T) {
	b := newBench(t, nil, users)
	c, err := b.pool.Acquire(b.ctx)
	b.check(err)
	conn := c.Hijack()
	c.Release() // nothing is left to release
	b.check(conn.Ping(b.ctx))
	b.check(conn.Close(b.ctx))
}

// The hooks of the pool have the connection past the cache.
func TestHooks(t *testing.T) {
	set := func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "SET TimeZone = 'Asia/Tokyo'")
		return err
	}
	tests := map[string]struct {
		configure func(*pgxpool.Config)
		hot       counts
	}{
		"AfterConnect": {func(c *pgxpool.Config) { c.AfterConnect = set }, hit},
		"PrepareConn": {func(c *pgxpool.Config) {
			c.PrepareConn = func(ctx context.Context, conn *pgx.Conn) (bool, error) { return true, set(ctx, conn) }
		}, bypass},
		"BeforeAcquire": {func(c *pgxpool.Config) {
			//lint:ignore SA1019 programs still use it
			c.BeforeAcquire = func(ctx context.Context, conn *pgx.Conn) bool { return set(ctx, conn) == nil }
		}, bypass},
		"AfterRelease": {func(c *pgxpool.Config) {
			c.AfterRelease = func(conn *pgx.Conn) bool { return set(context.Background(), conn) == nil }
		}, hit},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, tt.configure, users)
			b.one(b.pool, byID, 1)
			// A connection that AfterRelease has had differs from a new one. Which of them is asked first, and
			// which the query runs on, is chance.
			for n := 0; name == "AfterRelease" && b.cache.Stats().Hits == 0 && n < 20; n++ {
				b.one(b.pool, byID, 1)
			}
			b.want("hot", tt.hot, func() { b.one(b.pool, byID, 1) })
			b.exec("UPDATE users SET name = 'eve' WHERE id = 1")
			if got := b.one(b.pool, byID, 1); got != "eve" {
				t.Errorf("got %q; want eve", got)
			}
		})
	}
}

// A hook that changes a setting back is not followed by what the session believes.
func TestAfterReleaseResets(t *testing.T) {
	b := newBench(t, func(c *pgxpool.Config) {
		c.MaxConns = 1
		c.AfterRelease = func(conn *pgx.Conn) bool {
			_, err := conn.Exec(context.Background(), "RESET ALL")
			return err == nil
		}
	}, users, "CREATE SCHEMA other", "CREATE TABLE other.users AS SELECT id, 'other' AS name FROM public.users")
	b.check(b.pool.AcquireFunc(b.ctx, func(c *pgxcache.Conn) error {
		_, err := c.Exec(b.ctx, "SET search_path = other")
		b.check(err)
		b.one(c, byID, 1)
		return nil
	}))
	b.check(b.pool.AcquireFunc(b.ctx, func(c *pgxcache.Conn) error {
		if got := b.one(c, byID, 1); got != "ann" {
			t.Errorf("got %q; want ann", got)
		}
		return nil
	}))
}

// Statements prepared under names stand for their SQL.
func TestPreparedNames(t *testing.T) {
	b := newBench(t, func(c *pgxpool.Config) {
		c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
			if _, err := conn.Prepare(ctx, "by id", byID); err != nil {
				return err
			}
			_, err := conn.Prepare(ctx, "rename", "UPDATE users SET name = $2 WHERE id = $1")
			return err
		}
	}, users)
	b.want("cold", miss, func() { b.one(b.pool, "by id", 1) })
	b.want("hot", hit, func() { b.one(b.pool, "by id", 1) })
	b.want("by its SQL", hit, func() { b.one(b.pool, byID, 1) })
	b.want("in another mode", hit, func() { b.one(b.pool, "by id", pgx.QueryExecModeExec, 1) })
	b.one(b.pool, "SELECT name FROM users WHERE id = 2")
	b.exec("rename", 1, "eve")
	b.want("after a write", miss, func() {
		if got := b.one(b.pool, "by id", 1); got != "eve" {
			t.Errorf("got %q; want eve", got)
		}
	})
	b.check(b.pool.AcquireFunc(b.ctx, func(c *pgxcache.Conn) error {
		_, err := c.Prepare(b.ctx, "all", "SELECT string_agg(name, ',') FROM users WHERE id < $1")
		b.check(err)
		b.want("prepared by a user", miss, func() { b.one(c, "all", 9) })
		b.want("hot", hit, func() { b.one(c, "all", 9) })
		return nil
	}))
}

// The types of parameters may change under a text that is known.
func TestParameterTypeChanges(t *testing.T) {
	b := newBench(t, nil, users)
	const q = "SELECT count(*)::text FROM users WHERE name = $1"
	b.one(b.pool, q, "7")
	b.exec("ALTER TABLE users ALTER COLUMN name TYPE int8 USING 7")
	b.pool.Reset() // or pgx's own statements would still be those
	for range 3 {
		if got := b.one(b.pool, q, "7"); got != "3" {
			t.Errorf("got %q; want 3", got)
		}
	}
	b.want("in the end", hit, func() { b.one(b.pool, q, "7") })
}

// pgx's names for prepared statements are what peek takes them to be.
func TestPeekFinds(t *testing.T) {
	b := newBench(t, func(c *pgxpool.Config) { c.MaxConns = 1 }, users)
	b.one(b.pool, byID, 1)
	b.want("second", miss, func() { b.one(b.pool, byID, 2) })
	b.want("kept without being described again", hit, func() { b.one(b.pool, byID, 2) })
}

func TestClosedPool(t *testing.T) {
	b := newBench(t, nil, users)
	b.one(b.pool, byID, 1)
	want := func() error { b.bare.Close(); return b.bare.QueryRow(b.ctx, byID, 1).Scan(new(string)) }()
	b.pool.Close()
	if err := b.pool.QueryRow(b.ctx, byID, 1).Scan(new(string)); err == nil || err.Error() != want.Error() {
		t.Errorf("got %v; want %v", err, want)
	}
}
