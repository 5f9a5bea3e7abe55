package sqlcache

import (
	"cmp"
	"database/sql/driver"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/gojohnny/gojohnny/cache"
)

// maxDepth is how deep arguments are looked into. Deeper ones, and those that contain
// themselves, are refused.
const maxDepth = 16

// A walker takes values of any type apart and adds the parts to a key, each with its
// type and its size, in an order that tells where each belongs.
type walker struct{ key *cache.Args }

func (w walker) refuse(t *argType) {
	w.key.Refuse(cache.Reason{Code: cache.ArgumentType, Detail: t.name})
}

// walk adds v, and besides what v says of itself to a driver that asks for its
// Value, which may hold more than its parts tell.
func (w walker) walk(v reflect.Value, depth int) {
	if !v.IsValid() {
		w.key.Null()
		return
	}
	t := argTypeOf(v.Type())
	if t.refused || depth > maxDepth {
		w.refuse(t)
		return
	}
	w.parts(v, t, depth)
	if !t.valuer || !v.CanInterface() {
		return // what the driver cannot call, what contains it does
	}
	value, err := valueOf(v.Interface().(driver.Valuer))
	if err != nil {
		w.refuse(t) // its parts are all that is left to tell it by
		return
	}
	w.key.Field("Value", nil)
	w.parts(addressable(reflect.ValueOf(value)), argTypeOfValue(value), depth+1)
}

func (w walker) parts(v reflect.Value, t *argType, depth int) {
	switch v.Kind() {
	case reflect.Invalid:
		w.key.Null()
	case reflect.String:
		w.key.Text(t.name, v.String())
	case reflect.Bool:
		w.key.Uint64(t.name, uint64(flag(v.Bool(), 1)))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.key.Uint64(t.name, uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		w.key.Uint64(t.name, v.Uint())
	case reflect.Float32, reflect.Float64:
		w.key.Uint64(t.name, math.Float64bits(v.Float()))
	case reflect.Complex64, reflect.Complex128:
		w.key.Uint64(t.name, math.Float64bits(real(v.Complex())))
		w.key.Uint64("imaginary", math.Float64bits(imag(v.Complex())))
	case reflect.Pointer, reflect.Interface:
		w.pointer(v, t, depth)
	case reflect.Struct:
		w.fields(v, t, depth)
	case reflect.Slice, reflect.Array:
		w.elements(v, t, depth)
	case reflect.Map:
		w.entries(v, t, depth)
	default: // a function, a channel, an unsafe.Pointer
		if !v.IsNil() {
			w.refuse(t)
		}
		w.key.Uint64(t.name, 0)
	}
}

func (w walker) pointer(v reflect.Value, t *argType, depth int) {
	w.key.Uint64(t.name, uint64(flag(!v.IsNil(), 1)))
	if v.IsNil() {
		return
	}
	elem := v.Elem()
	if v.Kind() == reflect.Interface {
		elem = addressable(elem)
	}
	w.walk(elem, depth+1)
}

func (w walker) fields(v reflect.Value, t *argType, depth int) {
	if t.time {
		if !v.CanAddr() {
			w.refuse(t) // an unexported one in a map, out of reach
			return
		}
		keyTime(w.key, *(*time.Time)(v.Addr().UnsafePointer()))
		return
	}
	w.key.Uint64(t.name, uint64(v.NumField()))
	for i := range v.NumField() {
		w.walk(v.Field(i), depth+1)
	}
}

func (w walker) elements(v reflect.Value, t *argType, depth int) {
	isNil := v.Kind() == reflect.Slice && v.IsNil()
	if !isNil && v.Type().Elem().Kind() == reflect.Uint8 && (v.Kind() == reflect.Slice || v.CanAddr()) {
		w.key.Text(t.name, textOf(v.Bytes()))
		return
	}
	w.key.Uint64(t.name, uint64(v.Len())<<1|uint64(flag(isNil, 1)))
	for i := range v.Len() {
		w.walk(v.Index(i), depth+1)
	}
}

// entries adds a map in the order of its keys. Keys that have no order are refused.
func (w walker) entries(v reflect.Value, t *argType, depth int) {
	w.key.Uint64(t.name, uint64(v.Len())<<1|uint64(flag(v.IsNil(), 1)))
	keys := v.MapKeys()
	if len(keys) > 0 && !ordered(keys[0].Kind()) {
		w.refuse(t)
		return
	}
	slices.SortFunc(keys, compareKeys)
	for _, key := range keys {
		w.walk(key, depth+1)
		w.walk(addressable(v.MapIndex(key)), depth+1)
	}
}

func ordered(k reflect.Kind) bool {
	switch k {
	case reflect.String, reflect.Bool,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	}
	return false
}

// compareKeys compares keys of one ordered kind.
func compareKeys(a, b reflect.Value) int {
	switch {
	case a.Kind() == reflect.String:
		return cmp.Compare(a.String(), b.String())
	case a.Kind() == reflect.Bool:
		return cmp.Compare(flag(a.Bool(), 1), flag(b.Bool(), 1))
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	}
	return cmp.Compare(a.Uint(), b.Uint())
}

// addressable returns v, in memory of its own where it has no address and may be
// copied: the times in it, unexported too, are then within reach.
func addressable(v reflect.Value) reflect.Value {
	if !v.IsValid() || v.CanAddr() || !v.CanInterface() || v.Kind() != reflect.Struct && v.Kind() != reflect.Array {
		return v
	}
	p := reflect.New(v.Type()).Elem()
	p.Set(v)
	return p
}
