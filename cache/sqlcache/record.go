package sqlcache

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"io"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/gojohnny/gojohnny/cache"
)

// record reads the rows to their end before anybody sees the first, and keeps them.
// The result then depends on nothing that the caller does: QueryRow closes after one
// row, a slow consumer takes an hour, a Scan fails.
//
// What cannot be kept is served all the same, as the driver would: what was read so
// far, and then the rest from the driver, with its error at the same row.
func record(ctx context.Context, rows driver.Rows, e *ending, ticket *cache.Ticket, types *scanTypes) driver.Rows {
	rec := newRecording(rows, types, ticket.Buffer(512))
	if !rec.addColumns() {
		ticket.Drop(cache.Reason{Code: cache.Unrecordable})
		return newLiveRows(rows, nil, e)
	}
	for {
		row := rec.next()
		err := rows.Next(row)
		switch {
		case err != nil:
			rec.unread()
			if err != io.EOF { // as database/sql compares it
				ticket.Drop(cache.Reason{Code: cache.QueryFailed})
				if kept := keptRows(ctx, ticket, types); kept != nil {
					_ = rows.Close() // the error of its rows is known
					e.end(err)
					return kept
				}
				return rec.part(e, err)
			}
			if hasNextResultSet(rows) {
				ticket.Drop(cache.Reason{Code: cache.SeveralResult})
				return rec.part(e, err)
			}
			return rec.whole(ctx, e, ticket)
		case !rec.add(row):
			ticket.Drop(cache.Reason{Code: cache.Unrecordable})
			return rec.part(e, nil)
		case len(rec.buf) > ticket.MaxLen():
			ticket.Drop(cache.Reason{Code: cache.TooLarge})
			return rec.part(e, nil)
		}
	}
}

// A recording is a payload in the making, and the values as the driver gave them, for
// the program that waits for them.
type recording struct {
	rows driver.Rows
	columnTypes
	names  []string
	types  *scanTypes
	buf    []byte
	start  int // where the payload begins
	count  uint32
	memory *rowMemory
	zone   *time.Location // the last that was neither UTC nor Local
	zoned  []byte         // and its stored form
}

// newRecording returns one that appends to buf.
func newRecording(rows driver.Rows, types *scanTypes, buf []byte) recording {
	return recording{
		rows:        rows,
		columnTypes: columnTypesOf(rows),
		names:       rows.Columns(),
		types:       types,
		buf:         buf,
		start:       len(buf),
		memory:      rowMemories.Get().(*rowMemory),
	}
}

// next returns where the driver is to put the next row.
func (r *recording) next() []driver.Value {
	n := len(r.memory.values)
	r.memory.values = slices.Grow(r.memory.values, len(r.names))[:n+len(r.names)]
	r.count++
	return r.memory.values[n:]
}

// unread takes the row back that next gave.
func (r *recording) unread() {
	n := len(r.memory.values) - len(r.names)
	clear(r.memory.values[n:])
	r.memory.values = r.memory.values[:n]
	r.count--
}

// addColumns records the columns. It reports false if they have no stored form.
func (r *recording) addColumns() bool {
	r.buf = append(r.buf, payloadVersion, 0, 0, 0, 0) // the rows are counted last
	r.buf = binary.AppendUvarint(r.buf, uint64(len(r.names)))
	for i, name := range r.names {
		if !r.addColumn(i, name) {
			return false
		}
	}
	return true
}

func (r *recording) addColumn(i int, name string) bool {
	r.buf = appendString(r.buf, name)
	r.buf = appendString(r.buf, r.ColumnTypeDatabaseTypeName(i))
	if !r.addScanType(r.ColumnTypeScanType(i)) {
		return false
	}
	length, hasLength := r.ColumnTypeLength(i)
	precision, scale, hasPrecision := r.ColumnTypePrecisionScale(i)
	nullable, nullableKnown := r.ColumnTypeNullable(i)
	r.buf = append(r.buf, flag(hasLength, flagLength)|flag(hasPrecision, flagPrecision)|
		flag(nullableKnown, flagNullableKnown)|flag(nullable, flagNullable))
	r.buf = binary.AppendVarint(r.buf, length)
	r.buf = binary.AppendVarint(r.buf, precision)
	r.buf = binary.AppendVarint(r.buf, scale)
	return true
}

func flag(set bool, f byte) byte {
	if set {
		return f
	}
	return 0
}

func (r *recording) addScanType(t reflect.Type) bool {
	if t == anyType {
		r.buf = append(r.buf, typeKnown)
		return true
	}
	if code, ok := codeOfType[t]; ok {
		r.buf = append(r.buf, code)
		return true
	}
	name, ok := r.types.learn(t)
	r.buf = appendString(append(r.buf, typeNamed), name)
	return ok
}

// add records the row that was read last. It reports false, and records nothing, if a
// value has no stored form.
func (r *recording) add(row []driver.Value) bool {
	start, blobs := len(r.buf), len(r.memory.blobs)
	first := len(r.memory.values) - len(row)
	for i, v := range row {
		if !r.addValue(first+i, v) {
			r.buf, r.memory.blobs = r.buf[:start], r.memory.blobs[:blobs]
			return false
		}
	}
	return r.count != 0 // there are not more than 2^32
}

