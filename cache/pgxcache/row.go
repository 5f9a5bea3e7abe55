package pgxcache

import (
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// newRow returns the pgx.Row of rows, as pgx's own connRow is.
func newRow(rows pgx.Rows) pgx.Row {
	if r, ok := rows.(*replay); ok {
		return (*replayRow)(r) // one allocation less
	}
	return row{rows}
}

type row struct{ rows pgx.Rows }

func (r row) Scan(dest ...any) error { return scanRow(r.rows, dest) }

type replayRow replay

func (r *replayRow) Scan(dest ...any) error { return scanRow((*replay)(r), dest) }

// scanRow scans the first row and closes the rows.
func scanRow(rows pgx.Rows, dest []any) error {
	defer rows.Close() // after a panic, too
	if err := rows.Err(); err != nil {
		return err
	}
	for _, d := range dest {
		if _, ok := d.(*pgtype.DriverBytes); ok {
			return errors.New("cannot scan into *pgtype.DriverBytes from QueryRow")
		}
	}
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	_ = rows.Scan(dest...) // Err gives it
	rows.Close()
	return rows.Err()
}

// errRows are the rows of a query that was not run.
type errRows struct{ err error }

func (errRows) Close()                                       {}
func (r errRows) Err() error                                 { return r.err }
func (errRows) CommandTag() pgconn.CommandTag                { return pgconn.CommandTag{} }
func (errRows) FieldDescriptions() []pgconn.FieldDescription { return nil }
func (errRows) Next() bool                                   { return false }
func (r errRows) Scan(...any) error                          { return r.err }
func (r errRows) Values() ([]any, error)                     { return nil, r.err }
func (errRows) RawValues() [][]byte                          { return nil }
func (errRows) Conn() *pgx.Conn                              { return nil }
func (errRows) TypeMap() *pgtype.Map                         { return nil }
