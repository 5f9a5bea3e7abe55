package pgxcache

// cutRows is the [cache.Cut] of payloads.
func cutRows(payload []byte) (head []byte, rows [][]byte, ok bool) {
	r, ok := (&coders{}).get().parse(payload)
	if !ok {
		return nil, nil, false
	}
	head = payload[:len(payload)-len(r.data)] // the tag says no more than the count in it
	rest := r.values()
	for range r.count {
		row := rest
		for range r.head.fields {
			_, rest = cutValue(rest)
		}
		rows = append(rows, row[:len(row)-len(rest)])
	}
	return head, rows, true
}