// addValue records the i'th value of all.
func (r *recording) addValue(i int, v driver.Value) bool {
	switch v := v.(type) {
	case nil:
		r.buf = append(r.buf, tagNil)
	case bool:
		r.buf = append(r.buf, tagFalse+flag(v, tagTrue-tagFalse))
	case int64:
		r.buf = binary.AppendVarint(append(r.buf, tagInt64), v)
	case float64:
		r.buf = binary.LittleEndian.AppendUint64(append(r.buf, tagFloat64), math.Float64bits(v))
	case string:
		r.buf = appendString(append(r.buf, tagString), v)
	case []byte:
		if v == nil {
			r.buf = append(r.buf, tagNilBytes)
			return true
		}
		r.buf = binary.AppendUvarint(append(r.buf, tagBytes), uint64(len(v)))
		r.buf = append(r.buf, v...)
		r.memory.blobs = append(r.memory.blobs, blob{value: i, end: len(r.buf), size: len(v)})
	case time.Time:
		return r.addTime(v)
	default:
		return r.addNumber(v)
	}
	return true
}

// addNumber records the types that a driver.Value is not meant to have, and that
// drivers return all the same.
func (r *recording) addNumber(v driver.Value) bool {
	switch v := v.(type) {
	case int:
		r.buf = binary.AppendVarint(append(r.buf, tagInt), int64(v))
	case int8:
		r.buf = binary.AppendVarint(append(r.buf, tagInt8), int64(v))
	case int16:
		r.buf = binary.AppendVarint(append(r.buf, tagInt16), int64(v))
	case int32:
		r.buf = binary.AppendVarint(append(r.buf, tagInt32), int64(v))
	case uint:
		r.buf = binary.AppendUvarint(append(r.buf, tagUint), uint64(v))
	case uint8:
		r.buf = binary.AppendUvarint(append(r.buf, tagUint8), uint64(v))
	case uint16:
		r.buf = binary.AppendUvarint(append(r.buf, tagUint16), uint64(v))
	case uint32:
		r.buf = binary.AppendUvarint(append(r.buf, tagUint32), uint64(v))
	case uint64:
		r.buf = binary.AppendUvarint(append(r.buf, tagUint64), v)
	case float32:
		r.buf = binary.LittleEndian.AppendUint32(append(r.buf, tagFloat32), math.Float32bits(v))
	default:
		return false
	}
	return true
}

func (r *recording) addTime(t time.Time) bool {
	r.buf = binary.AppendVarint(append(r.buf, tagTime), t.Unix())
	r.buf = binary.AppendUvarint(r.buf, uint64(t.Nanosecond()))
	switch loc := t.Location(); loc {
	case time.UTC:
		r.buf = append(r.buf, zoneUTC)
	case time.Local:
		r.buf = append(r.buf, zoneLocal)
	default:
		if loc != r.zone {
			r.zone, r.zoned = loc, storedZone(t)
		}
		r.buf = append(r.buf, r.zoned...)
		return r.zoned != nil
	}
	return true
}

// storedZone is the stored form of t's location, nil if it has none: one that is
// neither fixed nor to be found by its name.
func storedZone(t time.Time) []byte {
	loc := t.Location()
	name, offset := t.Zone()
	if reflect.DeepEqual(loc, time.FixedZone(name, offset)) {
		return binary.AppendVarint(appendString([]byte{zoneFixed}, name), int64(offset))
	}
	found := loadLocation(loc.String())
	if found == nil || !sameZone(found, loc, t) {
		return nil
	}
	return appendString([]byte{zoneLoaded}, loc.String())
}

// sameZone reports whether two locations of one name are one, as far as can be seen
// from the outside, around t.
func sameZone(a, b *time.Location, t time.Time) bool {
	const quarter = 91 * 24 * time.Hour
	for i := range time.Duration(5) {
		nameA, offsetA := t.Add(i * quarter).In(a).Zone()
		nameB, offsetB := t.Add(i * quarter).In(b).Zone()
		if nameA != nameB || offsetA != offsetB {
			return false
		}
	}
	return true
}

// finish completes the payload of count rows, and returns the rows that the program
// gets.
func (r *recording) finish(count uint32) recordedRows {
	binary.LittleEndian.PutUint32(r.buf[r.start+1:], count)
	r.memory.own(r.buf)
	return recordedRows{
		columns: columns{payload: cursor{b: r.buf[r.start:]}, names: r.names, types: r.types},
		memory:  r.memory,
		count:   r.count,
	}
}

// whole keeps the result, and serves it from memory. The driver's rows are closed
// now; an error of that belongs to the caller's Close, as the driver's own would.
func (r *recording) whole(ctx context.Context, e *ending, ticket *cache.Ticket) driver.Rows {
	rows := r.finish(r.count)
	rows.closeErr = r.rows.Close()
	e.end(rows.closeErr)
	if rows.closeErr != nil {
		ticket.Drop(cache.Reason{Code: cache.QueryFailed})
	} else {
		ticket.Save(ctx, r.buf)
	}
	return &rows
}

// part serves what was read, then err, or what the driver has.
func (r *recording) part(e *ending, err error) driver.Rows {
	live := newLiveRows(r.rows, nil, e)
	_ = live.note(err)
	return &partRows{liveRows: live, recorded: r.finish(0), next: err}
}
