package sqlcache

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"math"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

// sliceRows are rows from a slice.
type sliceRows struct {
	columns []string
	values  [][]driver.Value
}

func (r *sliceRows) Columns() []string { return r.columns }
func (r *sliceRows) Close() error      { return nil }

func (r *sliceRows) Next(dest []driver.Value) error {
	if len(r.values) == 0 {
		return io.EOF
	}
	copy(dest, r.values[0])
	r.values = r.values[1:]
	return nil
}

// recorded returns the payload of rows, nil if they have none.
func recorded(t testing.TB, columns []string, rows ...[]driver.Value) []byte {
	t.Helper()
	rec := newRecording(&sliceRows{columns: columns}, &scanTypes{}, nil)
	if !rec.addColumns() {
		t.Fatal("the columns cannot be recorded")
	}
	for _, row := range rows {
		next := rec.next()
		copy(next, row)
		if !rec.add(next) {
			return nil
		}
	}
	rec.finish(rec.count)
	return rec.buf
}

func replayed(t testing.TB, payload []byte) [][]driver.Value {
	t.Helper()
	r, err := newReplay(payload, &scanTypes{})
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]driver.Value
	for {
		row := make([]driver.Value, len(r.Columns()))
		err := r.Next(row)
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

// TestValuesComeBack checks that every value comes back as what it was: its type, its
// bits, its zone.
func TestValuesComeBack(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	when := time.Date(2026, 7, 1, 12, 30, 0, 123456789, time.UTC)
	row := []driver.Value{
		nil, true, false, int64(0), int64(-1), int64(math.MaxInt64), int64(math.MinInt64),
		0.0, -1.5, math.Inf(1), math.Copysign(0, -1), "", "text", "with \x00 and \xff", strings.Repeat("long", 1000),
		[]byte(nil),
		[]byte{},
		[]byte("bytes"), bytes.Repeat([]byte("long"), 10000),
		when, when.Local(), when.In(time.FixedZone("", 7200)), when.In(time.FixedZone("X", -1)), when.In(berlin),
		time.Time{},
		time.Date(-4000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(290000, 1, 1, 0, 0, 0, 0, time.UTC),
		int(1), int8(-1), int16(2), int32(-3), uint(4), uint8(5), uint16(6), uint32(7), uint64(math.MaxUint64), float32(1.5),
	}
	columns := make([]string, len(row))
	for i := range columns {
		columns[i] = strings.Repeat("c", i)
	}
	payload := recorded(t, columns, row, row)
	got := replayed(t, payload)
	if want := [][]driver.Value{row, row}; !reflect.DeepEqual(got, want) {
		for i := range row {
			if !reflect.DeepEqual(got[0][i], row[i]) {
				t.Errorf("got %T %#v; want %T %#v", got[0][i], got[0][i], row[i], row[i])
			}
		}
	}
	nan := replayed(t, recorded(t, []string{"n"}, []driver.Value{math.NaN()}))[0][0]
	if f, ok := nan.(float64); !ok || !math.IsNaN(f) {
		t.Errorf("got %v; want NaN", nan)
	}
}

func TestUnrecordable(t *testing.T) {
	odd := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).In(mustLocation(t))
	for _, v := range []driver.Value{[]string{"a"}, struct{}{}, new(int), sql.NullInt64{}, odd} {
		if recorded(t, []string{"a"}, []driver.Value{v}) != nil {
			t.Errorf("%T was recorded", v)
		}
	}
}

// mustLocation is a location that no name leads to: Berlin's, by the name of Tokyo.
func mustLocation(t *testing.T) *time.Location {
	t.Helper()
	data, err := os.ReadFile("/usr/share/zoneinfo/Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	loc, err := time.LoadLocationFromTZData("Asia/Tokyo", data)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// Large results do not tie up their payload: a string of one is a copy.
func TestStringsOfLargePayloadsAreCopies(t *testing.T) {
	payload := recorded(t, []string{"a", "b"}, []driver.Value{"short", strings.Repeat("x", aliasMax)})
	row := replayed(t, payload)[0]
	clear(payload)
	if row[0] != "short" {
		t.Error("the string is a part of the payload")
	}
}

// What a program took out of rows that were recorded stays as it was, whatever is read
// next into the same memory; and the driver, which uses its bytes again, is not in it.
func TestRecordedValuesAreTheProgramsOwn(t *testing.T) {
	driversOwn := []byte("first")
	read := func(row ...driver.Value) []driver.Value {
		rec := newRecording(&sliceRows{columns: []string{"a", "b"}}, &scanTypes{}, nil)
		if !rec.addColumns() || !rec.add(append(rec.next()[:0], row...)) {
			t.Fatal("not recorded")
		}
		rows := rec.finish(rec.count)
		copy(driversOwn, "XXXXX")
		got := make([]driver.Value, 2)
		if err := rows.Next(got); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(rows.Close(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		if err := rows.Next(got); err != io.EOF {
			t.Errorf("after Close: got %v; want io.EOF", err)
		}
		return got
	}
	first := read(driversOwn, "one")
	second := read([]byte("second"), "two")
	want := [][]driver.Value{{[]byte("first"), "one"}, {[]byte("second"), "two"}}
	if got := [][]driver.Value{first, second}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

// Values live as long as somebody holds them, whatever else of their slab is gone.
func TestBox(t *testing.T) {
	var keep []driver.Value
	for i := range 1000 {
		row := []driver.Value{int64(i), float64(i), strings.Repeat("s", i%50), time.Unix(int64(i), 0).UTC(), []byte{byte(i)}}
		got := replayed(t, recorded(t, []string{"i", "f", "s", "t", "b"}, row, row, row))[1]
		keep = append(keep, got[i%5])
		if i%100 == 0 {
			runtime.GC()
		}
	}
	for i, v := range keep {
		want := []driver.Value{int64(i), float64(i), strings.Repeat("s", i%50), time.Unix(int64(i), 0).UTC(), []byte{byte(i)}}[i%5]
		if !reflect.DeepEqual(v, want) {
			t.Fatalf("%d: got %#v; want %#v", i, v, want)
		}
	}
}

// Of an entry that names a type nobody here has met, nothing is made.
func TestUnknownTypes(t *testing.T) {
	if _, ok := coded(byte(typeKnown + len(knownTypes))); ok {
		t.Error("a type of a later version is known")
	}
	types := &scanTypes{}
	if _, ok := types.named("elsewhere.Type"); ok {
		t.Error("a type that nobody learned is known")
	}
	type local struct{ _ int }
	first := reflect.TypeFor[local]()
	name, ok := types.learn(first)
	if got, found := types.named(name); !ok || !found || got != first {
		t.Errorf("got %v, %v; want %v", got, found, first)
	}
	func() {
		type local struct{ _ int }
		if _, ok := types.learn(reflect.TypeFor[local]()); ok {
			t.Error("two types have one name")
		}
	}()
}

func FuzzReplay(f *testing.F) {
	when := time.Date(2026, 7, 1, 0, 0, 0, 0, time.FixedZone("X", 60))
	f.Add(recorded(f, []string{"a", "b"}, []driver.Value{int64(1), "x"}, []driver.Value{nil, []byte("y")}))
	f.Add(recorded(f, []string{"a"}, []driver.Value{when}, []driver.Value{1.5}, []driver.Value{uint32(1)}))
	f.Add(recorded(f, nil, nil, nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, err := newReplay(payload, &scanTypes{})
		if err != nil {
			return
		}
		// Whatever can be read is rows, to the end.
		row := make([]driver.Value, len(r.Columns()))
		for n := r.rows; n > 0 && n < 1<<16; n-- {
			if err := r.Next(row); err != nil {
				t.Fatal(err)
			}
		}
		for i := range r.Columns() {
			r.ColumnTypeScanType(i)
			r.ColumnTypeDatabaseTypeName(i)
			r.ColumnTypeLength(i)
			r.ColumnTypeNullable(i)
			r.ColumnTypePrecisionScale(i)
		}
	})
}

// Every payload cut short, and every one with a byte changed, is refused or is rows.
func TestDamagedPayload(t *testing.T) {
	when := time.Date(2026, 7, 1, 0, 0, 0, 0, time.FixedZone("X", 60))
	payload := recorded(t, []string{"a", "b", "c"}, []driver.Value{int64(1), "xyz", when}, []driver.Value{nil, []byte("y"), 1.5})
	for n := range payload {
		if _, err := newReplay(payload[:n], &scanTypes{}); err == nil {
			t.Errorf("the first %d of %d bytes are a payload", n, len(payload))
		}
	}
	for n := range payload {
		for _, with := range []byte{0, 1, 0x7f, 0x80, 0xff} {
			damaged := bytes.Clone(payload)
			damaged[n] = with
			r, err := newReplay(damaged, &scanTypes{})
			if err != nil {
				continue
			}
			for row := make([]driver.Value, len(r.Columns())); r.Next(row) == nil; {
			}
		}
	}
}
