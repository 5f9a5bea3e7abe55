package pgxcache_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gojohnny/gojohnny/cache/pgxcache"
)

// slowly makes every change of users wait when it is committed.
const slowly = `CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
	CREATE CONSTRAINT TRIGGER slow AFTER UPDATE OR INSERT ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()`

// The ways a write can be on the wire.
var writesOnTheWire = map[string]func(ctx context.Context, b *bench) error{
	"Exec": func(ctx context.Context, b *bench) error {
		_, err := b.pool.Exec(ctx, rename, 1, "eve")
		return err
	},
	"QueryRow": func(ctx context.Context, b *bench) error {
		return b.pool.QueryRow(ctx, rename+" RETURNING id", 1, "eve").Scan(new(int))
	},
	"Commit": func(ctx context.Context, b *bench) error {
		tx, err := b.pool.Begin(b.ctx)
		b.check(err)
		_, err = tx.Exec(b.ctx, rename, 1, "eve")
		b.check(err)
		return tx.Commit(ctx)
	},
	"a raw COMMIT": func(ctx context.Context, b *bench) error {
		c, err := b.pool.Acquire(b.ctx)
		b.check(err)
		defer c.Release()
		for _, sql := range []string{"BEGIN", "UPDATE users SET name = 'eve' WHERE id = 1"} {
			_, err = c.Exec(b.ctx, sql)
			b.check(err)
		}
		_, err = c.Exec(ctx, "COMMIT")
		return err
	},
	"SendBatch": func(ctx context.Context, b *bench) error {
		batch := &pgx.Batch{}
		batch.Queue(rename, 1, "eve")
		return b.pool.SendBatch(ctx, batch).Close()
	},
	"CopyFrom": func(ctx context.Context, b *bench) error {
		_, err := b.pool.CopyFrom(ctx, pgx.Identifier{"users"}, []string{"id"}, pgx.CopyFromRows([][]any{{9}}))
		return err
	},
}

// awaitReleased waits until the pool has all connections back: pgx closes one whose
// query was cancelled behind its user's back.
func (b *bench) awaitReleased() {
	b.t.Helper()
	for end := time.Now().Add(10 * time.Second); b.pool.Stat().AcquiredConns() != 0; {
		if time.Now().After(end) {
			b.t.Errorf("%d connections were not released", b.pool.Stat().AcquiredConns())
			return
		}
		b.check(b.bare.Ping(b.ctx)) // and let some time pass
	}
}

// awaitSleep returns the backend that is asleep.
func (b *bench) awaitSleep() (pid int) {
	b.t.Helper()
	for {
		err := b.bare.QueryRow(b.ctx, "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()").Scan(&pid)
		if err == nil {
			return pid
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			b.t.Fatal(err)
		}
		runtime.Gosched()
	}
}

// Nobody knows what becomes of a write whose connection is lost, or that nobody waits
// for: its fence stands until its lease ends.
func TestUnknownOutcome(t *testing.T) {
	for name, write := range writesOnTheWire {
		t.Run(name+", cancelled", func(t *testing.T) {
			b := newBench(t, nil, users, slowly)
			b.one(b.pool, byID, 1)
			ctx, cancel := context.WithCancel(b.ctx)
			go func() { b.awaitSleep(); cancel() }()
			if err := write(ctx, b); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v; want context.Canceled", err)
			}
			b.want("after it", bypass, func() { b.one(b.pool, byID, 1) })
		})
		t.Run(name+", terminated", func(t *testing.T) {
			b := newBench(t, nil, users, slowly)
			b.one(b.pool, byID, 1)
			var killer sync.WaitGroup
			killer.Go(func() {
				_, err := b.bare.Exec(b.ctx, "SELECT pg_terminate_backend($1)", b.awaitSleep())
				if err != nil {
					t.Error(err)
				}
			})
			if err := write(b.ctx, b); err == nil {
				t.Error("got no error")
			}
			killer.Wait() // its answer may come after the write's
			b.want("after it", bypass, func() { b.one(b.pool, byID, 1) })
		})
	}
}

