package sqlcache

import (
	"database/sql"
	"reflect"
	"sync"
	"time"
)

// A reflect.Type has a stored form: its place among the types that drivers give for
// columns, or its name. A process finds the type of a name only if its own driver
// has given it before: what names another is not understood, and replaced.

// The codes of types. The order of knownTypes is part of the stored form.
const (
	typeNone  = 0 // a driver that gives no type
	typeNamed = 1 // a name follows
	typeKnown = 2 // the first of knownTypes
)

var knownTypes = []reflect.Type{
	reflect.TypeFor[any](),
	reflect.TypeFor[bool](),
	reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int16](),
	reflect.TypeFor[int32](), reflect.TypeFor[int64](),
	reflect.TypeFor[uint](), reflect.TypeFor[uint8](), reflect.TypeFor[uint16](),
	reflect.TypeFor[uint32](), reflect.TypeFor[uint64](),
	reflect.TypeFor[float32](), reflect.TypeFor[float64](),
	reflect.TypeFor[string](), reflect.TypeFor[[]byte](), reflect.TypeFor[time.Time](),
	reflect.TypeFor[sql.RawBytes](),
	reflect.TypeFor[sql.NullBool](), reflect.TypeFor[sql.NullByte](), reflect.TypeFor[sql.NullInt16](),
	reflect.TypeFor[sql.NullInt32](), reflect.TypeFor[sql.NullInt64](),
	reflect.TypeFor[sql.NullFloat64](), reflect.TypeFor[sql.NullString](), reflect.TypeFor[sql.NullTime](),
}

var codeOfType = func() map[reflect.Type]byte {
	codes := map[reflect.Type]byte{nil: typeNone}
	for i, t := range knownTypes {
		codes[t] = byte(typeKnown + i)
	}
	return codes
}()

// scanTypes are the types that a connector's driver has given, by name. It is safe
// for concurrent use.
type scanTypes struct{ byName sync.Map } // string -> reflect.Type

// learn returns the name by which t can be found, and false if another type has it.
func (s *scanTypes) learn(t reflect.Type) (name string, ok bool) {
	name = t.String()
	if t.Name() != "" {
		name = t.PkgPath() + "." + t.Name()
	}
	has, _ := s.byName.LoadOrStore(name, t)
	return name, has == t
}

// named returns the type of that name, and false if this process has not met it.
func (s *scanTypes) named(name string) (reflect.Type, bool) {
	t, ok := s.byName.Load(name)
	if !ok {
		return nil, false
	}
	return t.(reflect.Type), true
}

// coded returns the type of a code other than typeNamed.
func coded(code byte) (reflect.Type, bool) {
	switch i := int(code) - typeKnown; {
	case code == typeNone:
		return nil, true
	case i < 0 || i >= len(knownTypes):
		return nil, false
	default:
		return knownTypes[i], true
	}
}
