package sqlcache

import (
	"database/sql/driver"
	"reflect"
	"time"
)

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
	return !isNamed(t, pgxPath, "NamedArgs", "StrictNamedArgs")
}
