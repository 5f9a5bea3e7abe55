package sqlcache

import (
	"database/sql/driver"
	"io"
	"reflect"
)

// A column is what the driver's rows said of one.
type column struct {
	databaseType             string
	scanType                 reflect.Type
	flags                    byte
	length, precision, scale int64
}

// columns are those of a result from memory. They have every optional interface of
// rows, and give what the driver's gave, or what database/sql assumes without it: see
// liveRows.
type columns struct {
	payload cursor // of the result
	names   []string
	types   *scanTypes
	read    []column // nil: nobody has asked
}

var (
	_ driver.RowsNextResultSet              = (*replay)(nil)
	_ driver.RowsColumnTypeScanType         = (*replay)(nil)
	_ driver.RowsColumnTypeDatabaseTypeName = (*replay)(nil)
	_ driver.RowsColumnTypeLength           = (*replay)(nil)
	_ driver.RowsColumnTypeNullable         = (*replay)(nil)
	_ driver.RowsColumnTypePrecisionScale   = (*replay)(nil)
)

// Columns implements driver.Rows.
func (r *columns) Columns() []string { return r.names }

// readColumn reads a column's name, which aliases the payload, and the rest of it. It
// reports false if it cannot be read, or names a type that is not known here.
func readColumn(c *cursor, types *scanTypes) (name []byte, col column, ok bool) {
	name = c.text()
	col.databaseType = textOf(c.text())
	if code := c.byte(); code == typeNamed {
		col.scanType, ok = types.named(textOf(c.text()))
	} else {
		col.scanType, ok = coded(code)
	}
	col.flags = c.byte()
	col.length, col.precision, col.scale = c.varint(), c.varint(), c.varint()
	return name, col, ok && !c.bad
}

// column returns the i'th.
func (r *columns) column(i int) *column {
	if r.read == nil {
		r.read = make([]column, len(r.names))
		c := cursor{b: r.payload.b, pos: payloadFixed}
		c.uvarint()
		for j := range r.read {
			_, r.read[j], _ = readColumn(&c, r.types)
		}
	}
	return &r.read[i]
}

// ColumnTypeScanType implements driver.RowsColumnTypeScanType.
func (r *columns) ColumnTypeScanType(i int) reflect.Type { return r.column(i).scanType }

// ColumnTypeDatabaseTypeName implements driver.RowsColumnTypeDatabaseTypeName.
func (r *columns) ColumnTypeDatabaseTypeName(i int) string { return r.column(i).databaseType }

// ColumnTypeLength implements driver.RowsColumnTypeLength.
func (r *columns) ColumnTypeLength(i int) (length int64, ok bool) {
	col := r.column(i)
	return col.length, col.flags&flagLength != 0
}

// ColumnTypeNullable implements driver.RowsColumnTypeNullable.
func (r *columns) ColumnTypeNullable(i int) (nullable, ok bool) {
	flags := r.column(i).flags
	return flags&flagNullable != 0, flags&flagNullableKnown != 0
}

// ColumnTypePrecisionScale implements driver.RowsColumnTypePrecisionScale.
func (r *columns) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	col := r.column(i)
	return col.precision, col.scale, col.flags&flagPrecision != 0
}

// HasNextResultSet implements driver.RowsNextResultSet: what is kept has one.
func (r *columns) HasNextResultSet() bool { return false }

// NextResultSet implements driver.RowsNextResultSet.
func (r *columns) NextResultSet() error { return io.EOF }
