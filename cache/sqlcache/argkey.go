package sqlcache

import (
	"database/sql/driver"
	"maps"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/gojohnny/gojohnny/cache"
)

// The key of a query holds its arguments as the program gave them: before the
// driver's conversion, since a hit has no connection to ask, and so with the Go type
// of each, since a driver may send an int and an int64 in different ways. The price is
// one entry for 1 and another for int64(1).
//
// INVARIANT: two lists of arguments that a driver may send differently differ here.
// Only plain data is looked at: basic types, times, bytes, pointers to and lists of
// them, under any name, and types that are known (trusted). All else is refused, by
// its type and untouched: what a struct, a map or an interface means to a driver its
// methods may say, its owner may guard it by a lock, and it may have no end.
//
// What the methods of a program's own plain type say ("type Status int", a String)
// is expected to be a function of its value. It is heard all the same ([keyWords]).

// keyArgs fills key with args. It reports whether all of them are of types that it can
// tell apart; if not, it has refused them.
func keyArgs(key *cache.Args, args []driver.NamedValue) bool {
	key.Reset()
	for i := range args {
		if args[i].Name != "" {
			key.Field("name", bytesOf(args[i].Name))
		}
		if !keyArg(key, args[i].Value) {
			return false
		}
	}
	return true
}

// keyArg adds an argument.
func keyArg(key *cache.Args, v any) bool {
	if keyBasic(key, v) {
		return true
	}
	if t := argTypeOf(reflect.TypeOf(v)); t.form == namedArgs {
		return keyNamedArgs(key, t, reflect.ValueOf(v))
	}
	return keyPlain(key, v)
}

// keyPlain adds a value of plain data, by reflection where it must.
func keyPlain(key *cache.Args, v any) bool {
	if keyBasic(key, v) {
		return true
	}
	rv := reflect.ValueOf(v)
	if t := argTypeOf(rv.Type()); t.form != refused && t.form != namedArgs && keyValue(key, rv, t) {
		return true
	}
	key.Refuse(cache.Reason{Code: cache.ArgumentType, Detail: rv.Type().String()})
	return false
}

// keyBasic adds a value of the types that a [driver.Value] has, and of some more.
func keyBasic(key *cache.Args, v any) bool {
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
		keyBytes(key, "[]byte", v)
	case time.Time:
		keyTime(key, v)
	default:
		return false
	}
	return true
}

// keyBytes adds bytes, which a driver may send as text.
func keyBytes(key *cache.Args, typ string, b []byte) {
	if b == nil {
		key.Field("nil slice", bytesOf(typ))
		return
	}
	key.Text(typ, textOf(b))
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

// keyNamedArgs adds pgx's arguments by name, in the order of the names.
func keyNamedArgs(key *cache.Args, t *argType, v reflect.Value) bool {
	args, _ := v.Convert(reflect.TypeFor[map[string]any]()).Interface().(map[string]any) // its only type
	key.Uint64(t.name, uint64(len(args)))
	for _, name := range slices.Sorted(maps.Keys(args)) {
		key.Field("name", bytesOf(name))
		if !keyPlain(key, args[name]) {
			return false
		}
	}
	return true
}
