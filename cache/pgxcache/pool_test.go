package pgxcache_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

const users = `CREATE TABLE users (id int8 PRIMARY KEY, name text, born date);
	INSERT INTO users VALUES (1, 'ann', '2001-02-03'), (2, 'bob', NULL), (3, '', '1999-12-31')`

func TestSmoke(t *testing.T) {
	b := newBench(t, nil, users)
	const q = "SELECT name FROM users WHERE id = $1"
	b.want("cold", miss, func() { b.one(b.pool, q, 1) })
	n := b.pool.Stat().AcquireCount()
	b.want("hot", hit, func() {
		if got := b.one(b.pool, q, int32(1)); got != "ann" {
			t.Errorf("got %q", got)
		}
	})
	if got := b.pool.Stat().AcquireCount(); got != n {
		t.Errorf("a hit acquired %d connections", got-n)
	}
	b.exec("UPDATE users SET name = 'eve' WHERE id = $1", 1)
	b.want("after a write", miss, func() {
		if got := b.one(b.pool, q, 1); got != "eve" {
			t.Errorf("got %q", got)
		}
	})
	tx, err := b.pool.Begin(b.ctx)
	b.check(err)
	b.want("in a transaction", hit, func() { b.one(tx, q, 1) })
	_, err = tx.Exec(b.ctx, "UPDATE users SET name = 'x' WHERE id = 1")
	b.check(err)
	b.want("in a transaction that wrote", bypass, func() { b.one(tx, q, 1) })
	b.want("beside it", hit, func() { b.one(b.pool, q, 1) })
	b.check(tx.Commit(b.ctx))
	b.want("after its commit", miss, func() { b.one(b.pool, q, 1) })

	batch := &pgx.Batch{}
	batch.Queue(q, 1)
	batch.Queue(q, 2)
	b.want("a batch", counts{hits: 1, misses: 1}, func() {
		br := b.pool.SendBatch(b.ctx, batch)
		var s string
		b.check(br.QueryRow().Scan(&s))
		b.check(br.QueryRow().Scan(&s))
		b.check(br.Close())
	})
	batch = &pgx.Batch{}
	batch.Queue(q, 1)
	batch.Queue(q, 2)
	b.want("the batch again", counts{hits: 2}, func() { b.check(b.pool.SendBatch(b.ctx, batch).Close()) })
}
