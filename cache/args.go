package cache

import (
	"bytes"
	"encoding/binary"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// Args are a query's arguments in the form that goes into its key: typed and
// length-prefixed, so that NULL, ”, 0, '0' and false are all different, and
// ("a","bc") is not ("ab","c"). A wrapper fills it for each query with everything
// that it will send besides the text: the arguments in their wire form with their
// types, and the result formats.
//
// The zero value is empty. It is not safe for concurrent use.
type Args struct {
	buf    []byte
	reason Reason
}

// maxArgs is how much memory an empty Args holds on to.
const maxArgs = 16 << 10

// Reset empties a, and keeps its memory if that is little.
func (a *Args) Reset() {
	if cap(a.buf) > maxArgs {
		a.buf = nil
	}
	a.buf, a.reason = a.buf[:0], Reason{}
}

// Field adds a value of the named type. Two values of a type that differ to the
// database have different bytes.
func (a *Args) Field(typ string, value []byte) {
	a.head(typ, len(value))
	a.buf = append(a.buf, value...)
}

// Text adds a value that reaches the database as text. A special date input
// ('now', 'today', ...) rules out the cache, since it may mean another moment
// each time.
func (a *Args) Text(typ, value string) {
	if sqlparse.SpecialDate(value) {
		a.Refuse(Reason{Code: ArgumentDate})
	}
	a.head(typ, len(value))
	a.buf = append(a.buf, value...)
}

// Uint64 adds a value of the named type that 64 bits tell apart.
func (a *Args) Uint64(typ string, value uint64) {
	a.head(typ, 8)
	a.buf = binary.LittleEndian.AppendUint64(a.buf, value)
}

// Null adds a NULL. It differs from every value.
func (a *Args) Null() { a.buf = append(a.buf, 0) }

// Refuse says that the arguments are no key, and why: the query bypasses
// the cache. The first reason stands.
func (a *Args) Refuse(r Reason) {
	if a.reason.Code == "" {
		a.reason = r
	}
}

// head starts a field: 1 + the length of its type's name (0 is NULL), the name, the
// length of the value.
func (a *Args) head(typ string, n int) {
	a.buf = binary.AppendUvarint(a.buf, uint64(len(typ))+1)
	a.buf = append(a.buf, typ...)
	a.buf = binary.AppendUvarint(a.buf, uint64(n))
}

// Equal reports whether both are the arguments of one query.
func (a *Args) Equal(b *Args) bool { return a.reason == b.reason && bytes.Equal(a.buf, b.buf) }
