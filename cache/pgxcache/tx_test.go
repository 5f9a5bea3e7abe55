package pgxcache_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gojohnny/gojohnny/cache/pgxcache"
)

const (
	rename = "UPDATE users SET name = $2 WHERE id = $1"
	unique = "INSERT INTO users VALUES (1)" // fails
)

// fenced fails the test unless reads of users find a write on its way.
func (b *bench) fenced(want bool) {
	b.t.Helper()
	expected := miss
	if want {
		expected = bypass
	}
	b.want("a read beside it", expected, func() { b.one(b.pool, "SELECT count(*)::text FROM users /* gojohnny: refresh */") })
}

func TestTransactions(t *testing.T) {
	tests := map[string]struct {
		options pgx.TxOptions
		run     func(b *bench, tx pgx.Tx)
		end     func(ctx context.Context, tx pgx.Tx) error
		fails   error
		after   counts // of a read that was kept before
	}{
		"that reads": {
			run: func(b *bench, tx pgx.Tx) { b.want("in it", hit, func() { b.one(tx, byID, 1) }) },
			end: commit, after: hit,
		},
		"that writes": {
			run: func(b *bench, tx pgx.Tx) {
				_, err := tx.Exec(b.ctx, rename, 1, "eve")
				b.check(err)
				b.want("in it", bypass, func() {
					if got := b.one(tx, byID, 1); got != "eve" {
						b.t.Errorf("got %q; want eve", got)
					}
				})
				b.want("beside it", hit, func() { b.one(b.pool, byID, 1) })
			},
			end: commit, after: miss,
		},
		"that is rolled back": {
			run: func(b *bench, tx pgx.Tx) { _, err := tx.Exec(b.ctx, rename, 1, "eve"); b.check(err) },
			end: rollback, after: hit,
		},
		"that failed": {
			run: func(b *bench, tx pgx.Tx) {
				_, err := tx.Exec(b.ctx, rename, 1, "eve")
				b.check(err)
				if _, err := tx.Exec(b.ctx, unique); err == nil {
					b.t.Error("no error")
				}
			},
			end: commit, fails: pgx.ErrTxCommitRollback, after: hit,
		},
		"in a snapshot": {
			options: pgx.TxOptions{IsoLevel: pgx.RepeatableRead},
			run:     func(b *bench, tx pgx.Tx) { b.want("in it", bypass, func() { b.one(tx, byID, 1) }) },
			end:     commit, after: hit,
		},
		"begun by SQL of one's own": {
			options: pgx.TxOptions{BeginQuery: "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY"},
			run:     func(b *bench, tx pgx.Tx) { b.want("in it", bypass, func() { b.one(tx, byID, 1) }) },
			end:     commit, after: hit,
		},
		"committed by SQL of one's own": {
			options: pgx.TxOptions{CommitQuery: "COMMIT AND NO CHAIN"},
			run:     func(b *bench, tx pgx.Tx) { _, err := tx.Exec(b.ctx, rename, 1, "eve"); b.check(err) },
			end:     commit, after: miss,
		},
		"with a savepoint that is released": {
			run: func(b *bench, tx pgx.Tx) {
				b.check(pgx.BeginFunc(b.ctx, tx, func(sp pgx.Tx) error { _, err := sp.Exec(b.ctx, rename, 1, "eve"); return err }))
			},
			end: commit, after: miss,
		},
		"with a savepoint that failed": {
			run: func(b *bench, tx pgx.Tx) {
				sp, err := tx.Begin(b.ctx)
				b.check(err)
				if _, err := sp.Exec(b.ctx, unique); err == nil {
					b.t.Error("no error")
				}
				b.check(sp.Rollback(b.ctx))
				if err := sp.Commit(b.ctx); !errors.Is(err, pgx.ErrTxClosed) {
					b.t.Errorf("got %v; want pgx.ErrTxClosed", err)
				}
				if got := b.one(tx, byID, 1); got != "ann" {
					b.t.Errorf("got %q; want ann", got)
				}
			},
			end: commit, after: miss, // one advance too many
		},
		"that uses a large object": {
			run: func(b *bench, tx pgx.Tx) {
				lo := tx.LargeObjects()
				_, err := lo.Create(b.ctx, 0)
				b.check(err)
			},
			end: commit, after: hit,
		},
		"that copies": {
			run: func(b *bench, tx pgx.Tx) {
				_, err := tx.CopyFrom(b.ctx, pgx.Identifier{"users"}, []string{"id"}, pgx.CopyFromRows([][]any{{9}}))
				b.check(err)
				b.want("beside it", hit, func() { b.one(b.pool, byID, 1) })
			},
			end: commit, after: miss,
		},
		"that sends a batch": {
			run: func(b *bench, tx pgx.Tx) {
				batch := &pgx.Batch{}
				batch.Queue(rename, 1, "eve")
				b.check(tx.SendBatch(b.ctx, batch).Close())
				b.want("beside it", hit, func() { b.one(b.pool, byID, 1) })
			},
			end: commit, after: miss,
		},
		"that inserts and returns": {
			run: func(b *bench, tx pgx.Tx) { b.one(tx, "INSERT INTO users VALUES (9, 'x') RETURNING name") },
			end: commit, after: miss,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil, users)
			b.one(b.pool, byID, 1)
			tx, err := b.pool.BeginTx(b.ctx, tt.options)
			b.check(err)
			tt.run(b, tx)
			if err := tt.end(b.ctx, tx); !errors.Is(err, tt.fails) {
				t.Errorf("got %v; want %v", err, tt.fails)
			}
			for _, end := range []func(context.Context, pgx.Tx) error{commit, rollback} {
				if err := end(b.ctx, tx); !errors.Is(err, pgx.ErrTxClosed) {
					t.Errorf("got %v; want pgx.ErrTxClosed", err)
				}
			}
			b.want("after it", tt.after, func() { b.one(b.pool, byID, 1) })
			b.fenced(false)
		})
	}
}

