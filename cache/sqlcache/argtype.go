package sqlcache

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
)

// An argType is what matters of an argument's type. It is immutable.
type argType struct {
	name     string // no other type has it, in any program
	time     bool   // it is time.Time
	valuer   bool
	rewrites bool // as an argument it may send another text
	refused  bool // its values cannot be told apart
}

// argTypes remembers argTypeOf. It grows by one for each type that a program passes.
var argTypes sync.Map // reflect.Type -> *argType

func argTypeOf(t reflect.Type) *argType {
	if has, ok := argTypes.Load(t); ok {
		return has.(*argType)
	}
	at := &argType{
		name:     typeName(t),
		time:     t == reflect.TypeFor[time.Time](),
		valuer:   t.Kind() != reflect.Interface && t.Implements(valuerType),
		rewrites: rewrites(t),
	}
	if t.Kind() == reflect.Struct && !at.time {
		at.name += fieldNames(t)
	}
	at.refused = refused(t, at.valuer)
	has, _ := argTypes.LoadOrStore(t, at)
	return has.(*argType)
}

var nullType = &argType{name: "NULL"}

func argTypeOfValue(v any) *argType {
	if v == nil {
		return nullType
	}
	return argTypeOf(reflect.TypeOf(v))
}

// refused reports whether the values of t do not tell what a driver sends. A Valuer
// of no size has nothing but its method to tell, which may say something else each
// time (the moment, a new UUID); an output parameter is not sent at all, and would
// not be set by a hit.
func refused(t reflect.Type, valuer bool) bool {
	switch t {
	case reflect.TypeFor[sql.Out](), reflect.TypeFor[time.Location]():
		return true
	}
	return valuer && t.Size() == 0
}

// typeName is t's name with its import path, or how it is made of such.
func typeName(t reflect.Type) string {
	switch {
	case t.PkgPath() != "":
		return t.PkgPath() + "." + t.Name()
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
	case reflect.Map:
		return "map[" + typeName(t.Key()) + "]" + typeName(t.Elem())
	}
	return t.String()
}

// fieldNames are the names, types and tags of a struct's fields. A driver that sends
// a struct as JSON goes by these: two versions of a program that name a field in
// different ways must not share a key.
func fieldNames(t reflect.Type) string {
	var b strings.Builder
	for i := range t.NumField() {
		f := t.Field(i)
		fmt.Fprintf(&b, " %s %s %q;", f.Name, typeName(f.Type), f.Tag)
	}
	return b.String()
}

// rewritten reports whether one of the arguments may put another text in the place of
// the query's.
func rewritten(args []driver.NamedValue) bool {
	for i := range args {
		switch args[i].Value.(type) {
		case nil, string, int, int64, int32, bool, float64, []byte, time.Time:
		default:
			if argTypeOf(reflect.TypeOf(args[i].Value)).rewrites {
				return true
			}
		}
	}
	return false
}

// rewrites reports whether t is one of pgx's QueryRewriters, which is known by its
// method since this package does not import pgx. NamedArgs replace placeholders by
// others and nothing else: the text and the arguments tell what is sent.
func rewrites(t reflect.Type) bool {
	if _, ok := t.MethodByName("RewriteQuery"); !ok {
		return false
	}
	switch typeName(t) {
	case "github.com/jackc/pgx/v5.NamedArgs", "github.com/jackc/pgx/v5.StrictNamedArgs":
		return false
	}
	return true
}
