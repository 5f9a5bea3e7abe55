package pgxcache

import (
	"reflect"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// A head is the fields of a result, and what a coder has found out about them.
type head struct {
	fields []pgconn.FieldDescription // nobody else's: they are copied for the program
	asked  bool                      // they have the formats that pgx asks for by itself

	plans []plan // of each field, for the type that it was last scanned into
}

// A plan is how a value is scanned.
type plan struct {
	scan   pgtype.ScanPlan
	target reflect.Type
	reads  bool // it leaves the value's bytes alone
}

// maxHeads bounds the heads that a coder remembers: it forgets all of them then.
const maxHeads = 256

// head takes a head apart, or remembers it, and reports whether it is one.
func (c *coder) head(b []byte) (*head, bool) {
	if h, ok := c.heads[string(b)]; ok {
		return h, true
	}
	s := string(b)
	in := headReader{s: s} // the names are parts of s
	fields := in.fields()
	if in.bad || in.s != "" {
		return nil, false
	}
	if c.heads == nil || len(c.heads) >= maxHeads {
		c.heads = map[string]*head{}
	}
	h := newHead(fields)
	h.asked = true
	for i := range fields {
		if fields[i].Format != c.types.FormatCodeForOID(fields[i].DataTypeOID) {
			h.asked = false
		}
	}
	c.heads[s] = h
	return h, true
}

func newHead(fields []pgconn.FieldDescription) *head {
	return &head{fields: fields, plans: make([]plan, len(fields))}
}

// A headReader reads a head that may be anything. From the first thing that is not
// there on it is bad, and gives nothing.
type headReader struct {
	s   string
	bad bool
}

func (h *headReader) take(n uint64) string {
	if n > uint64(len(h.s)) {
		h.s, h.bad = "", true
		return ""
	}
	v := h.s[:n]
	h.s = h.s[n:]
	return v
}

// uint reads a number of n bytes.
func (h *headReader) uint(n uint64) uint64 {
	var v uint64
	for _, b := range []byte(h.take(n)) {
		v = v<<8 | uint64(b)
	}
	return v
}

func (h *headReader) uvarint() uint64 {
	var v uint64
	for shift := 0; shift < 64; shift += 7 {
		b := h.uint(1)
		v |= (b & 0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
	h.s, h.bad = "", true
	return 0
}

func (h *headReader) fields() []pgconn.FieldDescription {
	n := h.uvarint()
	if n > uint64(len(h.s))/fieldFixed { // before anything is made of that size
		h.bad = true
		return nil
	}
	fields := make([]pgconn.FieldDescription, n)
	for i := range fields {
		fields[i] = pgconn.FieldDescription{
			Name:                 h.take(h.uvarint()),
			TableOID:             uint32(h.uint(4)),
			TableAttributeNumber: uint16(h.uint(2)),
			DataTypeOID:          uint32(h.uint(4)),
			DataTypeSize:         int16(h.uint(2)),
			TypeModifier:         int32(h.uint(4)),
			Format:               int16(h.uint(2)),
		}
	}
	return fields
}
