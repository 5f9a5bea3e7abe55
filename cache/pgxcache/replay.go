package pgxcache

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// A replay is pgx.Rows over rows that were read before, by this call or another. It
// follows pgx's own rows (baseRows in rows.go of v5.12) method by method, errors
// included.
//
// The program may write to what it is lent, and so may a codec of its own. Where the
// rows are the store's, they are copied before anybody sees their bytes but pgx's own
// codecs, which scan a value into a variable and leave it alone: see [replay.own]. One
// row in an integer or a string is not worth a copy.
type replay struct {
	result // its count is of the rows after the current one

	coder  *coder                     // nil once given back
	fields *[]pgconn.FieldDescription // the program's; nil: it has not asked
	err    error
	at     uint32 // where in data the rows after the current one begin

	closed bool
	lent   bool // somebody has the coder's type map
	late   bool // err comes after the rows: it is the query's
}

// newReplay returns the rows of r, and then fail. They own c.
func newReplay(r result, c *coder, fail error) *replay {
	c.values = c.values[:0] // there is no current row
	return &replay{result: r, coder: c, err: fail, late: fail != nil}
}

func (r *replay) Close() {
	if r.closed {
		return
	}
	r.closed = true
	if !r.lent {
		r.coder.free()
		r.coder = nil
	}
}

func (r *replay) Err() error {
	if r.late && !r.closed {
		return nil
	}
	return r.err
}

// CommandTag returns the tag of the query, once the rows are closed.
func (r *replay) CommandTag() pgconn.CommandTag {
	if !r.closed {
		return pgconn.CommandTag{}
	}
	return r.tag()
}

func (r *replay) FieldDescriptions() []pgconn.FieldDescription {
	if r.fields == nil {
		fields := slices.Clone(r.head.fields)
		r.fields = &fields
	}
	return *r.fields
}

func (r *replay) Next() bool {
	if r.closed {
		return false
	}
	if r.count == 0 {
		r.Close()
		return false
	}
	r.count--
	r.cut(r.at)
	return true
}

// cut makes the row that begins at a place in data the current one.
func (r *replay) cut(at uint32) {
	values, rest := r.coder.values[:0], r.data[at:]
	for range r.head.fields {
		var v []byte
		v, rest = cutValue(rest)
		values = append(values, v)
	}
	r.coder.values, r.at = values, uint32(len(r.data)-len(rest))
}

// current returns the values of the current row.
func (r *replay) current() [][]byte {
	if r.closed {
		return nil
	}
	return r.coder.values
}

// own gives the rows memory of their own.
func (r *replay) own() {
	if !r.shared {
		return
	}
	r.shared = false
	r.data = slices.Clone(r.data)
	if values := r.current(); len(values) > 0 {
		at := r.at
		for _, v := range values {
			at -= uint32(4 + len(v))
		}
		r.cut(at)
	}
}

// fatal closes the rows with an error.
func (r *replay) fatal(err error) {
	if r.Err() != nil {
		return
	}
	r.err, r.late = err, false
	r.Close()
}

func (r *replay) Scan(dest ...any) error {
	n, values := len(r.head.fields), r.current()
	if n != len(values) {
		err := fmt.Errorf("number of field descriptions must equal number of values, got %d and %d", n, len(values))
		r.fatal(err)
		return err
	}
	if len(dest) == 1 {
		if rs, ok := dest[0].(pgx.RowScanner); ok {
			err := rs.ScanRow(r)
			if err != nil {
				r.fatal(err)
			}
			return err
		}
	}
	if n != len(dest) {
		err := fmt.Errorf("number of field descriptions must equal number of destinations, got %d and %d", n, len(dest))
		r.fatal(err)
		return err
	}
	for i, d := range dest {
		if d == nil {
			continue
		}
		if err := r.scan(i, d); err != nil {
			err = pgx.ScanArgError{ColumnIndex: i, FieldName: r.head.fields[i].Name, Err: err}
			r.fatal(err)
			return err
		}
	}
	return nil
}

// scan scans the value of column i.
func (r *replay) scan(i int, dest any) error {
	p := &r.head.plans[i]
	if target := reflect.TypeOf(dest); p.target != target {
		f := &r.head.fields[i]
		p.scan, p.target, p.reads = r.coder.types.PlanScan(f.DataTypeOID, f.Format, dest), target, r.coder.reads(dest)
	}
	if !p.reads {
		r.own()
	}
	return p.scan.Scan(r.coder.values[i], dest)
}

func (r *replay) Values() ([]any, error) {
	if r.closed {
		return nil, errors.New("rows is closed")
	}
	r.own()
	values := make([]any, 0, len(r.head.fields))
	for i := range r.coder.values {
		v, err := r.value(i)
		if err != nil {
			r.fatal(err)
			return nil, err
		}
		values = append(values, v)
	}
	return values, r.Err()
}

// value decodes the value of column i.
func (r *replay) value(i int) (any, error) {
	raw, f := r.coder.values[i], &r.head.fields[i]
	if raw == nil {
		return nil, nil
	}
	if t, ok := r.coder.types.TypeForOID(f.DataTypeOID); ok {
		return t.Codec.DecodeValue(r.coder.types, f.DataTypeOID, f.Format, raw)
	}
	switch f.Format {
	case pgx.TextFormatCode:
		return string(raw), nil
	case pgx.BinaryFormatCode:
		return append([]byte{}, raw...), nil
	}
	return nil, errors.New("unknown format code")
}

func (r *replay) RawValues() [][]byte {
	r.own()
	return r.current()
}

// TypeMap returns the map that the values are decoded with. It stays the caller's.
func (r *replay) TypeMap() *pgtype.Map {
	if r.coder == nil {
		return nil
	}
	if !r.lent {
		r.own()                         // a type that is registered there may write to them,
		r.head = newHead(r.head.fields) // and has plans of its own
		r.lent = true
	}
	return r.coder.types
}

// Conn returns nil, as pgx allows: the rows are not on a connection.
func (r *replay) Conn() *pgx.Conn { return nil }
