package pgxcache

import (
	"encoding/binary"
	"math"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/gojohnny/gojohnny/cache"
)

// keyPlain keys an argument of the types that most have, as [call.key] does with what pgx
// makes of it, in a third of the time. It reports false, and has keyed nothing, where it
// does not know that surely. It is for pgx's own types alone; where they are not the
// connection's, what was sent is other than what was keyed, and is not kept.
func keyPlain(a *cache.Args, oid uint32, arg any) bool {
	var n int64
	switch arg := arg.(type) {
	case string:
		// pgx sends a string as it is, in text format, whatever the parameter's type.
		keyType(a, oid, pgtype.TextFormatCode)
		a.Text("v", arg)
		return true
	case int:
		n = int64(arg)
	case int64:
		n = arg
	case int32:
		n = int64(arg)
	default:
		return false
	}
	var b [8]byte
	switch {
	case oid == pgtype.Int8OID:
		keyType(a, oid, pgtype.BinaryFormatCode)
		binary.BigEndian.PutUint64(b[:], uint64(n))
		a.Field("v", b[:])
	case oid == pgtype.Int4OID && n >= math.MinInt32 && n <= math.MaxInt32:
		keyType(a, oid, pgtype.BinaryFormatCode)
		binary.BigEndian.PutUint32(b[:], uint32(n))
		a.Field("v", b[:4])
	default:
		return false
	}
	return true
}

// keyType keys the type of a parameter and the format of its argument.
func keyType(a *cache.Args, oid uint32, format int16) {
	a.Uint64("t", uint64(oid)<<16|uint64(uint16(format)))
}
