package sqlcache

import (
	"database/sql/driver"
	"io"
)

// liveRows are the driver's own rows, with something left to do when they are closed.
//
// They have every optional interface of rows. Where the driver's have one not, the
// methods give what database/sql assumes then, so that no one can tell: see Rows.Next,
// Rows.NextResultSet and rowsColumnInfoSetupConnLocked there.
type liveRows struct {
	driver.Rows
	columnTypes
	stmt   driver.Stmt // closed with the rows; nil: none
	ending *ending
	err    error // the first that the driver had; io.EOF is none
}

func newLiveRows(rows driver.Rows, stmt driver.Stmt, e *ending) *liveRows {
	return &liveRows{Rows: rows, columnTypes: columnTypesOf(rows), stmt: stmt, ending: e}
}

var (
	_ driver.RowsNextResultSet              = (*liveRows)(nil)
	_ driver.RowsColumnTypeScanType         = (*liveRows)(nil)
	_ driver.RowsColumnTypeDatabaseTypeName = (*liveRows)(nil)
	_ driver.RowsColumnTypeLength           = (*liveRows)(nil)
	_ driver.RowsColumnTypeNullable         = (*liveRows)(nil)
	_ driver.RowsColumnTypePrecisionScale   = (*liveRows)(nil)
)

// Next implements driver.Rows.
func (r *liveRows) Next(dest []driver.Value) error { return r.note(r.Rows.Next(dest)) }

// Close closes the rows and tells what became of the statement: not before, since a
// driver may read the server's last word only now.
func (r *liveRows) Close() error {
	err := r.note(r.Rows.Close())
	if r.stmt != nil {
		_ = r.stmt.Close() // database/sql ignores it, too
		r.stmt = nil
	}
	r.ending.end(r.err)
	return err
}

// note remembers the first error.
func (r *liveRows) note(err error) error {
	if r.err == nil && err != io.EOF { // as database/sql compares it
		r.err = err
	}
	return err
}

// HasNextResultSet implements driver.RowsNextResultSet.
func (r *liveRows) HasNextResultSet() bool { return hasNextResultSet(r.Rows) }

func hasNextResultSet(r driver.Rows) bool {
	rows, ok := r.(driver.RowsNextResultSet)
	return ok && rows.HasNextResultSet()
}

// NextResultSet implements driver.RowsNextResultSet.
func (r *liveRows) NextResultSet() error {
	if rows, ok := r.Rows.(driver.RowsNextResultSet); ok {
		return r.note(rows.NextResultSet())
	}
	return io.EOF
}
