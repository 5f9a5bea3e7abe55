package sqlcache

import (
	"database/sql/driver"
	"math"
	"sync"
	"time"
)

// value reads the next value of a payload that was checked.
func (r *replay) value(c *cursor) driver.Value {
	switch tag := c.byte(); tag {
	case tagNil:
		return nil
	case tagFalse:
		return false
	case tagTrue:
		return true
	case tagInt64:
		return box(int64Word, r.ints.put(c.varint()))
	case tagFloat64:
		return box(float64Word, r.floats.put(c.float64()))
	case tagString:
		return box(stringWord, r.texts.put(r.text(c.text())))
	case tagBytes:
		return box(bytesWord, r.blobs.put(r.contents.own(c.text())))
	case tagNilBytes:
		return []byte(nil)
	case tagTime:
		return box(timeWord, r.times.put(r.time(c)))
	default:
		return number(tag, c)
	}
}

// number reads a value of the types that are rare.
func number(tag byte, c *cursor) driver.Value {
	switch tag {
	case tagInt:
		return int(c.varint())
	case tagInt8:
		return int8(c.varint())
	case tagInt16:
		return int16(c.varint())
	case tagInt32:
		return int32(c.varint())
	case tagUint:
		return uint(c.uvarint())
	case tagUint8:
		return uint8(c.uvarint())
	case tagUint16:
		return uint16(c.uvarint())
	case tagUint32:
		return uint32(c.uvarint())
	case tagUint64:
		return c.uvarint()
	}
	return math.Float32frombits(c.uint32())
}

func (r *replay) time(c *cursor) time.Time {
	seconds, nanoseconds := c.varint(), int64(c.uvarint())
	t := time.Unix(seconds, nanoseconds)
	switch kind := c.byte(); kind {
	case zoneLocal:
		return t
	case zoneUTC:
		return t.UTC()
	default:
		return t.In(r.zone.read(kind, c))
	}
}

// checkZone checks that the zone of a time is known.
func (r *replay) checkZone(c *cursor) {
	switch kind := c.byte(); kind {
	case zoneUTC, zoneLocal:
	case zoneFixed, zoneLoaded:
		if r.zone.read(kind, c) == nil {
			c.fail()
		}
	default:
		c.fail()
	}
}

// A zone remembers the latest location read: the times of a result mostly share one.
type zone struct {
	kind     byte
	name     string
	offset   int64
	location *time.Location
}

// read reads a location, nil if there is none of the name.
func (z *zone) read(kind byte, c *cursor) *time.Location {
	name, offset := c.text(), int64(0)
	if kind == zoneFixed {
		offset = c.varint()
	}
	if z.location != nil && z.kind == kind && z.name == string(name) && z.offset == offset {
		return z.location
	}
	z.kind, z.name, z.offset = kind, string(name), offset
	if kind == zoneFixed {
		z.location = time.FixedZone(z.name, int(offset))
	} else {
		z.location = loadLocation(z.name)
	}
	return z.location
}

// locations are those that were found by their names. There are some six hundred.
var locations sync.Map // string -> *time.Location

func loadLocation(name string) *time.Location {
	if loc, ok := locations.Load(name); ok {
		return loc.(*time.Location)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	locations.Store(name, loc)
	return loc
}
