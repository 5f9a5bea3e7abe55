package sqlcache

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"time"
)

// An argType is what matters of an argument's type. It is immutable.
type argType struct {
	name     string // with the path of its package: types that differ have different ones
	form     form
	speaks   bool // has methods by which a driver may ask what to send
	rewrites bool // as an argument it may send another text

	parts []*argType // of a structure; or the only one, of a pointer or a list
}

// A form is how the values of a type go into a key.
type form byte

const (
	refused form = iota
	text
	boolean
	signed
	unsigned
	float
	moment    // time.Time
	address   // netip.Addr
	prefix    // netip.Prefix
	byteSlice // []byte, by whatever name
	byteArray
	pointer
	list
	structure
	namedArgs // pgx's
)

// argTypes remembers argTypeOf. It grows by one for each type that a program passes.
var argTypes sync.Map // reflect.Type -> *argType

func argTypeOf(t reflect.Type) *argType {
	if has, ok := argTypes.Load(t); ok {
		return has.(*argType)
	}
	at := newArgType(t, 0)
	at.rewrites = rewrites(t)
	if isNamed(t, pgxPath, "NamedArgs", "StrictNamedArgs") {
		at.form = namedArgs // nowhere but as an argument
	}
	has, _ := argTypes.LoadOrStore(t, at)
	return has.(*argType)
}

// maxDepth is how deep a type may be made of others. One that is made of itself has
// no end.
const maxDepth = 8

func newArgType(t reflect.Type, depth int) *argType {
	at := &argType{name: typeName(t)}
	if depth == maxDepth {
		return at
	}
	trusted := trusted(t)
	at.form, at.parts = formOf(t, trusted, depth)
	if at.form != refused && !trusted && t.Name() != "" {
		var ok bool
		if at.speaks, ok = speaks(t); !ok {
			at.form = refused
		}
	}
	return at
}

// formOf gives the form of a type made of plain data, and its parts.
func formOf(t reflect.Type, trusted bool, depth int) (form, []*argType) {
	switch t.Kind() {
	case reflect.String:
		return text, nil
	case reflect.Bool:
		return boolean, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return signed, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return unsigned, nil
	case reflect.Float32, reflect.Float64:
		return float, nil
	case reflect.Pointer:
		return formOfParts(pointer, depth, t.Elem())
	case reflect.Slice, reflect.Array:
		return formOfList(t, depth)
	case reflect.Struct:
		if trusted {
			return formOfStruct(t, depth)
		}
	}
	return refused, nil
}

// formOfList refuses what has no size: it has nothing to tell it by.
func formOfList(t reflect.Type, depth int) (form, []*argType) {
	switch {
	case t.Size() == 0:
		return refused, nil
	case t.Elem() != reflect.TypeFor[byte]():
		return formOfParts(list, depth, t.Elem())
	case t.Kind() == reflect.Slice:
		return byteSlice, nil
	}
	return byteArray, nil
}

func formOfStruct(t reflect.Type, depth int) (form, []*argType) {
	switch t {
	case reflect.TypeFor[time.Time]():
		return moment, nil
	case reflect.TypeFor[netip.Addr]():
		return address, nil
	case reflect.TypeFor[netip.Prefix]():
		return prefix, nil
	}
	fields := make([]reflect.Type, t.NumField())
	for i := range fields {
		if f := t.Field(i); f.IsExported() || isNamed(t, "math/big", "Int") {
			fields[i] = f.Type
		} else {
			return refused, nil
		}
	}
	return formOfParts(structure, depth, fields...)
}

// formOfParts gives f, if all the parts are plain data.
func formOfParts(f form, depth int, types ...reflect.Type) (form, []*argType) {
	parts := make([]*argType, len(types))
	for i, t := range types {
		if parts[i] = newArgType(t, depth+1); parts[i].form == refused {
			return refused, nil
		}
	}
	return f, parts
}

const (
	pgxPath    = "github.com/jackc/pgx/v5"
	pgtypePath = pgxPath + "/pgtype"
)

// trusted reports whether t is known: what its methods tell a driver is a function of
// its data, the same in every version of every program.
func trusted(t reflect.Type) bool {
	switch path := t.PkgPath(); path {
	case "time":
		return isNamed(t, path, "Time", "Duration", "Month", "Weekday")
	case "database/sql":
		return strings.HasPrefix(t.Name(), "Null") || t.Name() == "RawBytes"
	case "encoding/json":
		return isNamed(t, path, "RawMessage", "Number")
	case "net":
		return isNamed(t, path, "IP", "IPMask", "IPNet", "HardwareAddr")
	case "net/netip":
		return isNamed(t, path, "Addr", "Prefix")
	case "math/big":
		return isNamed(t, path, "Int", "nat", "Word")
	case "github.com/google/uuid", "github.com/gofrs/uuid", "github.com/gofrs/uuid/v5":
		return isNamed(t, path, "UUID", "NullUUID")
	case pgxPath:
		return isNamed(t, path, "QueryExecMode", "QueryResultFormats")
	case pgtypePath, pgtypePath + "/zeronull":
		return true
	}
	return false
}

// isNamed reports whether t is one of the named types of the package.
func isNamed(t reflect.Type, path string, names ...string) bool {
	if t.PkgPath() != path {
		return false
	}
	for _, name := range names {
		if t.Name() == name {
			return true
		}
	}
	return false
}

// speaks reports whether the values of t have methods by which they tell a driver
// what to send, and whether that can be heard: see keyWords. pgx asks by many more
// methods, which return types of its own, and before all others; and by those of
// pointers, which may say something else each time.
func speaks(t reflect.Type) (speaks, ok bool) {
	p := reflect.PointerTo(t)
	for i := range p.NumMethod() {
		m := p.Method(i)
		switch m.Name {
		case "Value", "String", "MarshalText", "MarshalJSON":
			if _, has := t.MethodByName(m.Name); !has {
				return false, false
			}
			speaks = true
		case "MarshalXML", "MarshalJSONTo", "EncodeText", "EncodeBinary", "IsNull", "Dimensions":
			return false, false
		}
		for i := range m.Type.NumOut() {
			if strings.Contains(typeName(m.Type.Out(i)), "github.com/jackc/") {
				return false, false
			}
		}
	}
	return speaks, true
}

// typeName is t's name with its import path and its kind, or how it is made of such.
// (Types that functions declare may share a name, but have no methods.)
func typeName(t reflect.Type) string {
	switch {
	case t.PkgPath() != "":
		return t.PkgPath() + "." + t.Name() + " " + t.Kind().String()
	case t.Name() != "":
		return t.Name()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + typeName(t.Elem())
	case reflect.Slice:
		return "[]" + typeName(t.Elem())
	case reflect.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), typeName(t.Elem()))
	}
	return t.String()
}
