package sqlcache

import (
	"encoding/binary"
	"math"
)

// The stored form of a result. uvarint and varint are those of encoding/binary, a
// string is its length as a uvarint and its bytes.
//
//	version      1 byte
//	rows         4 bytes, little-endian
//	columns      uvarint
//	each column  name, database type name: strings
//	             scan type: 1 byte, and a string if that is typeNamed
//	             flags: 1 byte
//	             length, precision, scale: varints
//	each value   its tag, and what the tag says
//
// Whatever changes it changes the version: an entry of another is replaced.
const (
	payloadVersion = 1
	payloadFixed   = 5 // up to the number of columns
)

// The flags of a column: what the driver's methods say besides values.
const (
	flagLength = 1 << iota
	flagPrecision
	flagNullableKnown
	flagNullable
)

// The tags of values. Each stands for one Go type, so that a value comes back as
// what it was: nil is not an empty string, an int32 is no int64.
const (
	tagNil = iota
	tagFalse
	tagTrue
	tagInt64    // varint
	tagFloat64  // 8 bytes
	tagString   // string
	tagBytes    // string
	tagNilBytes // a []byte that is nil
	tagTime     // seconds since 1970: varint; nanoseconds: uvarint; zone: 1 byte, see zones
	tagInt      // varint, as the rest that are signed
	tagInt8
	tagInt16
	tagInt32
	tagUint // uvarint, as the rest that are unsigned
	tagUint8
	tagUint16
	tagUint32
	tagUint64
	tagFloat32 // 4 bytes
)

// The zones of a time.
const (
	zoneUTC    = iota
	zoneLocal  // time.Local of whoever reads it, as the driver would give it there
	zoneFixed  // time.FixedZone: name: string; offset in seconds: varint
	zoneLoaded // time.LoadLocation: name: string
)

// A cursor reads a payload. It never reads past its end: from the first thing that is
// not there on, it is bad, and gives zeros.
type cursor struct {
	b   []byte
	pos int
	bad bool
}

func (c *cursor) byte() byte {
	if c.pos >= len(c.b) {
		c.bad = true
		return 0
	}
	v := c.b[c.pos]
	c.pos++
	return v
}

func (c *cursor) uvarint() uint64 {
	if c.pos < len(c.b) && c.b[c.pos] < 0x80 { // most are short
		c.pos++
		return uint64(c.b[c.pos-1])
	}
	v, n := binary.Uvarint(c.b[c.pos:])
	if n <= 0 {
		c.fail()
		return 0
	}
	c.pos += n
	return v
}

func (c *cursor) varint() int64 {
	u := c.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// bytes takes n bytes, which alias the payload.
func (c *cursor) bytes(n uint64) []byte {
	if n > uint64(len(c.b)-c.pos) {
		c.fail()
		return nil
	}
	start := c.pos
	c.pos += int(n)
	return c.b[start:c.pos:c.pos]
}

// text takes a string's bytes.
func (c *cursor) text() []byte { return c.bytes(c.uvarint()) }

func (c *cursor) uint32() uint32 {
	if b := c.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) uint64() uint64 {
	if b := c.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (c *cursor) float64() float64 { return math.Float64frombits(c.uint64()) }

// fail makes the cursor bad, and leaves nothing to read.
func (c *cursor) fail() {
	c.bad = true
	c.pos = len(c.b)
}

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}
