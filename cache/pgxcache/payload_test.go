package pgxcache

import (
	"bytes"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

func sample() *recording {
	r := &recording{
		fields: []pgconn.FieldDescription{
			{Name: "id", TableOID: 16384, TableAttributeNumber: 1, DataTypeOID: 20, DataTypeSize: 8, TypeModifier: -1, Format: 1},
			{Name: "", DataTypeOID: 1043, DataTypeSize: -1, TypeModifier: 24},
		},
		tag: pgconn.NewCommandTag("SELECT 3"),
	}
	r.add([][]byte{{0, 0, 0, 0, 0, 0, 0, 1}, []byte("text")})
	r.add([][]byte{nil, {}})
	r.add([][]byte{{}, nil})
	return r
}

func newCoder() *coder { return (&coders{}).get() }

func TestPayload(t *testing.T) {
	rec := sample()
	for range 2 { // taken apart, then remembered
		r, ok := newCoder().parse(rec.appendTo(nil))
		if !ok {
			t.Fatal("not taken apart")
		}
		if len(r.head.fields) != 2 || r.head.fields[0] != rec.fields[0] || r.head.fields[1] != rec.fields[1] {
			t.Errorf("got %+v; want %+v", r.head.fields, rec.fields)
		}
		if r.tag() != rec.tag || r.count != 3 || !bytes.Equal(r.values(), rec.rows) {
			t.Errorf("got %v, %d rows, %x; want %x", r.tag(), r.count, r.values(), rec.rows)
		}
		rows := newReplay(r, newCoder(), nil)
		for i, want := range [][]bool{{false, false}, {true, false}, {false, true}} {
			if !rows.Next() {
				t.Fatalf("row %d is missing", i)
			}
			for j, v := range rows.RawValues() {
				if (v == nil) != want[j] {
					t.Errorf("row %d, column %d: got NULL %v; want %v", i, j, v == nil, want[j])
				}
			}
		}
		if rows.Next() {
			t.Error("got a fourth row")
		}
	}
}

// A spoiler writes to what it scans.
type spoiler struct{}

func (*spoiler) ScanBytes(v []byte) error {
	clear(v)
	return nil
}

// What a hit gives may be written to: the entry is not, and the row stays as it is.
func TestHitMayBeWrittenTo(t *testing.T) {
	for name, spoil := range map[string]func(r *replay){
		"RawValues": func(r *replay) {
			for _, v := range r.RawValues() {
				clear(v)
			}
		},
		"Values": func(r *replay) {
			values, _ := r.Values()
			clear(values[1].([]byte))
		},
		"FieldDescriptions": func(r *replay) { clear(r.FieldDescriptions()) },
		"Scan into a type of the program's": func(r *replay) {
			_ = r.Scan(nil, &spoiler{})
		},
		"Scan into bytes": func(r *replay) {
			var b []byte
			_ = r.Scan(nil, &b)
			clear(b)
		},
		"Scan into bytes that are lent": func(r *replay) {
			var b pgtype.DriverBytes
			_ = r.Scan(nil, &b)
			clear(b)
		},
		"a codec of the program's": func(r *replay) {
			r.TypeMap().RegisterType(&pgtype.Type{Name: "own", OID: pgtype.ByteaOID, Codec: spoilingCodec{}})
			var s string
			_ = r.Scan(nil, &s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			rec := &recording{fields: []pgconn.FieldDescription{
				{Name: "id", DataTypeOID: pgtype.Int8OID, Format: 1},
				{Name: "b", DataTypeOID: pgtype.ByteaOID, Format: 1},
			}}
			for range 2 {
				rec.add([][]byte{{0, 0, 0, 0, 0, 0, 0, 7}, []byte("bytes")})
			}
			payload := rec.appendTo(nil)
			before := bytes.Clone(payload)
			c := newCoder()
			for range 2 { // from the second on, the plans are remembered
				got, _ := c.parse(payload)
				r := newReplay(got, c, nil)
				for r.Next() {
					var id int
					if err := r.Scan(&id, nil); err != nil || id != 7 {
						t.Fatalf("before: got %d, %v; want 7", id, err)
					}
					spoil(r)
					if name == "RawValues" {
						continue
					}
					if err := r.Scan(&id, nil); err != nil || id != 7 {
						t.Errorf("after: got %d, %v; want 7", id, err)
					}
				}
				r.Close()
			}
			if !bytes.Equal(payload, before) {
				t.Error("the payload has changed")
			}
		})
	}
}

// So may the codecs of a program, which the pool's connections have.
func TestCodecsMayWrite(t *testing.T) {
	rec := &recording{fields: []pgconn.FieldDescription{{Name: "b", DataTypeOID: pgtype.ByteaOID, Format: 1}}}
	rec.add([][]byte{[]byte("bytes")})
	payload := rec.appendTo(nil)
	before := bytes.Clone(payload)
	m := pgtype.NewMap()
	m.RegisterType(&pgtype.Type{Name: "own", OID: pgtype.ByteaOID, Codec: spoilingCodec{}})
	for range 2 {
		c := newCoders(m).get()
		got, _ := c.parse(payload)
		r := newReplay(got, c, nil)
		r.Next()
		var s string
		_ = r.Scan(&s)
		_, _ = r.Values()
		r.Close()
	}
	if !bytes.Equal(payload, before) {
		t.Error("the payload has changed")
	}
	c := newCoders(m).get()
	got, _ := c.parse(payload)
	r := newReplay(got, c, nil)
	r.Next()
	if _, _ = r.Values(); !bytes.Equal(payload, before) {
		t.Error("the payload has changed by Values")
	}
}

// A type that is registered with the rows counts for them, whatever the coder has
// scanned before.
func TestRegisterTypeWithTheRows(t *testing.T) {
	rec := &recording{fields: []pgconn.FieldDescription{{Name: "b", DataTypeOID: pgtype.ByteaOID, Format: 1}}}
	rec.add([][]byte{[]byte("bytes")})
	payload := rec.appendTo(nil)
	c := newCoder()
	for _, own := range []bool{false, true} {
		got, _ := c.parse(payload)
		r := newReplay(got, c, nil)
		if own {
			r.TypeMap().RegisterType(&pgtype.Type{Name: "own", OID: pgtype.ByteaOID, Codec: spoilingCodec{}})
		}
		r.Next()
		b := []byte("before")
		if err := r.Scan(&b); err != nil || string(b) == "before" != own {
			t.Errorf("own %v: got %q, %v", own, b, err)
		}
	}
}

// A spoilingCodec writes to what it reads.
type spoilingCodec struct{ pgtype.ByteaCodec }

func (spoilingCodec) DecodeValue(_ *pgtype.Map, _ uint32, _ int16, src []byte) (any, error) {
	clear(src)
	return nil, nil
}

func (spoilingCodec) PlanScan(*pgtype.Map, uint32, int16, any) pgtype.ScanPlan { return spoilingPlan{} }

type spoilingPlan struct{}

func (spoilingPlan) Scan(src []byte, _ any) error {
	clear(src)
	return nil
}

// Nothing cut short, and nothing with more behind it, is taken for a payload.
func TestPayloadCutShort(t *testing.T) {
	whole := sample().appendTo(nil)
	for n := range len(whole) {
		if _, ok := newCoder().parse(whole[:n]); ok {
			t.Errorf("%d of %d bytes are taken for all", n, len(whole))
		}
	}
	if _, ok := newCoder().parse(append(whole, 0)); ok {
		t.Error("a byte too many is not seen")
	}
}

func FuzzPayload(f *testing.F) {
	whole := sample().appendTo(nil)
	f.Add(whole)
	f.Add((&recording{}).appendTo(nil))
	for i := range whole {
		damaged := bytes.Clone(whole)
		damaged[i] ^= 0x81
		f.Add(damaged)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c := newCoder()
		r, ok := c.parse(b)
		if !ok {
			return
		}
		const enough = 1000 // rows without columns have no bytes
		rows := newReplay(r, c, nil)
		for n := 0; rows.Next() && n < enough; n++ {
			_, _ = rows.Values() // may not fit their types
		}
		rows.Close()
	})
}
