package pgxcache

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A Conn is a pgxpool.Conn whose reads are answered from the cache where that can be
// done: what it has SET, and whether it is in a transaction, counts. Like a
// pgxpool.Conn it is for one goroutine at a time.
type Conn struct {
	acquired *pgxpool.Conn
	link     *link // nil once released or hijacked
}

// Release is pgxpool.Conn's Release. Rows that were not closed before leave what they
// wrote with an unknown outcome.
func (c *Conn) Release() {
	if c.link == nil {
		return
	}
	l := c.link
	c.link = nil
	l.released()
	l.pool.strays.put(l, l.session.Strayed())
	c.acquired.Release()
}

// Hijack is pgxpool.Conn's Hijack. What the program does on the connection is not seen
// by the cache any more: see cache.Cache.Invalidate.
func (c *Conn) Hijack() *pgx.Conn {
	if c.link != nil {
		c.link.released()
		c.link.pool.strays.put(c.link, false) // it is the pool's no more
		c.link = nil
	}
	return c.acquired.Hijack()
}

// Conn returns the connection itself, for what a Conn does not offer. What is done on
// it is not seen. For as long as the connection lives, whoever has it, its reads bypass
// the cache (cache.UnknownSession); writes through the Conn still invalidate, those
// past it do not: see cache.Cache.Invalidate.
func (c *Conn) Conn() *pgx.Conn {
	if c.link == nil {
		return c.acquired.Conn() // panics, as pgxpool's does
	}
	return c.link.expose()
}

// Exec is pgxpool.Conn's Exec, as Pool.Exec.
func (c *Conn) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return c.link.exec(ctx, sql, args, c.link.conn)
}

// Query is pgxpool.Conn's Query, as Pool.Query.
func (c *Conn) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return c.link.query(ctx, c.link.pool.newCall(queried, sql, args), c.link.conn, func() {})
}

// QueryRow is pgxpool.Conn's QueryRow, as Pool.Query.
func (c *Conn) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, _ := c.Query(ctx, sql, args...) // Scan gives it
	return newRow(rows)
}

// SendBatch is pgxpool.Conn's SendBatch, as Pool.SendBatch.
func (c *Conn) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return c.link.sendBatch(ctx, c.link.pool.newBatch(b), c.link.conn, func() {})
}

// CopyFrom is pgxpool.Conn's CopyFrom. It blocks on the store before and after.
func (c *Conn) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	return c.link.copyFrom(ctx, table, columns, src, c.link.conn)
}

// Begin is pgxpool.Conn's Begin.
func (c *Conn) Begin(ctx context.Context) (pgx.Tx, error) { return c.BeginTx(ctx, pgx.TxOptions{}) }

// BeginTx is pgxpool.Conn's BeginTx. The transaction is a *Tx.
func (c *Conn) BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error) {
	tx, err := c.link.begin(ctx, options, func() {})
	if err != nil {
		return nil, err
	}
	return tx, nil
}

// Ping is pgxpool.Conn's Ping.
func (c *Conn) Ping(ctx context.Context) error { return c.link.conn.Ping(ctx) }

// Prepare is pgx.Conn's Prepare, which a pgxpool.Conn has by its Conn method only.
func (c *Conn) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	return c.link.prepare(ctx, name, sql, c.link.conn)
}

// WaitForNotification is pgx.Conn's WaitForNotification, which a pgxpool.Conn has by
// its Conn method only.
func (c *Conn) WaitForNotification(ctx context.Context) (*pgconn.Notification, error) {
	return c.link.conn.WaitForNotification(ctx)
}
