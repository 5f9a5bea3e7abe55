package sqlcache

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"io"
	"math"
	"reflect"
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
	rec := newRecording(rows, e, types)
	if !rec.addColumns(ticket.Expect()) {
		ticket.Drop(cache.Reason{Code: cache.Unrecordable})
		return &rec.live
	}
	row := make([]driver.Value, len(rec.names))
	for {
		err := rec.live.Next(row)
		switch {
		case err != nil && err != io.EOF: // as database/sql compares it
			ticket.Drop(cache.Reason{Code: cache.QueryFailed})
			return rec.part(nil, err)
		case err != nil && rec.live.HasNextResultSet():
			ticket.Drop(cache.Reason{Code: cache.SeveralResult})
			return rec.part(nil, err)
		case err != nil:
			return rec.whole(ctx, ticket)
		case !rec.add(row):
			ticket.Drop(cache.Reason{Code: cache.Unrecordable})
			return rec.part(row, nil)
		case len(rec.buf) > ticket.MaxRows():
			ticket.Drop(cache.Reason{Code: cache.TooLarge})
			return rec.part(nil, nil)
		}
	}
}

// A recording is a payload in the making, and the replay that will read it: what that
// counts in a payload from elsewhere, is counted here as it comes.
type recording struct {
	live   liveRows
	replay replay
	names  []string
	buf    []byte
	head   int            // where rows begin
	zone   *time.Location // the last that was neither UTC nor Local
	zoned  []byte         // and its stored form
}

func newRecording(rows driver.Rows, e *ending, types *scanTypes) *recording {
	return &recording{
		live:   liveRows{Rows: rows, columnTypes: columnTypesOf(rows), ending: e},
		replay: replay{types: types},
		names:  rows.Columns(),
	}
}

// addColumns records the columns, in a buffer with room for what is expected. It
// reports false if they have no stored form.
func (r *recording) addColumns(expected int) bool {
	r.buf = make([]byte, payloadFixed, max(expected, 512))
	r.buf[0] = payloadVersion
	r.buf = binary.AppendUvarint(r.buf, uint64(len(r.names)))
	for i, name := range r.names {
		if !r.addColumn(&r.live, i, name) {
			return false
		}
	}
	r.head = len(r.buf)
	return true
}

func (r *recording) addColumn(rows *liveRows, i int, name string) bool {
	r.buf = appendString(r.buf, name)
	r.buf = appendString(r.buf, rows.ColumnTypeDatabaseTypeName(i))
	if !r.addScanType(rows.ColumnTypeScanType(i)) {
		return false
	}
	length, hasLength := rows.ColumnTypeLength(i)
	precision, scale, hasPrecision := rows.ColumnTypePrecisionScale(i)
	nullable, nullableKnown := rows.ColumnTypeNullable(i)
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
	name, ok := r.replay.types.learn(t)
	r.buf = appendString(append(r.buf, typeNamed), name)
	return ok
}

// add records a row. It reports false, and records nothing, if a value has no stored
// form.
func (r *recording) add(row []driver.Value) bool {
	start := len(r.buf)
	for _, v := range row {
		if !r.addValue(v) {
			r.buf = r.buf[:start]
			return false
		}
	}
	r.replay.rows++
	return r.replay.rows != 0 // there are not more than 2^32
}

func (r *recording) addValue(v driver.Value) bool {
	switch v := v.(type) {
	case nil:
		r.buf = append(r.buf, tagNil)
	case bool:
		r.buf = append(r.buf, tagFalse+flag(v, tagTrue-tagFalse))
	case int64:
		r.buf = binary.AppendVarint(append(r.buf, tagInt64), v)
		r.replay.ints.left++
	case float64:
		r.buf = binary.LittleEndian.AppendUint64(append(r.buf, tagFloat64), math.Float64bits(v))
		r.replay.floats.left++
	case string:
		r.buf = appendString(append(r.buf, tagString), v)
		r.replay.texts.left++
	case []byte:
		if v == nil {
			r.buf = append(r.buf, tagNilBytes)
			return true
		}
		r.buf = binary.AppendUvarint(append(r.buf, tagBytes), uint64(len(v)))
		r.buf = append(r.buf, v...)
		r.replay.blobs.left++
		r.replay.blob += len(v)
	case time.Time:
		r.replay.times.left++
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

// finish completes the payload, and makes the replay ready to read it.
func (r *recording) finish() []byte {
	binary.LittleEndian.PutUint32(r.buf[1:], r.replay.rows)
	r.replay.payload = cursor{b: r.buf, pos: r.head}
	r.replay.names = r.names
	return r.buf
}

// whole keeps the result, and serves it from memory. The driver's rows are closed
// now; an error of that belongs to the caller's Close, as the driver's own would.
func (r *recording) whole(ctx context.Context, ticket *cache.Ticket) driver.Rows {
	payload := r.finish()
	if r.replay.closeErr = r.live.Close(); r.replay.closeErr != nil {
		ticket.Drop(cache.Reason{Code: cache.QueryFailed})
	} else {
		ticket.Save(ctx, payload)
	}
	return &r.replay
}

// part serves what was recorded, then the row that could not be, if there is one,
// then err, or what the driver has.
func (r *recording) part(row []driver.Value, err error) driver.Rows {
	r.finish()
	return &partRows{liveRows: &r.live, recorded: &r.replay, row: row, next: err}
}
