package sqlcache

import (
	"database/sql/driver"
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"time"

	"github.com/gojohnny/gojohnny/cache"
)

// keyValue adds v, whose type t is plain data: its parts, each with its type and its
// size, in an order that tells where each belongs. It reports whether they tell what
// v is.
func keyValue(key *cache.Args, v reflect.Value, t *argType) bool {
	switch t.form {
	case text:
		key.Text(t.name, v.String())
	case boolean:
		key.Uint64(t.name, uint64(flag(v.Bool(), 1)))
	case signed:
		key.Uint64(t.name, uint64(v.Int()))
	case unsigned:
		key.Uint64(t.name, v.Uint())
	case float:
		key.Uint64(t.name, math.Float64bits(v.Float()))
	case byteSlice:
		keyBytes(key, t.name, v.Bytes())
	case byteArray:
		keyByteArray(key, v, t)
	case pointer, list, structure:
		if !keyParts(key, v, t) {
			return false
		}
	default:
		if !keyKnown(key, v.Interface()) {
			return false
		}
	}
	return !t.speaks || keyWords(key, v.Interface())
}

// keyParts adds a pointer, a list or a structure.
func keyParts(key *cache.Args, v reflect.Value, t *argType) bool {
	switch {
	case t.form == pointer && v.IsNil():
		key.Uint64(t.name, 0)
		return true
	case t.form == pointer:
		key.Uint64(t.name, 1)
		return keyValue(key, v.Elem(), t.parts[0])
	case t.form == structure:
		key.Uint64(t.name, uint64(v.NumField()))
		for i, part := range t.parts {
			if !keyValue(key, v.Field(i), part) {
				return false
			}
		}
		return true
	}
	isNil := v.Kind() == reflect.Slice && v.IsNil()
	key.Uint64(t.name, uint64(v.Len())<<1|uint64(flag(isNil, 1)))
	for i := range v.Len() {
		if !keyValue(key, v.Index(i), t.parts[0]) {
			return false
		}
	}
	return true
}

// keyByteArray adds an array of bytes. It copies one that has no address.
func keyByteArray(key *cache.Args, v reflect.Value, t *argType) {
	var short [64]byte
	switch {
	case v.CanAddr():
		key.Text(t.name, textOf(v.Bytes()))
	case v.Len() <= len(short):
		for i := range v.Len() {
			short[i] = byte(v.Index(i).Uint())
		}
		key.Text(t.name, textOf(short[:v.Len()]))
	default:
		long := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(long), v)
		key.Text(t.name, textOf(long))
	}
}

// keyKnown adds a value of a type that tells what it is by its methods.
func keyKnown(key *cache.Args, v any) bool {
	var buf [64]byte
	switch v := v.(type) {
	case time.Time:
		keyTime(key, v)
	case netip.Addr:
		key.Field("netip.Addr", v.AppendTo(buf[:0]))
	case netip.Prefix:
		if !v.IsValid() {
			return false
		}
		key.Field("netip.Prefix", v.AppendTo(buf[:0]))
	default:
		return false
	}
	return true
}

// keyWords adds what v says of itself, for the drivers that ask. The value it has does
// not tell that to everybody who shares the store:
//
//	1: a program:     Status(1) is "shipped"     the rows of "shipped" are kept under 1
//	2: its next one:  Status(1) is "packed"      and is answered with them
func keyWords(key *cache.Args, v any) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false // the driver may not even ask
		}
	}()
	if v, ok := v.(driver.Valuer); ok {
		value, err := v.Value()
		if err != nil || !keyBasic(key, value) {
			return false
		}
	}
	if v, ok := v.(fmt.Stringer); ok {
		key.Text("String", v.String())
	}
	if v, ok := v.(encoding.TextMarshaler); ok {
		word, err := v.MarshalText()
		if err != nil {
			return false
		}
		key.Text("MarshalText", textOf(word))
	}
	if v, ok := v.(json.Marshaler); ok {
		word, err := v.MarshalJSON()
		if err != nil {
			return false
		}
		key.Text("MarshalJSON", textOf(word))
	}
	return true
}
