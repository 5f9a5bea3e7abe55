package pgxcache

import (
	"bytes"
	"slices"
)

// sameRows reports whether two payloads hold the same fields and the same rows, in
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
	r, ok := (&coders{}).get().parse(payload)
	if !ok {
		return nil, nil, false
	}
	head = payload[:len(payload)-len(r.rows)]
	rest := r.rows
	for range r.count {
		row := rest
		for range r.head.fields {
			_, rest = cutValue(rest)
		}
		rows = append(rows, row[:len(row)-len(rest)])
	}
	return head, rows, true
}
