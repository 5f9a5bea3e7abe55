package sqlcache

import "database/sql/driver"

// partRows are rows that began to be recorded: first what was, from memory, then the
// rest from the driver.
type partRows struct {
	*liveRows
	recorded *replay
	row      []driver.Value // the row after those, if the driver has given it
	next     error          // what the driver has said after those, if it has
}

// Next implements driver.Rows.
func (r *partRows) Next(dest []driver.Value) error {
	switch {
	case r.recorded.rows > 0:
		return r.recorded.Next(dest)
	case r.row != nil:
		copy(dest, r.row)
		r.row = nil
		return nil
	case r.next != nil:
		return r.next
	}
	return r.liveRows.Next(dest)
}

// NextResultSet implements driver.RowsNextResultSet.
func (r *partRows) NextResultSet() error {
	r.recorded.rows, r.row, r.next = 0, nil, nil
	return r.liveRows.NextResultSet()
}
