package pgxcache

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// An executor is a connection, or a transaction on it, which may be closed.
type executor interface {
	querier
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error)
	Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

func (l *link) exec(ctx context.Context, sql string, args []any, on executor) (tag pgconn.CommandTag, err error) {
	q := l.pool.newCall(executed, sql, args)
	defer q.free()
	q.rewrite(ctx, l.conn)
	q.named = l.named[q.text]
	q.resolve(ctx, l.pool.cache)
	err = l.run(ctx, q.st, func() error {
		tag, err = on.Exec(ctx, sql, q.sent...)
		return err
	})
	return tag, err
}

func (l *link) copyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource, on executor) (n int64, err error) {
	err = l.follow(ctx, "COPY "+table.Sanitize()+" FROM STDIN", func() error {
		n, err = on.CopyFrom(ctx, table, columns, src)
		return err
	})
	return n, err
}

// prepare prepares a statement, whose name then stands for its SQL. It changes nothing,
// but if it fails, so does the transaction around it.
func (l *link) prepare(ctx context.Context, name, sql string, on executor) (sd *pgconn.StatementDescription, err error) {
	const nothing = "SELECT"
	err = l.follow(ctx, nothing, func() error {
		sd, err = on.Prepare(ctx, name, sql)
		return err
	})
	if err == nil && name != "" {
		l.name(name, sd)
	}
	return sd, err
}