func commit(ctx context.Context, tx pgx.Tx) error   { return tx.Commit(ctx) }
func rollback(ctx context.Context, tx pgx.Tx) error { return tx.Rollback(ctx) }

// Transactions begun and ended as SQL count as those of the API.
func TestRawTransactions(t *testing.T) {
	b := newBench(t, nil, users)
	b.one(b.pool, byID, 1)
	b.check(b.pool.AcquireFunc(b.ctx, func(c *pgxcache.Conn) error {
		for _, sql := range []string{"BEGIN", "UPDATE users SET name = 'eve' WHERE id = 1"} {
			_, err := c.Exec(b.ctx, sql)
			b.check(err)
		}
		b.want("in it", bypass, func() { b.one(c, byID, 1) })
		b.want("beside it", hit, func() { b.one(b.pool, byID, 1) })
		_, err := c.Exec(b.ctx, "COMMIT")
		return err
	}))
	b.want("after it", miss, func() { b.one(b.pool, byID, 1) })
}

// COMMIT AND CHAIN of a transaction that failed is answered with ROLLBACK, and with a transaction:
//
//	1: writer: COMMIT AND CHAIN    pgx says that it was rolled back
//	2: writer: UPDATE              in the next one
//	3: reader: query, save         the rows of before
//	4: writer: COMMIT
//	5: reader: load                a hit, and stale, unless step 4 was known for the end of step 2
func TestChainAfterFailure(t *testing.T) {
	b := newBench(t, nil, users)
	c, err := b.pool.Acquire(b.ctx)
	b.check(err)
	defer c.Release()
	tx, err := c.BeginTx(b.ctx, pgx.TxOptions{CommitQuery: "COMMIT AND CHAIN"})
	b.check(err)
	if _, err := tx.Exec(b.ctx, unique); err == nil {
		t.Error("no error")
	}
	if err := tx.Commit(b.ctx); !errors.Is(err, pgx.ErrTxCommitRollback) {
		t.Errorf("got %v; want pgx.ErrTxCommitRollback", err)
	}
	_, err = c.Exec(b.ctx, rename, 1, "eve")
	b.check(err)
	if got := b.one(b.pool, byID, 1); got != "ann" {
		t.Errorf("got %q beside it; want ann", got)
	}
	_, err = c.Exec(b.ctx, "COMMIT")
	b.check(err)
	if got := b.one(b.pool, byID, 1); got != "eve" {
		t.Errorf("got %q after it; want eve", got)
	}
	b.want("on its connection", hit, func() { b.one(c, byID, 1) })
}

