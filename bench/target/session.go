package target

import (
	"context"
	"database/sql"
	"errors"
)

// A Row is the row a [Session] is at.
type Row interface {
	Scan(dest ...any) error
}

// A Session runs statements.
type Session interface {
	// Query calls row for each row of the result. An error of row ends it.
	Query(ctx context.Context, sql string, args []any, row func(Row) error) error
	Exec(ctx context.Context, sql string, args []any) error
}

// A DB is what a workload needs of a database. It is used by many goroutines.
type DB interface {
	Session
	// InTx calls f in a transaction, which it commits if f says so and rolls back
	// otherwise.
	InTx(ctx context.Context, f func(Session) (commit bool, err error)) error
}

// SQL reaches a database through database/sql.
func SQL(db *sql.DB) DB { return sqlDB{sqlSession{db}, db} }

// querier is what *sql.DB and *sql.Tx have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

type sqlSession struct{ q querier }

func (s sqlSession) Query(ctx context.Context, query string, args []any, row func(Row) error) error {
	rows, err := s.q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	return eachRow(rows, row)
}

func eachRow(rows *sql.Rows, row func(Row) error) error {
	for rows.Next() {
		if err := row(rows); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

func (s sqlSession) Exec(ctx context.Context, query string, args []any) error {
	_, err := s.q.ExecContext(ctx, query, args...)
	return err
}

type sqlDB struct {
	sqlSession
	db *sql.DB
}

func (d sqlDB) InTx(ctx context.Context, f func(Session) (bool, error)) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if commit, err := f(sqlSession{tx}); err != nil || !commit {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Stmt runs a prepared statement, whatever text it is given.
func Stmt(s *sql.Stmt) Session { return stmtSession{s} }

type stmtSession struct{ s *sql.Stmt }

func (s stmtSession) Query(ctx context.Context, _ string, args []any, row func(Row) error) error {
	rows, err := s.s.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	return eachRow(rows, row)
}

func (s stmtSession) Exec(ctx context.Context, _ string, args []any) error {
	_, err := s.s.ExecContext(ctx, args...)
	return err
}
