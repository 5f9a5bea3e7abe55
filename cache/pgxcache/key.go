package pgxcache

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/gojohnny/gojohnny/cache"
)

// A query is keyed by what pgx sends for it: each argument's wire bytes, their format,
// and the type of the parameter. Two Go values that reach the server as the same
// bytes are one query, and two programs agree on it whatever Go types they have.

// A way is how arguments and rows travel, as far as it shapes a result.
type way uint8

const (
	described   way = iota // typed as the server describes the statement
	undescribed            // QueryExecModeExec: all text, and the server infers their types
	literal                // QueryExecModeSimpleProtocol: all text, within the SQL
)

func wayOf(mode pgx.QueryExecMode) way {
	switch mode {
	case pgx.QueryExecModeExec:
		return undescribed
	case pgx.QueryExecModeSimpleProtocol:
		return literal
	}
	return described
}

// The names of the fields are short: with them, one number and a digest are one block of
// SHA-256.

// key writes into a what the call sends with the types of m and, if its way is
// described and it has arguments, those of its parameters; else sd is nil.
func (q *call) key(a *cache.Args, m *pgtype.Map, sd *pgconn.StatementDescription) {
	q.keyWay(a)
	if len(q.args) == 0 {
		return
	}
	build, params := &q.coder.build, sd
	if sd != nil {
		q.coder.params.ParamOIDs = sd.ParamOIDs // the fields would be formatted, too
		params = &q.coder.params
	}
	if err := build.Build(m, params, q.args); err != nil {
		a.Refuse(cache.Reason{Code: cache.ArgumentType}) // pgx will say so, too
		return
	}
	for i, v := range build.ParamValues {
		var oid uint32
		if sd != nil {
			oid = sd.ParamOIDs[i]
		}
		format := build.ParamFormats[i]
		keyType(a, oid, format)
		switch {
		case v == nil:
			a.Null()
		case mayHoldText(oid, format):
			a.Text("v", string(v))
		default:
			a.Field("v", v)
		}
		if format != pgx.TextFormatCode && hidesText(oid) && specialWithin(v) {
			a.Refuse(cache.Reason{Code: cache.ArgumentDate})
		}
	}
}

// keyOwn is key with the coder's own types.
func (q *call) keyOwn(sd *pgconn.StatementDescription) {
	a := &q.coder.args
	if sd == nil || len(sd.ParamOIDs) != len(q.args) || q.coder.home.template != nil {
		q.key(a, q.coder.types, sd)
		return
	}
	q.keyWay(a)
	for i, arg := range q.args {
		if !keyPlain(a, sd.ParamOIDs[i], arg) {
			q.key(a, q.coder.types, sd)
			return
		}
	}
}

// keyWay begins a key with what shapes the result besides text and arguments.
func (q *call) keyWay(a *cache.Args) {
	a.Reset()
	if q.way != described {
		a.Uint64("way", uint64(q.way))
	}
	q.keyFormats(a)
}

func (q *call) keyFormats(a *cache.Args) {
	if q.formats != nil {
		b := make([]byte, 0, 2*len(q.formats))
		for _, f := range q.formats {
			b = binary.BigEndian.AppendUint16(b, uint16(f))
		}
		a.Field("formats", b)
	}
	if q.formatsByOID != nil {
		a.Field("formats by type", nil)
		for _, oid := range slices.Sorted(maps.Keys(q.formatsByOID)) {
			a.Uint64("format", uint64(oid)<<16|uint64(uint16(q.formatsByOID[oid])))
		}
	}
}

// mayHoldText reports whether a parameter's bytes, or what is in them, may be read as
// a text, and so as a date that means another moment each time ('now').
func mayHoldText(oid uint32, format int16) bool {
	if format == pgx.TextFormatCode {
		return true
	}
	switch oid {
	case pgtype.BoolOID, pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.Float4OID, pgtype.Float8OID,
		pgtype.OIDOID, pgtype.UUIDOID, pgtype.NumericOID, pgtype.DateOID, pgtype.TimeOID, pgtype.TimestampOID,
		pgtype.TimestamptzOID, pgtype.IntervalOID, pgtype.Int2ArrayOID, pgtype.Int4ArrayOID, pgtype.Int8ArrayOID,
		pgtype.UUIDArrayOID:
		return false
	}
	return true
}

// hidesText reports whether texts in a binary value stand behind their lengths, which
// may look like letters.
func hidesText(oid uint32) bool {
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID, pgtype.JSONOID, pgtype.JSONBOID:
		return false
	}
	return mayHoldText(oid, pgx.BinaryFormatCode)
}

var specialDates = [][]byte{[]byte("now"), []byte("today"), []byte("tomorrow"), []byte("yesterday")}

func specialWithin(v []byte) bool {
	lower := bytes.ToLower(v)
	return slices.ContainsFunc(specialDates, func(word []byte) bool { return bytes.Contains(lower, word) })
}
