package pgxcache

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gojohnny/gojohnny/cache"
)

// A Tx is a transaction, or a savepoint in one, as pgx.Tx. Its reads are answered from
// the cache until it has written, unless its isolation level is above READ COMMITTED.
// Its commit blocks on the store, before and after: what it wrote invalidates then. It
// is for one goroutine at a time.
type Tx struct {
	inner   pgx.Tx
	link    *link
	parent  *Tx // nil: this is no savepoint
	commit  string
	release func()
	closed  bool
}

// begin begins a transaction on the connection, which it releases when it has ended.
func (l *link) begin(ctx context.Context, options pgx.TxOptions, release func()) (*Tx, error) {
	l.session.Learn(ctx)
	var inner pgx.Tx
	err := l.follow(ctx, beginSQL(options), func() (err error) {
		inner, err = l.conn.BeginTx(ctx, options)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &Tx{inner: inner, link: l, commit: options.CommitQuery, release: release}, nil
}

// beginSQL gives what options say to the cache; whether the transaction may write or
// is deferrable changes nothing.
func beginSQL(options pgx.TxOptions) string {
	switch {
	case options.BeginQuery != "":
		return options.BeginQuery
	case options.IsoLevel != "":
		return "begin isolation level " + strings.ToLower(string(options.IsoLevel))
	}
	return "begin"
}

// isClosed reports whether the transaction, or one around it, has ended: the
// connection may be somebody else's by now.
func (tx *Tx) isClosed() bool {
	for ; tx != nil; tx = tx.parent {
		if tx.closed {
			return true
		}
	}
	return false
}

// end closes the transaction, which pgx has closed, and releases its connection.
func (tx *Tx) end() {
	tx.closed = true
	if tx.release != nil {
		tx.release()
		tx.release = nil
	}
}

// Begin is pgx.Tx's Begin: it sets a savepoint.
func (tx *Tx) Begin(ctx context.Context) (pgx.Tx, error) {
	if tx.isClosed() {
		return nil, pgx.ErrTxClosed
	}
	var inner pgx.Tx
	err := tx.link.follow(ctx, "savepoint s", func() (err error) {
		inner, err = tx.inner.Begin(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &Tx{inner: inner, link: tx.link, parent: tx}, nil
}

// Commit is pgx.Tx's Commit. Where the cache refuses the write, because the store is
// out of reach and it is Strict, the transaction is rolled back, and the error wraps
// invalidation.ErrRefused.
func (tx *Tx) Commit(ctx context.Context) error {
	if tx.isClosed() {
		tx.end()
		return pgx.ErrTxClosed
	}
	if tx.parent != nil {
		defer tx.end()
		return tx.link.follow(ctx, "release savepoint s", func() error { return tx.inner.Commit(ctx) })
	}
	run, err := tx.startCommit(ctx)
	if err != nil {
		_ = tx.Rollback(ctx) // the error that matters is err
		return err
	}
	err = tx.inner.Commit(ctx)
	tx.link.end(run, tx.link.outcome(err))
	tx.end()
	return err
}

// startCommit fences what the transaction wrote. A query of the program's own in place
// of COMMIT counts as what it says.
func (tx *Tx) startCommit(ctx context.Context) (cache.Run, error) {
	l := tx.link
	if tx.commit == "" {
		return l.session.Commit(ctx)
	}
	return l.session.Start(ctx, l.pool.cache.Statement(ctx, tx.commit), nil)
}

// Rollback is pgx.Tx's Rollback.
func (tx *Tx) Rollback(ctx context.Context) error {
	defer tx.end()
	if tx.isClosed() {
		return pgx.ErrTxClosed
	}
	if tx.parent != nil {
		return tx.link.follow(ctx, "rollback to savepoint s", func() error { return tx.inner.Rollback(ctx) })
	}
	err := tx.inner.Rollback(ctx)
	tx.link.session.RolledBack()
	return err
}

// Exec is pgx.Tx's Exec.
func (tx *Tx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if tx.isClosed() {
		return pgconn.CommandTag{}, pgx.ErrTxClosed
	}
	return tx.link.exec(ctx, sql, args, tx.inner)
}

// Query is pgx.Tx's Query.
func (tx *Tx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if tx.isClosed() {
		return errRows{pgx.ErrTxClosed}, pgx.ErrTxClosed
	}
	return tx.link.query(ctx, tx.link.pool.newCall(queried, sql, args), tx.inner, func() {})
}

// QueryRow is pgx.Tx's QueryRow.
func (tx *Tx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, _ := tx.Query(ctx, sql, args...) // Scan gives it
	return newRow(rows)
}

// CopyFrom is pgx.Tx's CopyFrom.
func (tx *Tx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	if tx.isClosed() {
		return 0, pgx.ErrTxClosed
	}
	return tx.link.copyFrom(ctx, table, columns, src, tx.inner)
}

// SendBatch is pgx.Tx's SendBatch.
func (tx *Tx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if tx.isClosed() {
		return pgx.FailedBatchResults(b, pgx.ErrTxClosed)
	}
	return tx.link.sendBatch(ctx, tx.link.pool.newBatch(b), tx.inner, func() {})
}

// Prepare is pgx.Tx's Prepare.
func (tx *Tx) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	if tx.isClosed() {
		return nil, pgx.ErrTxClosed
	}
	return tx.link.prepare(ctx, name, sql, tx.inner)
}

// LargeObjects is pgx.Tx's LargeObjects. Large objects are never kept, so that what it
// does passes the cache by.
func (tx *Tx) LargeObjects() pgx.LargeObjects { return tx.inner.LargeObjects() }

// Conn returns the connection itself, as Conn.Conn does, with all that says there.
func (tx *Tx) Conn() *pgx.Conn {
	if tx.isClosed() {
		return tx.inner.Conn()
	}
	return tx.link.expose()
}
