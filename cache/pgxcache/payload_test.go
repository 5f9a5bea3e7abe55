package pgxcache

import (
	"bytes"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
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
		if string(r.tag) != "SELECT 3" || r.count != 3 || !bytes.Equal(r.rows, rec.rows) {
			t.Errorf("got %s, %d rows, %x; want %x", r.tag, r.count, r.rows, rec.rows)
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

// What a hit gives may be written to.
func TestPayloadIsCopied(t *testing.T) {
	payload := sample().appendTo(nil)
	before := bytes.Clone(payload)
	r, _ := newCoder().parse(payload)
	clear(r.rows)
	clear(r.tag)
	if !bytes.Equal(payload, before) {
		t.Error("the payload has changed")
	}
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
