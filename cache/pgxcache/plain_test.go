package pgxcache

import (
	"fmt"
	"math"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/gojohnny/gojohnny/cache"
)

// What is keyed without pgx is keyed as pgx would have it: the bytes, the format, the
// refusal.
func TestPlainKeysArePgxs(t *testing.T) {
	type text string // another type
	plain := 0
	for _, oid := range []uint32{
		0, pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.TextOID, pgtype.VarcharOID, pgtype.NumericOID,
		pgtype.Float8OID, pgtype.DateOID, pgtype.TimestamptzOID, pgtype.JSONBOID, pgtype.UUIDOID, pgtype.ByteaOID, 99999,
	} {
		for _, arg := range []any{
			0, -1, 42, math.MaxInt32, math.MaxInt32 + 1, math.MinInt32 - 1, math.MaxInt64,
			int64(7), int64(math.MinInt64), int32(7), int32(math.MinInt32),
			"", "a", "42", "now", "today", "{tomorrow}", "3f0e", "NULL",
			nil, int16(7), uint64(7), 4.5, true, []byte("a"), text("a"), new(string),
		} {
			c := newCoder()
			c.call = call{coder: c, args: []any{arg}}
			sd := &pgconn.StatementDescription{ParamOIDs: []uint32{oid}}
			c.call.keyOwn(sd)
			c.call.key(&c.check, c.types, sd)
			if !c.args.Equal(&c.check) {
				t.Errorf("%T(%v) for a parameter of type %d: got %+v; want %+v", arg, arg, oid, c.args, c.check)
			}
			if keyPlain(new(cache.Args), oid, arg) {
				plain++
			}
		}
	}
	if plain < 100 {
		t.Errorf("%d are plain; want more", plain)
	}
}

// A program that registered types of its own may send anything as anything.
func TestPlainKeysAreForPgxsTypes(t *testing.T) {
	m := pgtype.NewMap()
	m.RegisterType(&pgtype.Type{Name: "int8", OID: pgtype.Int8OID, Codec: pgtype.TextCodec{}})
	c := newCoders(m).get()
	c.call = call{coder: c, args: []any{int64(42)}}
	sd := &pgconn.StatementDescription{ParamOIDs: []uint32{pgtype.Int8OID}}
	c.call.keyOwn(sd)
	c.call.key(&c.check, m, sd)
	if !c.args.Equal(&c.check) {
		t.Errorf("got %+v; want %+v", c.args, c.check)
	}
}

func BenchmarkKey(b *testing.B) {
	c := newCoder()
	c.call = call{coder: c, args: []any{int64(42), "a name"}}
	sd := &pgconn.StatementDescription{ParamOIDs: []uint32{pgtype.Int8OID, pgtype.TextOID}}
	for name, key := range map[string]func(){
		"by=pgx": func() { c.call.key(&c.args, c.types, sd) },
		"plain":  func() { c.call.keyOwn(sd) },
	} {
		b.Run(fmt.Sprintf("%s/args=2", name), func(b *testing.B) {
			for b.Loop() {
				key()
			}
		})
	}
}
