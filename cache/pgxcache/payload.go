package pgxcache

import (
	"encoding/binary"
	"math"

	"github.com/jackc/pgx/v5/pgconn"
)

// The stored form of a result. Numbers are big-endian, as on PostgreSQL's wire.
//
//	version      1 byte
//	head         4 bytes: the length of the fields
//	fields       uvarint: how many
//	each field   name: uvarint length and bytes
//	             table OID 4, attribute number 2, type OID 4, type size 2,
//	             type modifier 4, format 2 bytes
//	rows         4 bytes: how many
//	each value   4 bytes length, -1 for NULL, and its wire bytes
//	command tag  bytes, and 1 byte length
//
// Whatever changes it changes the version: an entry of another is replaced.
const (
	payloadVersion = 2
	payloadFixed   = 1 + 4

	fieldFixed = 4 + 2 + 4 + 2 + 4 + 2
	null       = 1<<32 - 1
)

// A recording is a result while it is read.
type recording struct {
	fields []pgconn.FieldDescription // the connection's, which uses them again
	tag    pgconn.CommandTag
	count  uint32
	rows   []byte
}

// add records a row.
func (r *recording) add(values [][]byte) {
	r.count++
	for _, v := range values {
		if v == nil {
			r.rows = binary.BigEndian.AppendUint32(r.rows, null)
			continue
		}
		r.rows = binary.BigEndian.AppendUint32(r.rows, uint32(len(v)))
		r.rows = append(r.rows, v...)
	}
}

// size is about what the stored form takes.
func (r *recording) size() int {
	const name = 32 // or more: a guess that saves growing
	return payloadFixed + len(r.fields)*(fieldFixed+name) + name + len(r.rows)
}

// appendTo appends the stored form.
func (r *recording) appendTo(b []byte) []byte {
	start := len(b)
	b = append(b, payloadVersion, 0, 0, 0, 0)
	b = binary.AppendUvarint(b, uint64(len(r.fields)))
	for i := range r.fields {
		b = appendField(b, &r.fields[i])
	}
	binary.BigEndian.PutUint32(b[start+1:], uint32(len(b)-start-payloadFixed))
	b = binary.BigEndian.AppendUint32(b, r.count)
	b = append(b, r.rows...)
	return appendTag(b, r.tag)
}

func appendTag(b []byte, t pgconn.CommandTag) []byte {
	tag := t.String()
	tag = tag[:min(len(tag), 255)] // PostgreSQL's have 64 bytes at most
	return append(append(b, tag...), byte(len(tag)))
}

func appendField(b []byte, f *pgconn.FieldDescription) []byte {
	b = binary.AppendUvarint(b, uint64(len(f.Name)))
	b = append(b, f.Name...)
	b = binary.BigEndian.AppendUint32(b, f.TableOID)
	b = binary.BigEndian.AppendUint16(b, f.TableAttributeNumber)
	b = binary.BigEndian.AppendUint32(b, f.DataTypeOID)
	b = binary.BigEndian.AppendUint16(b, uint16(f.DataTypeSize))
	b = binary.BigEndian.AppendUint32(b, uint32(f.TypeModifier))
	return binary.BigEndian.AppendUint16(b, uint16(f.Format))
}

// A result is rows that are at hand.
type result struct {
	head   *head
	data   []byte // the values, then the command tag and its length
	count  uint32 // of the rows
	shared bool   // data belongs to the store, and is read only
}

// tag returns the command tag.
func (r *result) tag() pgconn.CommandTag {
	end := len(r.data) - 1
	return pgconn.NewCommandTag(string(r.data[end-int(r.data[end]) : end]))
}

// values returns the values of all rows.
func (r *result) values() []byte {
	end := len(r.data) - 1
	return r.data[:end-int(r.data[end])]
}

// parse takes payload apart, and reports whether it is whole. The result shares its
// memory.
func (c *coder) parse(payload []byte) (r result, ok bool) {
	if len(payload) < payloadFixed || payload[0] != payloadVersion {
		return result{}, false
	}
	size, payload := binary.BigEndian.Uint32(payload[1:]), payload[payloadFixed:]
	if uint64(size) > uint64(len(payload)) {
		return result{}, false
	}
	if r.head, ok = c.head(payload[:size]); !ok {
		return result{}, false
	}
	rest := payload[size:]
	if len(rest) < 4+1 || len(rest) < 4+1+int(rest[len(rest)-1]) || len(rest) > math.MaxInt32 {
		return result{}, false
	}
	r.count, r.data, r.shared = binary.BigEndian.Uint32(rest), rest[4:], true
	return r, whole(r.values(), len(r.head.fields), r.count)
}

// whole reports whether rows are count rows of n values each.
func whole(rows []byte, n int, count uint32) bool {
	for range uint64(count) * uint64(n) {
		if len(rows) < 4 {
			return false
		}
		size := binary.BigEndian.Uint32(rows)
		rows = rows[4:]
		if size == null {
			continue
		}
		if uint64(size) > uint64(len(rows)) {
			return false
		}
		rows = rows[size:]
	}
	return len(rows) == 0
}

// cutValue takes a value off the front of rows that are whole: nil is NULL.
func cutValue(rows []byte) (v, rest []byte) {
	size := binary.BigEndian.Uint32(rows)
	rows = rows[4:]
	if size == null {
		return nil, rows
	}
	return rows[:size:size], rows[size:]
}