// dialed are the connections of a bench by the port that the server sees.
type dialed struct{ sync.Map }

func (d *dialed) configure(config *pgxpool.Config) {
	config.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err == nil {
			d.Store(conn.LocalAddr().(*net.TCPAddr).Port, conn)
		}
		return conn, err
	}
}

// Nor does anybody if the network loses the connection without a word of the server's,
// whatever pgx makes of it.
func TestLostConnection(t *testing.T) {
	for name, write := range writesOnTheWire {
		t.Run(name, func(t *testing.T) {
			var conns dialed
			b := newBench(t, conns.configure, users, slowly)
			b.one(b.pool, byID, 1)
			var network sync.WaitGroup
			network.Go(func() {
				port := 0
				err := b.bare.QueryRow(b.ctx, "SELECT client_port FROM pg_stat_activity WHERE pid = $1", b.awaitSleep()).Scan(&port)
				if err != nil {
					t.Error(err)
				}
				conn, _ := conns.Load(port)
				_ = conn.(net.Conn).Close() // what it says does not matter
			})
			if err := write(b.ctx, b); err == nil {
				t.Error("got no error")
			}
			network.Wait()
			b.want("after it", bypass, func() { b.one(b.pool, byID, 1) })
		})
	}
}

// A write that is refused, or whose context is done before it is sent, leaves no fence.
func TestNothingSent(t *testing.T) {
	b := newBench(t, nil, users)
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	for name, write := range writesOnTheWire {
		b.one(b.pool, byID, 1)
		if err := write(ctx, b); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v; want context.Canceled", name, err)
		}
		b.fenced(false)
	}
}

// Rows that are left, cancelled or not scanned at any row leave nothing behind: no part
// of a result, no connection, no fence.
func TestEveryRow(t *testing.T) {
	const n = 5
	tests := map[string]func(b *bench, rows pgx.Rows, cancel func()){
		"closed":    func(_ *bench, rows pgx.Rows, _ func()) { rows.Close() },
		"cancelled": func(_ *bench, rows pgx.Rows, cancel func()) { cancel(); rows.Close() },
		"scanned into what does not fit": func(b *bench, rows pgx.Rows, _ func()) {
			var scan pgx.ScanArgError
			if err := rows.Scan(new(bool)); !errors.As(err, &scan) {
				b.t.Errorf("got %v", err)
			}
		},
		"scanned into too much": func(b *bench, rows pgx.Rows, _ func()) {
			if err := rows.Scan(new(string), new(string)); err == nil {
				b.t.Error("no error")
			}
		},
	}
	queries := map[string]string{
		"read":  "SELECT name FROM items WHERE id <= 5 ORDER BY id",
		"write": "UPDATE items SET stock = 1 WHERE id <= 5 RETURNING name",
		"large": "SELECT repeat(name, 50000) FROM items WHERE id <= 5 ORDER BY id",
	}
	for name, end := range tests {
		for kind, sql := range queries {
			t.Run(kind+", "+name, func(t *testing.T) {
				b := newBench(t, nil, manyItems)
				for at := range n {
					ctx, cancel := context.WithCancel(b.ctx)
					rows, err := b.pool.Query(ctx, sql)
					b.check(err)
					for range at + 1 {
						rows.Next()
					}
					end(b, rows, cancel)
					rows.Close()
					cancel()
					if kind != "read" {
						continue
					}
					got, err := pgx.CollectRows(must(b.pool.Query(b.ctx, sql)), pgx.RowTo[string])
					if err != nil || len(got) != n {
						t.Errorf("row %d: got %d rows, %v; want %d", at, len(got), err, n)
					}
				}
				b.awaitReleased()
				if kind != "write" || name != "cancelled" { // which is Unknown
					b.want("afterwards", miss, func() { b.one(b.pool, "SELECT name FROM items WHERE id = 1") })
				}
			})
		}
	}
}

