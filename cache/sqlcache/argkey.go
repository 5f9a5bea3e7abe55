package sqlcache

import (
	"database/sql/driver"
	"math"
	"reflect"
	"time"

	"github.com/gojohnny/gojohnny/cache"
)

// The key of a query holds its arguments as the program gave them: before the
// driver's conversion, since a hit has no connection to ask, and so with the Go type
// of each, since a driver may send an int and an int64, or two structs of the same
// fields, in different ways. The price is one entry for 1 and another for int64(1).
//
// INVARIANT: two lists of arguments that a driver may send differently differ here.
// A value is taken apart to its last part, exported or not. What cannot be taken
// apart (a function, a channel, a cycle) is refused.

// keyArgs fills key with args.
func keyArgs(key *cache.Args, args []driver.NamedValue) {
	key.Reset()
	for i := range args {
		if args[i].Name != "" {
			key.Field("name", bytesOf(args[i].Name))
		}
		keyArg(key, args[i].Value)
	}
}

// keyArg adds a value: those that most arguments are without reflection.
func keyArg(key *cache.Args, v any) {
	switch v := v.(type) {
	case nil:
		key.Null()
	case string:
		key.Text("string", v)
	case int:
		key.Uint64("int", uint64(v))
	case int64:
		key.Uint64("int64", uint64(v))
	case int32:
		key.Uint64("int32", uint64(v))
	case bool:
		key.Uint64("bool", uint64(flag(v, 1)))
	case float64:
		key.Uint64("float64", math.Float64bits(v))
	case []byte:
		keyBytes(key, v)
	case time.Time:
		keyTime(key, v)
	default:
		walker{key}.walk(addressable(reflect.ValueOf(v)), 0)
	}
}

// keyBytes adds bytes, which a driver may send as text.
func keyBytes(key *cache.Args, b []byte) {
	if b == nil {
		key.Uint64("[]byte nil", 0)
		return
	}
	key.Text("[]byte", textOf(b))
}

// keyTime adds a time: drivers send the instant, or what the clock showed and the
// offset. The monotonic reading, which none sends, is left out.
func keyTime(key *cache.Args, t time.Time) {
	name, offset := t.Zone()
	key.Uint64("time", uint64(t.Unix()))
	key.Uint64("ns", uint64(t.Nanosecond())<<32|uint64(uint32(offset)))
	key.Field("zone", bytesOf(name))
	key.Field("location", bytesOf(t.Location().String()))
}
