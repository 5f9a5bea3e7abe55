package pgxcache_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/pgxcache"
)

// patience ends a test that waits for what never comes.
const patience = time.Minute

// A read does not wait for ever for one that waits for a connection itself, here of
// another pool on the same database:
//
//	1: somebody:       holds the only connection of pool A
//	2: leader, on A:   lookup   misses, leads; waits for the connection
//	3: waiter, on B:   lookup   misses, joins the leader; B has a connection for it
func TestWaiterWhoseLeaderHasNoConnection(t *testing.T) {
	b := newBench(t, func(c *pgxpool.Config) { c.MaxConns = 1 }, users)
	other := pgxcache.New(b.open(nil), b.cache)
	for _, pool := range []*pgxcache.Pool{b.pool, other} {
		b.one(pool, byID, 1) // to know what the pool's sessions start with
	}
	c, err := b.pool.Acquire(b.ctx) // 1
	b.check(err)
	defer c.Release()

	ctx, cancel := context.WithCancel(b.ctx)
	failed := make(chan error)
	misses := b.cache.Stats().Misses
	go func() {
		var s string
		failed <- b.pool.QueryRow(ctx, byID, 2).Scan(&s) // 2
	}()
	patient, done := context.WithTimeout(b.ctx, patience)
	defer done()
	for b.cache.Stats().Misses == misses && patient.Err() == nil {
		runtime.Gosched() // until it leads
	}
	var name string
	if err := other.QueryRow(patient, byID, 2).Scan(&name); err != nil || name != "bob" { // 3
		t.Errorf("got %q, %v; want bob, while the leader waits", name, err)
	}
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("leader: got %v; want context.Canceled", err)
	}
}

// A Refresh is not answered by a query that began before it:
//
//	1: reader:      lookup, query      old row; slow
//	2: somebody:    UPDATE             past the cache: no generation moves
//	3: refreshing:  lookup, query      misses, and must not join 1
//	4: reader:      its rows arrive
func TestRefreshDoesNotJoinAnEarlierQuery(t *testing.T) {
	slow := &slowTracer{asked: make(chan struct{}), answer: make(chan struct{})}
	b := newBench(t, func(c *pgxpool.Config) { c.ConnConfig.Tracer = slow }, users)
	b.one(b.pool, byID, 2) // to know what the pool's sessions start with

	read := make(chan string)
	go func() { // 1
		var name string
		if err := b.pool.QueryRow(context.WithValue(b.ctx, slow, true), byID, 1).Scan(&name); err != nil {
			name = err.Error()
		}
		read <- name
	}()
	<-slow.asked
	_, err := b.bare.Exec(b.ctx, rename, 1, "eve") // 2
	b.check(err)
	patient, done := context.WithTimeout(cache.Refresh(b.ctx), patience)
	defer done()
	var name string
	if err := b.pool.QueryRow(patient, byID, 1).Scan(&name); err != nil || name != "eve" { // 3
		t.Errorf("refreshed: got %q, %v; want eve", name, err)
	}
	close(slow.answer) // 4
	if got := <-read; got != "ann" {
		t.Errorf("reader: got %q; want ann", got)
	}
}

// A slowTracer holds back the end of a query that the server has answered, if the
// query's context holds the tracer.
type slowTracer struct{ asked, answer chan struct{} }

func (*slowTracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (s *slowTracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	if ctx.Value(s) != nil {
		close(s.asked)
		<-s.answer
	}
}