func must(rows pgx.Rows, _ error) pgx.Rows { return rows }

// Rows that nobody closes do not hold their fence for ever once the connection is
// released.
func TestAbandonedRows(t *testing.T) {
	b := newBench(t, func(c *pgxpool.Config) { c.MaxConns = 2 }, users)
	c, err := b.pool.Acquire(b.ctx)
	b.check(err)
	_, err = c.Query(b.ctx, "UPDATE users SET name = 'x' RETURNING name")
	b.check(err)
	c.Release()
	if s := b.cache.Stats().Protocol; s.Abandoned != 1 {
		t.Errorf("got %+v; want one write abandoned", s)
	}
}

// Nor do they where the connection was asked for something else meanwhile, which it refused.
func TestAbandonedRowsOfBusyConn(t *testing.T) {
	for name, ask := range map[string]func(b *bench, c *pgxcache.Conn) error{
		"a query": func(b *bench, c *pgxcache.Conn) error {
			_, err := c.Query(b.ctx, "SELECT count(*) FROM users")
			return err
		},
		"a batch": func(b *bench, c *pgxcache.Conn) error {
			batch := &pgx.Batch{}
			batch.Queue(byID, 1)
			return c.SendBatch(b.ctx, batch).Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil, users)
			c, err := b.pool.Acquire(b.ctx)
			b.check(err)
			_, err = c.Query(b.ctx, "UPDATE users SET name = 'x' RETURNING name")
			b.check(err)
			if ask(b, c) == nil {
				t.Error("no error")
			}
			c.Release()
			if s := b.cache.Stats().Protocol; s.Abandoned != 1 || s.Open != 0 {
				t.Errorf("got %+v; want one write abandoned", s)
			}
		})
	}
}

// A panic of the program's own code on the way leaves no fence that is renewed for
// ever, and nobody waiting.
func TestPanic(t *testing.T) {
	b := newBench(t, nil, users)
	for name, f := range map[string]func(){
		"Exec":  func() { _, _ = b.pool.Exec(b.ctx, rename, 1, panicker{}) },
		"Query": func() { _, _ = b.pool.Query(b.ctx, byID+" AND name <> $2", 1, panicker{}) },
		"RETURNING": func() {
			_, _ = b.pool.Query(b.ctx, rename+" RETURNING id", 1, panicker{})
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
	if s := b.cache.Stats().Protocol; s.Open != 0 {
		t.Errorf("got %+v; want no open write", s)
	}
	if got := b.pool.Stat().AcquiredConns(); got != 0 {
		t.Errorf("%d connections were not released", got)
	}
}

// A tracer that panics when a query has ended costs neither the connection nor those who
// ask for the same rows.
func TestPanicAtTheEnd(t *testing.T) {
	var tracer endPanicker
	b := newBench(t, func(c *pgxpool.Config) { c.ConnConfig.Tracer = &tracer }, users)
	b.one(b.pool, byID, 1) // what it takes to be kept is known
	tracer.panics = true
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_, _ = b.pool.Query(b.ctx, byID, 2)
	}()
	if got := b.pool.Stat().AcquiredConns(); got != 0 {
		t.Errorf("%d connections were not released", got)
	}
	ctx, cancel := context.WithTimeout(b.ctx, time.Second)
	defer cancel()
	var name string
	if err := b.pool.QueryRow(ctx, byID, 2).Scan(&name); err != nil {
		t.Errorf("the next read: %v", err)
	}
}

type endPanicker struct{ panics bool }

func (*endPanicker) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (p *endPanicker) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {
	if p.panics {
		p.panics = false
		panic("a tracer panics")
	}
}

type panicker struct{}

func (panicker) Value() (driver.Value, error) { panic("a valuer panics") }
