package pgxcache

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// A replay is pgx.Rows over rows that were read before, by this call or another. It
// follows pgx's own rows (baseRows in rows.go of v5.12) method by method, errors
// included.
type replay struct {
	result       // its rows are those after the current one
	fail   error // the query's, which comes after the rows

	fields []pgconn.FieldDescription // the program's; nil: it has not asked
	coder  *coder                    // nil once given back
	lent   bool                      // somebody has the coder's type map
	values [][]byte
	closed bool
	err    error

	row row // over this: one allocation less
}

// newReplay returns the rows of r, which they own, and then fail. They own c, too.
func newReplay(r result, c *coder, fail error) *replay {
	return &replay{result: r, fail: fail, coder: c}
}

func (r *replay) Close() {
	if r.closed {
		return
	}
	r.closed = true
	r.values = nil
	if r.err == nil {
		r.err = r.fail
	}
	if !r.lent {
		r.coder.free()
		r.coder = nil
	}
}

func (r *replay) Err() error { return r.err }

// CommandTag returns the tag of the query, once the rows are closed.
func (r *replay) CommandTag() pgconn.CommandTag {
	if !r.closed {
		return pgconn.CommandTag{}
	}
	return pgconn.NewCommandTag(string(r.tag))
}

func (r *replay) FieldDescriptions() []pgconn.FieldDescription {
	if r.fields == nil {
		r.fields = append([]pgconn.FieldDescription{}, r.head.fields...)
	}
	return r.fields
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
	values, rows := r.coder.values[:0], r.rows
	for range r.head.fields {
		var v []byte
		v, rows = cutValue(rows)
		values = append(values, v)
	}
	r.coder.values, r.values, r.rows = values, values, rows
	return true
}

// fatal closes the rows with an error.
func (r *replay) fatal(err error) {
	if r.err != nil {
		return
	}
	r.err = err
	r.Close()
}

func (r *replay) Scan(dest ...any) error {
	n := len(r.head.fields)
	if n != len(r.values) {
		err := fmt.Errorf("number of field descriptions must equal number of values, got %d and %d", n, len(r.values))
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
	h := r.head
	if target := reflect.TypeOf(dest); h.targets[i] != target {
		h.plans[i] = r.coder.types.PlanScan(h.fields[i].DataTypeOID, h.fields[i].Format, dest)
		h.targets[i] = target
	}
	return h.plans[i].Scan(r.values[i], dest)
}

func (r *replay) Values() ([]any, error) {
	if r.closed {
		return nil, errors.New("rows is closed")
	}
	values := make([]any, 0, len(r.head.fields))
	for i := range r.values {
		v, err := r.value(i)
		if err != nil {
			r.fatal(err)
			return nil, err
		}
		values = append(values, v)
	}
	return values, r.err
}

// value decodes the value of column i.
func (r *replay) value(i int) (any, error) {
	raw, f := r.values[i], &r.head.fields[i]
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

func (r *replay) RawValues() [][]byte { return r.values }

// TypeMap returns the map that the values are decoded with. It stays the caller's.
func (r *replay) TypeMap() *pgtype.Map {
	if r.coder == nil {
		return nil
	}
	r.lent = true
	return r.coder.types
}

// Conn returns nil, as pgx allows: the rows are not on a connection.
func (r *replay) Conn() *pgx.Conn { return nil }
