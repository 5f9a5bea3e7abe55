package sqlcache

import (
	"database/sql/driver"
	"errors"
	"io"
	"time"
)

// errPayload says that a payload cannot be read: another version kept it, or it names
// a type or a zone that this process does not know.
var errPayload = errors.New("sqlcache: not a result that this program can read")

// aliasMax is the largest payload whose strings are given out as parts of it. Those
// of a larger one are copied: a short string that the program keeps must not keep a
// megabyte.
const aliasMax = 16 << 10

// A replay is rows from a payload. All of it was checked before the first is read, so
// that Next does not fail.
//
// INVARIANT: nobody writes to the payload: other replays read it at the same time.
// Strings may be parts of it, []byte never are, since database/sql hands those to
// the program as sql.RawBytes.
type replay struct {
	columns        // the payload's cursor is at the next value
	rows    uint32 // how many are left

	ints     slab[int64]
	floats   slab[float64]
	texts    slab[string]
	blobs    slab[[]byte]
	times    slab[time.Time]
	contents arena // of blobs
	zone     zone  // of the latest time that had one
}

// newReplay reads the columns and checks the rest.
func newReplay(payload []byte, types *scanTypes) (*replay, error) {
	r := &replay{columns: columns{payload: cursor{b: payload}, types: types}}
	c := &r.payload
	if c.byte() != payloadVersion {
		return nil, errPayload
	}
	r.rows = c.uint32()
	n := c.uvarint()
	if n > uint64(len(payload)) {
		return nil, errPayload
	}
	r.names = make([]string, n)
	for i := range r.names {
		name, _, ok := readColumn(c, types)
		if !ok {
			return nil, errPayload
		}
		r.names[i] = r.text(name)
	}
	if !r.check(*c) {
		return nil, errPayload
	}
	return r, nil
}

// check walks over the values and counts them. It reports whether they are what the
// head says, to the last byte.
func (r *replay) check(c cursor) bool {
	if len(r.names) > 0 && uint64(r.rows)*uint64(len(r.names)) > uint64(len(c.b)) {
		return false
	}
	for range int(r.rows) * len(r.names) {
		r.checkValue(&c)
	}
	return !c.bad && c.pos == len(c.b)
}

func (r *replay) checkValue(c *cursor) {
	switch c.byte() {
	case tagNil, tagFalse, tagTrue, tagNilBytes:
	case tagInt64:
		c.uvarint()
		r.ints.left++
	case tagFloat64:
		c.uint64()
		r.floats.left++
	case tagString:
		c.text()
		r.texts.left++
	case tagBytes:
		r.contents.left += len(c.text())
		r.blobs.left++
	case tagTime:
		c.uvarint()
		c.uvarint()
		r.checkZone(c)
		r.times.left++
	case tagInt, tagInt8, tagInt16, tagInt32, tagUint, tagUint8, tagUint16, tagUint32, tagUint64:
		c.uvarint()
	case tagFloat32:
		c.uint32()
	default:
		c.fail()
	}
}

// text is a string of the payload.
func (r *replay) text(b []byte) string {
	if len(r.payload.b) > aliasMax {
		return string(b)
	}
	return textOf(b)
}

// Close implements driver.Rows.
func (r *replay) Close() error { return nil }

// Next implements driver.Rows.
func (r *replay) Next(dest []driver.Value) error {
	if r.rows == 0 {
		return io.EOF
	}
	r.rows--
	for i := range dest {
		dest[i] = r.value(&r.payload)
	}
	return nil
}
