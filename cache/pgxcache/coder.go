package pgxcache

import (
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/gojohnny/gojohnny/cache"
)

// A coder is what one call needs to encode its arguments and decode its rows. A
// pgtype.Map remembers plans as it goes, so that no two goroutines may use one at a
// time: calls borrow a coder, and give it back when they are done with its memory.
type coder struct {
	home  *coders
	types *pgtype.Map

	build  pgx.ExtendedQueryBuilder // of the key
	params pgconn.StatementDescription
	args   cache.Args
	check  cache.Args // the same arguments as the connection sends them

	call   call             // which borrowed it
	values [][]byte         // of the current row
	heads  map[string]*head // of results that it has read
}

// coders lend coders which all know the same types.
type coders struct {
	template *pgtype.Map // only ever copied; nil: the types that pgx brings
	idle     sync.Pool
}

// newCoders returns coders that know the types of a connection, which is at hand.
func newCoders(m *pgtype.Map) *coders { return &coders{template: copyTypes(m)} }

// copyTypes copies what Map.Copy does, and how Go values are wrapped. Neither copies
// what RegisterDefaultPgType said, which pgtype shows to nobody: see alike.
func copyTypes(m *pgtype.Map) *pgtype.Map {
	c := m.Copy()
	c.TryWrapEncodePlanFuncs = slices.Clone(m.TryWrapEncodePlanFuncs)
	c.TryWrapScanPlanFuncs = slices.Clone(m.TryWrapScanPlanFuncs)
	return c
}

func (cs *coders) get() *coder {
	if c, ok := cs.idle.Get().(*coder); ok {
		return c
	}
	c := &coder{home: cs}
	if cs.template == nil {
		c.types = pgtype.NewMap()
	} else {
		c.types = copyTypes(cs.template)
	}
	return c
}

// alike reports whether the coder surely encodes values of these parameter types as
// every connection does. Where types were registered, RegisterDefaultPgType may have
// been called too, which counts for values whose type the server does not say, or
// that the map does not know.
func (c *coder) alike(oids []uint32) bool {
	if c.home.template == nil {
		return true
	}
	return oids != nil && !slices.ContainsFunc(oids, func(oid uint32) bool {
		_, known := c.types.TypeForOID(oid)
		return !known
	})
}

// reads reports whether scanning into dest surely leaves the value's bytes alone, and keeps
// none of them: where pgx's own codec scans into a plain variable.
func (c *coder) reads(dest any) bool {
	if c.home.template != nil {
		return false
	}
	switch dest.(type) {
	case *string, *bool, *int, *int8, *int16, *int32, *int64, *uint, *uint8, *uint16, *uint32, *uint64,
		*float32, *float64, *time.Time:
		return true
	}
	return false
}

// free gives the coder back. Whoever had it does not touch it any more, nor what it
// lent.
func (c *coder) free() {
	clear(c.values)
	c.call = call{}
	c.home.idle.Put(c)
}
