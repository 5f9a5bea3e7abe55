package sqlcache

import (
	"database/sql/driver"
	"io"
	"sync"
)

// recordedRows are rows that were read to be kept, for the program that asked for them:
// the driver's own values.
type recordedRows struct {
	columns
	memory   *rowMemory // nil once closed
	at       int        // the next value
	count    uint32     // how many rows are left
	closeErr error
}

// Next implements driver.Rows.
func (r *recordedRows) Next(dest []driver.Value) error {
	if r.count == 0 {
		return io.EOF
	}
	r.count--
	r.at += copy(dest, r.memory.values[r.at:r.at+len(r.names)])
	return nil
}

// Close implements driver.Rows.
func (r *recordedRows) Close() error {
	if r.memory != nil {
		r.memory.free()
		r.memory, r.count = nil, 0
	}
	return r.closeErr
}

// A rowMemory is where values wait for the program. It is used again.
type rowMemory struct {
	values []driver.Value
	blobs  []blob
}

// A blob is where bytes among the values stand in a payload. Those that the driver gave
// are good until its next row only.
type blob struct{ value, end, size int }

var rowMemories = sync.Pool{New: func() any { return new(rowMemory) }}

// own puts bytes that belong to the program in the place of the driver's: those of the
// payload are not for it to write to.
func (m *rowMemory) own(payload []byte) {
	heads, contents := slab[[]byte]{left: len(m.blobs)}, arena{}
	for _, b := range m.blobs {
		contents.left += b.size
	}
	for _, b := range m.blobs {
		m.values[b.value] = box(bytesWord, heads.put(contents.own(payload[b.end-b.size:b.end])))
	}
}

// free gives the memory back. What was taken out of it stays good.
func (m *rowMemory) free() {
	const most = 4096 // values
	if cap(m.values) > most || cap(m.blobs) > most {
		return
	}
	clear(m.values)
	m.values, m.blobs = m.values[:0], m.blobs[:0]
	rowMemories.Put(m)
}
