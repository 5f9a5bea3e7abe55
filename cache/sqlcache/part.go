package sqlcache

import "database/sql/driver"

// partRows are rows that began to be recorded: first what was, from memory, then the
// rest from the driver.
type partRows struct {
	*liveRows
	recorded recordedRows
	next     error // what the driver has said after those, if it has
}

// Next implements driver.Rows.
func (r *partRows) Next(dest []driver.Value) error {
	switch {
	case r.recorded.count > 0:
		return r.recorded.Next(dest)
	case r.next != nil:
		return r.next
	}
	return r.liveRows.Next(dest)
}

// NextResultSet implements driver.RowsNextResultSet.
func (r *partRows) NextResultSet() error {
	r.recorded.count, r.next = 0, nil
	return r.liveRows.NextResultSet()
}

// Close implements driver.Rows.
func (r *partRows) Close() error {
	_ = r.recorded.Close() // has no error of its own
	return r.liveRows.Close()
}