// A closed transaction answers nothing, not even from the cache.
func TestClosedTx(t *testing.T) {
	b := newBench(t, nil, users)
	b.one(b.pool, byID, 1)
	tx, err := b.pool.Begin(b.ctx)
	b.check(err)
	nested, err := tx.Begin(b.ctx)
	b.check(err)
	b.check(tx.Rollback(b.ctx))
	for _, tx := range []pgx.Tx{tx, nested} {
		_, queried := tx.Query(b.ctx, byID, 1)
		_, executed := tx.Exec(b.ctx, rename, 1, "x")
		_, copied := tx.CopyFrom(b.ctx, pgx.Identifier{"users"}, nil, pgx.CopyFromRows(nil))
		_, prepared := tx.Prepare(b.ctx, "p", byID)
		_, begun := tx.Begin(b.ctx)
		batch := &pgx.Batch{}
		batch.Queue(byID, 1)
		errs := []error{
			queried, executed, copied, prepared, begun, tx.QueryRow(b.ctx, byID, 1).Scan(new(string)),
			tx.SendBatch(b.ctx, batch).Close(), tx.Commit(b.ctx), tx.Rollback(b.ctx),
		}
		for i, err := range errs {
			if !errors.Is(err, pgx.ErrTxClosed) {
				t.Errorf("%d: got %v; want pgx.ErrTxClosed", i, err)
			}
		}
	}
}

