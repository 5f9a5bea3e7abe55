package sqlcache

import "encoding/binary"

// cutRows is the [cache.Cut] of payloads.
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
