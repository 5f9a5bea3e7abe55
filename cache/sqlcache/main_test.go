package sqlcache_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

func TestMain(m *testing.M) { testservers.Main(m) }

// newCache returns a cache in memory of its own.
func newCache(t testing.TB, opts *cache.Options) *cache.Cache {
	t.Helper()
	store, err := memstore.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := cache.New(store, pgquery.New(), opts)
	t.Cleanup(func() {
		if err := c.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		store.Close()
	})
	return c
}

// pgxConfig leads to a new database.
func pgxConfig(t testing.TB) *pgx.ConnConfig {
	t.Helper()
	cfg, err := pgx.ParseConfig(testservers.Postgres(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func pgxConnector(t testing.TB) driver.Connector {
	t.Helper()
	return stdlib.GetConnector(*pgxConfig(t))
}

// open returns a database on the connector, and closes it.
func open(t testing.TB, connector driver.Connector) *sql.DB {
	t.Helper()
	db := sql.OpenDB(connector)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func exec(t testing.TB, db execer, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// wrapped opens the same database bare and through a new cache.
func wrapped(t testing.TB, connector driver.Connector, opts *cache.Options) (bare, db *sql.DB, c *cache.Cache) {
	t.Helper()
	c = newCache(t, opts)
	return open(t, connector), open(t, sqlcache.Connector(connector, c)), c
}
