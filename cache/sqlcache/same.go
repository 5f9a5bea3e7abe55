package sqlcache

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// sameRows reports whether two payloads hold the same columns and the same rows, in
// whatever order: without ORDER BY PostgreSQL gives them in any.
func sameRows(a, b []byte) bool {
	headA, rowsA, okA := cutRows(a)
	headB, rowsB, okB := cutRows(b)
	if !okA || !okB || !bytes.Equal(headA, headB) || len(rowsA) != len(rowsB) {
		return false
	}
	slices.SortFunc(rowsA, bytes.Compare)
	slices.SortFunc(rowsB, bytes.Compare)
	return slices.EqualFunc(rowsA, rowsB, bytes.Equal)
}

// cutRows takes a payload apart, into what stands before the rows, and each row. It
// reports false if that cannot be done.
func cutRows(payload []byte) (head []byte, rows [][]byte, ok bool) {
	r, err := newReplay(payload, &scanTypes{})
	if err != nil {
		return nil, nil, false
	}
	c := r.payload
	head = payload[:c.pos]
	for range r.rows {
		start := c.pos
		for range r.names {
			r.checkValue(&c)
		}
		rows = append(rows, payload[start:c.pos])
	}
	return head, rows, binary.LittleEndian.Uint32(payload[1:]) == r.rows
}