// Writes outside of a transaction, by every way there is.
func TestWrites(t *testing.T) {
	tests := map[string]struct {
		write func(b *bench) error
		fails bool
		after counts
	}{
		"Exec":            {func(b *bench) error { _, err := b.pool.Exec(b.ctx, rename, 1, "eve"); return err }, false, miss},
		"Exec that fails": {func(b *bench) error { _, err := b.pool.Exec(b.ctx, unique); return err }, true, hit},
		"named arguments": {func(b *bench) error {
			_, err := b.pool.Exec(b.ctx, "DELETE FROM users WHERE id = @id", pgx.NamedArgs{"id": 2})
			return err
		}, false, miss},
		"a rewriter": {func(b *bench) error {
			_, err := b.pool.Exec(b.ctx, "SELECT 1", rewriter{"DELETE FROM users WHERE id = $1", []any{2}})
			return err
		}, false, miss},
		"several": {func(b *bench) error {
			_, err := b.pool.Exec(b.ctx, "SELECT 1; DELETE FROM users WHERE id = 2")
			return err
		}, false, miss},
		"RETURNING": {func(b *bench) error {
			return b.pool.QueryRow(b.ctx, "INSERT INTO users VALUES (7, 'x') RETURNING id").Scan(new(int))
		}, false, miss},
		"RETURNING, failed": {func(b *bench) error { return b.pool.QueryRow(b.ctx, unique+" RETURNING id").Scan(new(int)) }, true, hit},
		"RETURNING, closed early": {func(b *bench) error {
			rows, err := b.pool.Query(b.ctx, "UPDATE users SET name = 'x' RETURNING id")
			b.check(err)
			b.fenced(true)
			rows.Close()
			return rows.Err()
		}, false, miss},
		"RETURNING into what does not fit": {func(b *bench) error {
			return b.pool.QueryRow(b.ctx, "UPDATE users SET name = 'x' RETURNING name").Scan(new(int))
		}, true, miss},
		"CTE": {func(b *bench) error {
			rows, _ := b.pool.Query(b.ctx, "WITH d AS (DELETE FROM users WHERE id = 2 RETURNING id) SELECT count(*) FROM d")
			rows.Close()
			return rows.Err()
		}, false, miss},
		"CopyFrom": {func(b *bench) error {
			_, err := b.pool.CopyFrom(b.ctx, pgx.Identifier{"public", "users"}, []string{"id"}, pgx.CopyFromRows([][]any{{9}}))
			return err
		}, false, miss},
		"CopyFrom that fails": {func(b *bench) error {
			_, err := b.pool.CopyFrom(b.ctx, pgx.Identifier{"users"}, []string{"id"}, pgx.CopyFromRows([][]any{{1}}))
			return err
		}, true, hit},
		"a batch": {func(b *bench) error {
			batch := &pgx.Batch{}
			batch.Queue(byID, 1)
			batch.Queue(rename, 1, "eve")
			br := b.pool.SendBatch(b.ctx, batch)
			b.fenced(true)
			return br.Close()
		}, false, miss},
		"a batch that fails": {func(b *bench) error {
			batch := &pgx.Batch{}
			batch.Queue(rename, 1, "eve")
			batch.Queue(unique)
			return b.pool.SendBatch(b.ctx, batch).Close()
		}, true, miss}, // one advance too many
		"a batch that begins a transaction": {func(b *bench) error {
			batch := &pgx.Batch{}
			batch.BeginTx(pgx.TxOptions{})
			batch.Queue(rename, 1, "eve")
			br := b.pool.SendBatch(b.ctx, batch)
			tx := br.Tx()
			b.check(br.Close())
			b.want("in it", bypass, func() { b.one(tx, byID, 1) })
			b.one(b.pool, byID, 1)
			return tx.Commit(b.ctx)
		}, false, miss},
		"a batch that begins a transaction and fails": {func(b *bench) error {
			batch := &pgx.Batch{}
			batch.BeginTx(pgx.TxOptions{})
			batch.Queue(unique)
			br := b.pool.SendBatch(b.ctx, batch)
			tx := br.Tx()
			return errors.Join(br.Close(), tx.Rollback(b.ctx))
		}, true, miss},
		"a batch that cannot begin": {func(b *bench) error {
			batch := &pgx.Batch{}
			batch.BeginTx(pgx.TxOptions{BeginQuery: "BEGIN NONSENSE"})
			br := b.pool.SendBatch(b.ctx, batch)
			tx := br.Tx()
			err := br.Close()
			if got := tx.Rollback(b.ctx); !errors.Is(got, pgx.ErrTxClosed) {
				b.t.Errorf("got %v; want pgx.ErrTxClosed", got)
			}
			return err
		}, true, miss},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil, users)
			b.one(b.pool, byID, 1)
			if err := tt.write(b); (err != nil) != tt.fails {
				t.Errorf("got %v; want an error: %v", err, tt.fails)
			}
			b.want("after it", tt.after, func() { b.one(b.pool, byID, 1) })
			b.fenced(false)
		})
	}
}

// A connection is followed after every failure that the server tells of.
func TestFailuresLoseNoSession(t *testing.T) {
	b := newBench(t, nil, users)
	b.check(b.pool.AcquireFunc(b.ctx, func(c *pgxcache.Conn) error {
		for _, sql := range []string{
			"SELEC 1", "whatever; else", "BEGIN; SELEC 1", "BEGIN; SELECT 1/0; COMMIT", unique, "SELECT 1/0", "DO $$ BEGIN RAISE 'x'; END $$",
		} {
			_, err := c.Exec(b.ctx, sql)
			var server *pgconn.PgError
			if !errors.As(err, &server) {
				t.Errorf("%s: got %v", sql, err)
			}
			_, err = c.Exec(b.ctx, "ROLLBACK") // a warning, mostly
			b.check(err)
			b.one(c, byID, 1)
			b.want(sql, hit, func() { b.one(c, byID, 1) })
		}
		return nil
	}))
}
