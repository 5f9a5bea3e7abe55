package target

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A PGXPool is what *pgxpool.Pool and *pgxcache.Pool have in common.
type PGXPool interface {
	pgxQuerier
	Begin(ctx context.Context) (pgx.Tx, error)
}

// pgxQuerier is what a pool and a transaction have in common.
type pgxQuerier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// PGX reaches a database through pgx.
func PGX(pool PGXPool) DB { return pgxDB{pgxSession{pool}, pool} }

// PGXTx runs statements in a transaction of pgx's.
func PGXTx(tx pgx.Tx) Session { return pgxSession{tx} }

type pgxSession struct{ q pgxQuerier }

func (s pgxSession) Query(ctx context.Context, query string, args []any, row func(Row) error) error {
	rows, err := s.q.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	rows.Close() // what it finds is in Err
	return rows.Err()
}

func (s pgxSession) Exec(ctx context.Context, query string, args []any) error {
	_, err := s.q.Exec(ctx, query, args...)
	return err
}

type pgxDB struct {
	pgxSession
	pool PGXPool
}

func (d pgxDB) InTx(ctx context.Context, f func(Session) (bool, error)) error {
	tx, err := d.pool.Begin(ctx)
	if err != nil {
		return err
	}
	if commit, err := f(pgxSession{tx}); err != nil || !commit {
		return errors.Join(err, tx.Rollback(ctx))
	}
	return tx.Commit(ctx)
}
