package behind

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memcachestore"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/backends/redisstore"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/pgxcache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

func TestMain(m *testing.M) { testservers.Main(m) }

// A door is a way into the database: bare, or through a wrapper. A session is a door of
// one connection.
type door interface {
	exec(ctx context.Context, query string, args ...any) error
	// rows gives a result as text.
	rows(ctx context.Context, query string, args ...any) (string, error)
	session(t testing.TB) door
}

// wrappers open a database through a cache.
var wrappers = map[string]func(t testing.TB, url string, c *cache.Cache) door{
	"sql": func(t testing.TB, url string, c *cache.Cache) door {
		cfg, err := pgx.ParseConfig(url)
		if err != nil {
			t.Fatal(err)
		}
		db := sql.OpenDB(sqlcache.Connector(stdlib.GetConnector(*cfg), c))
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return sqlDoor{db}
	},
	"pgx": func(t testing.TB, url string, c *cache.Cache) door {
		pool := pgxcache.New(openPool(t, url), c)
		t.Cleanup(pool.Close)
		return pgxDoor{pool, func(t testing.TB) door {
			conn, err := pool.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(conn.Release)
			return pgxDoor{conn, nil}
		}}
	},
}

// eachWrapper runs f for both.
func eachWrapper(t *testing.T, f func(t *testing.T, open func(t testing.TB, url string, c *cache.Cache) door)) {
	for name, open := range wrappers {
		t.Run(name, func(t *testing.T) { f(t, open) })
	}
}

func openPool(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

// openBare opens the database past the cache.
func openBare(t testing.TB, url string) pgxDoor {
	t.Helper()
	pool := openPool(t, url)
	t.Cleanup(pool.Close)
	return pgxDoor{pool, nil}
}

// newStore returns a store in memory.
func newStore(t testing.TB) backends.Store {
	t.Helper()
	store, err := memstore.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// newRedis returns a store that elects, as processes share it. It is the test's own: other databases would move its
// epoch.
func newRedis(t testing.TB) backends.Store {
	t.Helper()
	options, err := redis.ParseURL(testservers.Redis(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(options)
	t.Cleanup(func() { _ = rdb.Close() })
	store, err := redisstore.New(rdb, &redisstore.Options{Prefix: t.Name() + "/"})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// newMemcached is newRedis over memcached.
func newMemcached(t testing.TB) backends.Store {
	t.Helper()
	mc := memcache.New(testservers.Memcached(t).Addr())
	mc.Timeout = 10 * time.Second // the machine may be busy
	store, err := memcachestore.New(mc, &memcachestore.Options{Prefix: t.Name() + "/"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		store.Close()
		_ = mc.Close()
	})
	return store
}

// newCache returns a cache: a process of its own, as far as the store can tell.
func newCache(t testing.TB, store backends.Store, opts *cache.Options) *cache.Cache {
	t.Helper()
	c := cache.New(store, pgquery.New(), opts)
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c
}

type sqlRunner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

type sqlDoor struct{ sqlRunner }

func (d sqlDoor) exec(ctx context.Context, query string, args ...any) error {
	_, err := d.ExecContext(ctx, query, args...)
	return err
}

func (d sqlDoor) rows(ctx context.Context, query string, args ...any) (string, error) {
	rows, err := d.QueryContext(ctx, query, args...)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }() // Err tells
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	values, dest := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for i := range values {
		dest[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return "", err
		}
		for _, v := range values {
			fmt.Fprintf(&b, "%v|", text(v.String, v.Valid))
		}
		b.WriteByte('\n')
	}
	return b.String(), rows.Err()
}

func (d sqlDoor) session(t testing.TB) door {
	t.Helper()
	conn, err := d.sqlRunner.(*sql.DB).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // of a test that may have broken it
	return sqlDoor{conn}
}

type pgxRunner interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}

type pgxDoor struct {
	pgxRunner
	open func(t testing.TB) door
}

func (d pgxDoor) session(t testing.TB) door { return d.open(t) }

func (d pgxDoor) exec(ctx context.Context, query string, args ...any) error {
	rows, err := d.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}

func (d pgxDoor) rows(ctx context.Context, query string, args ...any) (string, error) {
	rows, err := d.Query(ctx, query, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return "", err
		}
		for _, v := range values {
			fmt.Fprintf(&b, "%v|", text(v, v != nil))
		}
		b.WriteByte('\n')
	}
	return b.String(), rows.Err()
}

// text is a value as every door prints it.
func text(v any, valid bool) any {
	if !valid {
		return "NULL"
	}
	return v
}

func exec(t testing.TB, d door, query string, args ...any) {
	t.Helper()
	// Without the end of the context, which comes before the clean-up.
	if err := d.exec(context.WithoutCancel(t.Context()), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func rows(t testing.TB, d door, query string, args ...any) string {
	t.Helper()
	text, err := d.rows(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

// A client is a cached database beside the bare one.
type client struct {
	door
	bare  door
	cache *cache.Cache
}

func newClient(t testing.TB, open func(testing.TB, string, *cache.Cache) door, url string, c *cache.Cache) *client {
	t.Helper()
	return &client{door: open(t, url, c), bare: openBare(t, url), cache: c}
}

// keeps reads twice on a door and fails unless the second is a hit. It waits until the catalog is
// read, for which statements do not wait long.
func (c *client) keeps(t testing.TB, d door, query string, args ...any) string {
	t.Helper()
	var first string
	eventually(t, query+": the catalog is not read", func() bool {
		unread := c.cache.Stats().BypassReasons[cache.CatalogUnknown]
		first = rows(t, d, query, args...)
		return c.cache.Stats().BypassReasons[cache.CatalogUnknown] == unread
	})
	hits := c.cache.Stats().Hits
	second := rows(t, d, query, args...)
	if c.cache.Stats().Hits != hits+1 {
		t.Fatalf("%s: not kept: %v\n%v", query, c.cache.Stats().BypassReasons, c.cache.Explain(t.Context(), query))
	}
	if first != second {
		t.Fatalf("%s: got\n%sand from the cache\n%s", query, first, second)
	}
	return second
}

// bypasses reads twice and fails if one is a hit.
func (c *client) bypasses(t testing.TB, d door, query string, args ...any) {
	t.Helper()
	hits := c.cache.Stats().Hits
	rows(t, d, query, args...)
	rows(t, d, query, args...)
	if c.cache.Stats().Hits != hits {
		t.Errorf("%s: kept; want it never to be", query)
	}
}

// fresh compares a read with the database.
func (c *client) fresh(t testing.TB, query string, args ...any) string {
	t.Helper()
	want := rows(t, c.bare, query, args...)
	if got := rows(t, c, query, args...); got != want {
		t.Fatalf("%s: stale: got\n%swant\n%s", query, got, want)
	}
	return want
}

// eventually waits until f is true.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !f(); {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

// execAll executes several statements past the cache.
func execAll(t testing.TB, d door, script string) {
	t.Helper()
	exec(t, d, script, pgx.QueryExecModeSimpleProtocol)
}
