package processes

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

// A config is what a program needs to know to share a database and a store with
// others. It goes to other processes as JSON.
type config struct {
	Database string // URL
	Kind     string // redis, memcached, tiered
	Address  string // of the store's server
	Prefix   string // of the store's keys
	Lease    time.Duration
	Mode     invalidation.Mode
	Wrong    string // how the store breaks the protocol; empty: not at all
}

// A program is what a user's program has: a database behind a cache.
type program struct {
	db    *sql.DB
	cache *cache.Cache
	store *hookStore
}

// The version of the data is the sum of two numbers in two tables, which only grow.
const (
	schema = `CREATE TABLE counter (n bigint); INSERT INTO counter VALUES (0);
		CREATE TABLE mirror (n bigint); INSERT INTO mirror VALUES (0)`
	readVersion  = "SELECT c.n + m.n AS version FROM counter c, mirror m"
	writeCounter = "UPDATE counter SET n = n + 1 RETURNING n + (SELECT n FROM mirror)"
	writeMirror  = "UPDATE mirror SET n = n + 1"
)

func openProgram(cfg config) (*program, error) {
	store, err := openStore(cfg)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.ParseConfig(cfg.Database)
	if err != nil {
		store.close()
		return nil, err
	}
	c := cache.New(store, pgquery.New(), &cache.Options{
		Lease: cfg.Lease, Writes: cfg.Mode, Logger: slog.New(slog.DiscardHandler),
	})
	return &program{sql.OpenDB(sqlcache.Connector(stdlib.GetConnector(*conn), c)), c, store}, nil
}

func (p *program) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	defer p.store.close()
	return errors.Join(p.db.Close(), p.cache.Close(ctx))
}

// read returns the version that the program sees.
func (p *program) read() (int64, error) { return version(p.db, readVersion) }

// write makes a new version by one statement and returns it.
func (p *program) write() (int64, error) { return version(p.db, writeCounter) }

// transact makes a new version in a transaction over both tables and returns it.
func (p *program) transact() (int64, error) {
	tx, err := p.db.Begin()
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(writeMirror); err != nil {
		return 0, errors.Join(err, tx.Rollback())
	}
	v, err := version(tx, writeCounter)
	if err != nil {
		return 0, errors.Join(err, tx.Rollback())
	}
	return v, tx.Commit()
}

// hits is how many reads the cache has answered.
func (p *program) hits() (int64, error) { return int64(p.cache.Stats().Hits), nil }

// pending is how many invalidations the store has not taken yet.
func (p *program) pending() (int64, error) { return int64(p.cache.Stats().Protocol.Pending), nil }

func version(db interface {
	QueryRow(query string, args ...any) *sql.Row
}, query string,
) (v int64, err error) {
	err = db.QueryRow(query).Scan(&v)
	return v, err
}

// newProgram opens a program in the test's own process, and closes it.
func newProgram(t testing.TB, cfg config) *program {
	t.Helper()
	p, err := openProgram(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// newBare opens the database without a cache.
func newBare(t testing.TB, cfg config) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", cfg.Database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
