package pgxcache_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/pgxcache"
	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

func TestMain(m *testing.M) { testservers.Main(m) }

// A bench is a database, a pool on it, and the same pool wrapped.
type bench struct {
	t     testing.TB
	ctx   context.Context
	url   string
	store *memstore.Store
	cache *cache.Cache
	bare  *pgxpool.Pool // what the cache is compared with, and does not see
	pool  *pgxcache.Pool
}

// newBench makes a bench. configure, if there is one, changes both pools.
func newBench(t testing.TB, configure func(*pgxpool.Config), setup ...string) *bench {
	t.Helper()
	b := &bench{t: t, ctx: t.Context(), url: testservers.Postgres(t).URL()}
	store, err := memstore.New(nil)
	b.check(err)
	b.store = store
	t.Cleanup(func() { store.Close() })
	b.cache = cache.New(store, pgquery.New(), &cache.Options{
		Declarations: catalog.Declarations{Vouched: []string{typeTable("timetz")}}, // of TestTypes, which compares nothing
	})
	t.Cleanup(func() { _ = b.cache.Close(context.Background()) })
	b.bare = b.open(nil)
	for _, sql := range setup {
		_, err := b.bare.Exec(b.ctx, sql)
		b.check(err)
	}
	if configure != nil {
		b.bare.Close()
		b.bare = b.open(configure)
	}
	b.pool = pgxcache.New(b.open(configure), b.cache)
	return b
}

func (b *bench) open(configure func(*pgxpool.Config)) *pgxpool.Pool {
	b.t.Helper()
	config, err := pgxpool.ParseConfig(b.url)
	b.check(err)
	config.MaxConns = 8
	if configure != nil {
		configure(config)
	}
	pool, err := pgxpool.NewWithConfig(b.ctx, config)
	b.check(err)
	b.t.Cleanup(func() { closeWithin(b.t, pool) })
	return pool
}

// closeWithin closes a pool, and fails the test if a connection is not released, which
// a hook may do some time after everyone is done.
func closeWithin(t testing.TB, pool *pgxpool.Pool) {
	closed := make(chan struct{})
	go func() { pool.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Errorf("%d connections were not released", pool.Stat().AcquiredConns())
	}
}

func (b *bench) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(b.ctx, sql, args...)
	b.check(err)
}

// counts are the reads that were answered since the last call.
type counts struct{ hits, misses, bypasses uint64 }

func (b *bench) since(before cache.Stats) counts {
	s := b.cache.Stats()
	return counts{s.Hits - before.Hits, s.Misses - before.Misses, s.Bypasses - before.Bypasses}
}

// want runs f and fails the test if the reads in it were not answered so.
func (b *bench) want(what string, want counts, f func()) {
	b.t.Helper()
	before := b.cache.Stats()
	f()
	if got := b.since(before); got != want {
		b.t.Errorf("%s: got %+v; want %+v (bypassed: %v, not stored: %v)", what, got, want,
			b.cache.Stats().BypassReasons, b.cache.Stats().NotStored)
	}
}

// readers are what has Query.
type reader interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// one reads one value as text.
func (b *bench) one(r reader, sql string, args ...any) string {
	b.t.Helper()
	rows, err := r.Query(b.ctx, sql, args...)
	b.check(err)
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
	b.check(err)
	return v
}

var (
	hit    = counts{hits: 1}
	miss   = counts{misses: 1}
	bypass = counts{bypasses: 1}
)
