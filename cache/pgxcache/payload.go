package pgxcache

import (
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgconn"
)

// The stored form of a result. Numbers are big-endian, as on PostgreSQL's wire.
//
//	version      1 byte
//	fields       uvarint: how many
//	each field   name: uvarint length and bytes
//	             table OID 4, attribute number 2, type OID 4, type size 2,
//	             type modifier 4, format 2 bytes
//	each row     1 byte: more
//	             each value: 4 bytes length, -1 for NULL, and its wire bytes
//	end          1 byte: end
//	command tag  the rest
//
// Whatever changes it changes the version: an entry of another is replaced.
const (
	payloadVersion = 1

	more = 1
	end  = 0

	fieldFixed = 4 + 2 + 4 + 2 + 4 + 2
)

func appendFields(dst []byte, fields []pgconn.FieldDescription) []byte {
	dst = append(dst, payloadVersion)
	dst = binary.AppendUvarint(dst, uint64(len(fields)))
	for i := range fields {
		f := &fields[i]
		dst = binary.AppendUvarint(dst, uint64(len(f.Name)))
		dst = append(dst, f.Name...)
		dst = binary.BigEndian.AppendUint32(dst, f.TableOID)
		dst = binary.BigEndian.AppendUint16(dst, f.TableAttributeNumber)
		dst = binary.BigEndian.AppendUint32(dst, f.DataTypeOID)
		dst = binary.BigEndian.AppendUint16(dst, uint16(f.DataTypeSize))
		dst = binary.BigEndian.AppendUint32(dst, uint32(f.TypeModifier))
		dst = binary.BigEndian.AppendUint16(dst, uint16(f.Format))
	}
	return dst
}

func appendRow(dst []byte, values [][]byte) []byte {
	dst = append(dst, more)
	for _, v := range values {
		if v == nil {
			dst = binary.BigEndian.AppendUint32(dst, 1<<32-1)
			continue
		}
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(v)))
		dst = append(dst, v...)
	}
	return dst
}

func appendTag(dst []byte, tag pgconn.CommandTag) []byte {
	return append(append(dst, end), tag.String()...)
}

// A result is a payload taken apart.
type result struct {
	fields []pgconn.FieldDescription
	rows   []byte // each row as appendRow wrote it
	tag    pgconn.CommandTag
}

// parsePayload takes payload apart, and reports whether it is whole. The result's rows
// alias payload.
func parsePayload(payload []byte) (result, bool) {
	c := cursor{b: payload}
	if v, ok := c.byte(); !ok || v != payloadVersion {
		return result{}, false
	}
	fields, ok := c.fields()
	if !ok {
		return result{}, false
	}
	rows := c.b
	for {
		switch mark, ok := c.byte(); {
		case !ok || mark > more:
			return result{}, false
		case mark == end:
			rows = rows[:len(rows)-len(c.b)-1]
			return result{fields: fields, rows: rows, tag: pgconn.NewCommandTag(string(c.b))}, true
		}
		for range fields {
			if _, ok := c.value(); !ok {
				return result{}, false
			}
		}
	}
}

// A cursor reads bytes that may be anything.
type cursor struct{ b []byte }

func (c *cursor) byte() (byte, bool) {
	if len(c.b) == 0 {
		return 0, false
	}
	v := c.b[0]
	c.b = c.b[1:]
	return v, true
}

func (c *cursor) take(n uint64) ([]byte, bool) {
	if n > uint64(len(c.b)) {
		return nil, false
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v, true
}

func (c *cursor) uvarint() (uint64, bool) {
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		return 0, false
	}
	c.b = c.b[n:]
	return v, true
}

// value reads a row's value: nil is NULL.
func (c *cursor) value() (v []byte, ok bool) {
	head, ok := c.take(4)
	if !ok {
		return nil, false
	}
	n := binary.BigEndian.Uint32(head)
	if n == 1<<32-1 {
		return nil, true
	}
	return c.take(uint64(n))
}

func (c *cursor) fields() ([]pgconn.FieldDescription, bool) {
	n, ok := c.uvarint()
	if !ok || n > uint64(len(c.b))/fieldFixed { // before anything is made of that size
		return nil, false
	}
	fields := make([]pgconn.FieldDescription, n)
	for i := range fields {
		size, ok := c.uvarint()
		if !ok {
			return nil, false
		}
		name, ok := c.take(size)
		if !ok {
			return nil, false
		}
		b, ok := c.take(fieldFixed)
		if !ok {
			return nil, false
		}
		fields[i] = pgconn.FieldDescription{
			Name:                 string(name),
			TableOID:             binary.BigEndian.Uint32(b),
			TableAttributeNumber: binary.BigEndian.Uint16(b[4:]),
			DataTypeOID:          binary.BigEndian.Uint32(b[6:]),
			DataTypeSize:         int16(binary.BigEndian.Uint16(b[10:])),
			TypeModifier:         int32(binary.BigEndian.Uint32(b[12:])),
			Format:               int16(binary.BigEndian.Uint16(b[16:])),
		}
	}
	return fields, true
}
