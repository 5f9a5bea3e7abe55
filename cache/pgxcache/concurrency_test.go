package pgxcache_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Many goroutines read the same entries and others while some write: nobody reads a
// value older than one that was acknowledged before the read began.
func TestNeverStale(t *testing.T) {
	const (
		readers = 32
		writes  = 200
	)
	b := newBench(t, nil, users, "UPDATE users SET name = '0'")
	var acknowledged [4]atomic.Int64 // by id
	var writers, all sync.WaitGroup
	var done atomic.Bool
	for id := 1; id <= 3; id++ {
		writers.Go(func() {
			for n := int64(1); n <= writes; n++ {
				if _, err := b.pool.Exec(b.ctx, rename, id, strconv.FormatInt(n, 10)); err != nil {
					t.Error(err)
					return
				}
				acknowledged[id].Store(n)
			}
		})
	}
	for i := range readers {
		all.Go(func() {
			for n := i; !done.Load(); n++ {
				id := n%3 + 1
				least := acknowledged[id].Load()
				var s string
				if err := b.pool.QueryRow(b.ctx, byID, id).Scan(&s); err != nil {
					t.Error(err)
					return
				}
				if got, _ := strconv.ParseInt(s, 10, 64); got < least {
					t.Errorf("read %d after %d was acknowledged", got, least)
					return
				}
			}
		})
	}
	writers.Wait()
	done.Store(true)
	all.Wait()
}

// Many goroutines decode one entry, each as it likes, and may write to what they get.
func TestSharedEntry(t *testing.T) {
	needsTypes(t)
	b := newBench(t, nil, createTypeTables())
	const q = "SELECT v, a FROM of_text ORDER BY id"
	read := func() string {
		rows, err := b.pool.Query(b.ctx, q)
		if err != nil {
			return err.Error()
		}
		seen := ""
		for rows.Next() {
			values, err := rows.Values()
			seen += fmt.Sprint(values, err)
			for _, raw := range rows.RawValues() {
				clear(raw)
			}
		}
		return seen
	}
	want := read()
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for range 50 {
				if got := read(); got != want {
					t.Errorf("got %s; want %s", got, want)
				}
			}
		})
	}
	all.Wait()
}

// A tracer sees what the database sees: misses and writes, and no hit.
func TestTracers(t *testing.T) {
	var trace tracer
	b := newBench(t, func(c *pgxpool.Config) { c.ConnConfig.Tracer = &trace }, users)
	count := func(f func()) int64 { n := trace.queries.Load(); f(); return trace.queries.Load() - n }
	for _, tt := range []struct {
		name string
		f    func()
		want int64
	}{
		{"miss", func() { b.one(b.pool, byID, 1) }, 1},
		{"hit", func() { b.one(b.pool, byID, 1) }, 0},
		{"write", func() { b.exec(rename, 1, "eve") }, 1},
	} {
		if got := count(tt.f); got != tt.want {
			t.Errorf("%s: the tracer saw %d queries; want %d", tt.name, got, tt.want)
		}
	}
}

type tracer struct{ queries atomic.Int64 }

func (tr *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	tr.queries.Add(1)
	return ctx
}
func (*tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// Notifications come through.
func TestNotifications(t *testing.T) {
	b := newBench(t, nil, users)
	c, err := b.pool.Acquire(b.ctx)
	b.check(err)
	defer c.Release()
	_, err = c.Exec(b.ctx, "LISTEN news")
	b.check(err)
	b.exec("SELECT pg_notify('news', 'x')")
	n, err := c.WaitForNotification(b.ctx)
	if err != nil || n.Payload != "x" {
		t.Errorf("got %+v, %v", n, err)
	}
}
