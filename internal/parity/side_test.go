package parity

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/pgxcache"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// sessions is how many connections a program has beside the pool.
const sessions = 3

// A querier is what all of pgx has in common: pools, connections and transactions.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error)
	Begin(ctx context.Context) (pgx.Tx, error)
}

// A conn is a connection of a pool.
type conn interface {
	querier
	BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error)
	Release()
}

// A side is one of the two that run a program, and has a database of its own.
type side struct {
	config *pgxpool.Config
	admin  *pgxpool.Pool
	texts  *strings.Replacer // of the vocabulary
	own    *strings.Replacer // takes what is the side's own out of what it saw

	// Of the program that runs.
	pool  querier
	conns []conn
	txs   [][]pgx.Tx // of each connection, the innermost last
	close func()
}

func newSide(t testing.TB) *side {
	t.Helper()
	config, err := pgxpool.ParseConfig(testservers.Postgres(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	database := config.ConnConfig.Database
	s := &side{
		config: config,
		texts:  strings.NewReplacer("$DB", database, "$ROLE", database+"_r"),
		own:    strings.NewReplacer(database, "$DB"),
	}
	s.admin = s.open(t, pgx.QueryExecModeSimpleProtocol)
	s.script(t, "CREATE ROLE $ROLE")
	t.Cleanup(func() {
		s.forget(t)
		s.script(t, "DROP OWNED BY $ROLE; DROP ROLE $ROLE")
		s.admin.Close()
	})
	// One session that waits for another would wait for ever: the program goes on when the statement has ended.
	config.ConnConfig.RuntimeParams["lock_timeout"] = "30"
	return s
}

func (s *side) open(t testing.TB, mode pgx.QueryExecMode) *pgxpool.Pool {
	t.Helper()
	config := s.config.Copy()
	config.MaxConns = sessions + 1
	config.ConnConfig.DefaultQueryExecMode = mode
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

// script executes texts of the vocabulary past everything.
func (s *side) script(t testing.TB, script string) {
	t.Helper()
	// Without the end of the context, which comes before the clean-up.
	if _, err := s.admin.Exec(context.WithoutCancel(t.Context()), s.texts.Replace(script)); err != nil {
		t.Fatal(err)
	}
}

// begin puts the schema in place of what an earlier program has left, and opens the side bare, or through a cache.
func (s *side) begin(t testing.TB, mode pgx.QueryExecMode, c *cache.Cache) {
	t.Helper()
	s.forget(t)
	s.script(t, "DROP SCHEMA IF EXISTS public, s2, s3 CASCADE; CREATE SCHEMA public;"+schema)
	s.conns, s.txs = nil, make([][]pgx.Tx, sessions)
	bare := s.open(t, mode)
	s.pool, s.close = bare, bare.Close
	acquire := func() (conn, error) { return bare.Acquire(t.Context()) }
	if c != nil {
		pool := pgxcache.New(bare, c)
		s.pool, s.close = pool, func() { pool.Close(); bare.Close() }
		acquire = func() (conn, error) { return pool.Acquire(t.Context()) }
	}
	for range sessions {
		conn, err := acquire()
		if err != nil {
			t.Fatal(err)
		}
		s.conns = append(s.conns, conn)
	}
}

// forget ends the transaction that a program may have prepared, whose locks would outlive it.
func (s *side) forget(t testing.TB) {
	t.Helper()
	var prepared bool
	ctx := context.WithoutCancel(t.Context())
	if err := s.admin.QueryRow(ctx, s.texts.Replace("SELECT count(*) > 0 FROM pg_prepared_xacts WHERE gid = 'g$DB'")).Scan(&prepared); err != nil {
		t.Fatal(err)
	}
	if prepared {
		s.script(t, "ROLLBACK PREPARED 'g$DB'")
	}
}

func (s *side) end() {
	for _, conn := range s.conns {
		conn.Release() // one in a transaction is closed
	}
	s.close()
}
