package sqlcache

import (
	"database/sql/driver"
	"reflect"
)

// columnTypes are the optional interfaces of a driver's rows that tell of columns,
// each nil if they have it not. Its methods are those of all of them, and give what
// database/sql assumes without one (rowsColumnInfoSetupConnLocked there).
type columnTypes struct {
	scanType  driver.RowsColumnTypeScanType
	name      driver.RowsColumnTypeDatabaseTypeName
	length    driver.RowsColumnTypeLength
	nullable  driver.RowsColumnTypeNullable
	precision driver.RowsColumnTypePrecisionScale
}

func columnTypesOf(rows driver.Rows) (t columnTypes) {
	t.scanType, _ = rows.(driver.RowsColumnTypeScanType)
	t.name, _ = rows.(driver.RowsColumnTypeDatabaseTypeName)
	t.length, _ = rows.(driver.RowsColumnTypeLength)
	t.nullable, _ = rows.(driver.RowsColumnTypeNullable)
	t.precision, _ = rows.(driver.RowsColumnTypePrecisionScale)
	return t
}

var anyType = reflect.TypeFor[any]()

// ColumnTypeScanType implements driver.RowsColumnTypeScanType.
func (t *columnTypes) ColumnTypeScanType(i int) reflect.Type {
	if t.scanType == nil {
		return anyType
	}
	return t.scanType.ColumnTypeScanType(i)
}

// ColumnTypeDatabaseTypeName implements driver.RowsColumnTypeDatabaseTypeName.
func (t *columnTypes) ColumnTypeDatabaseTypeName(i int) string {
	if t.name == nil {
		return ""
	}
	return t.name.ColumnTypeDatabaseTypeName(i)
}

// ColumnTypeLength implements driver.RowsColumnTypeLength.
func (t *columnTypes) ColumnTypeLength(i int) (length int64, ok bool) {
	if t.length == nil {
		return 0, false
	}
	return t.length.ColumnTypeLength(i)
}

// ColumnTypeNullable implements driver.RowsColumnTypeNullable.
func (t *columnTypes) ColumnTypeNullable(i int) (nullable, ok bool) {
	if t.nullable == nil {
		return false, false
	}
	return t.nullable.ColumnTypeNullable(i)
}

// ColumnTypePrecisionScale implements driver.RowsColumnTypePrecisionScale.
func (t *columnTypes) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	if t.precision == nil {
		return 0, 0, false
	}
	return t.precision.ColumnTypePrecisionScale(i)
}
