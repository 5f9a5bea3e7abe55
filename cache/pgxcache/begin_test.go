package pgxcache_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gojohnny/gojohnny/cache/pgxcache"
)

// A transaction that SQL began, in which BeginTx fails: the server refuses another
// level after the first query. Then it refuses every query, and so must the cache,
// until the transaction has ended.
func TestFailedBeginInATransaction(t *testing.T) {
	b := newBench(t, nil, users)
	b.one(b.pool, byID, 1) // kept
	b.check(b.pool.AcquireFunc(b.ctx, func(c *pgxcache.Conn) error {
		exec := func(sql string) {
			_, err := c.Exec(b.ctx, sql)
			b.check(err)
		}
		exec("BEGIN")
		b.one(c, "SELECT 1::text")
		if _, err := c.BeginTx(b.ctx, pgx.TxOptions{IsoLevel: pgx.Serializable}); err == nil {
			t.Fatal("it began")
		}
		var name string
		var server *pgconn.PgError
		if err := c.QueryRow(b.ctx, byID, 1).Scan(&name); !errors.As(err, &server) || server.Code != "25P02" {
			t.Errorf("in the failed transaction: got %q, %v; want the server's error", name, err)
		}
		exec("ROLLBACK")
		exec("BEGIN")
		exec("UPDATE users SET name = 'eve' WHERE id = 1")
		if mine, others := b.one(c, byID, 1), b.one(b.pool, byID, 1); mine != "eve" || others != "ann" {
			t.Errorf("before the COMMIT: got %q, others %q; want eve, ann", mine, others)
		}
		exec("COMMIT")
		return nil
	}))
	if got := b.one(b.pool, byID, 1); got != "eve" {
		t.Errorf("after the COMMIT: got %q; want eve", got)
	}
}
