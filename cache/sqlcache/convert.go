package sqlcache

import (
	"database/sql/driver"
	"fmt"
	"reflect"
)

// convert gives the arguments in the form the driver asks for, as database/sql would
// (driverArgsConnLocked in its convert.go), whose texts the errors have: by the
// statement's NamedValueChecker or else the connection's, by the statement's
// ColumnConverter, by database/sql's own rules. si is nil where nothing is
// prepared. args stay as they are.
func convert(inner driver.Conn, si driver.Stmt, args []driver.NamedValue) ([]driver.NamedValue, error) {
	cv := newConverter(inner, si)
	out := make([]driver.NamedValue, 0, len(args))
	for _, nv := range args {
		n := len(out)
		nv.Ordinal = n + 1
		out = append(out, nv)
		switch err := cv.check(&out[n]); {
		case err == driver.ErrRemoveArgument: // as database/sql compares it
			out = out[:n]
		case err != nil:
			return nil, fmt.Errorf("sql: converting argument %s type: %w", describe(&out[n]), err)
		}
	}
	if cv.want >= 0 && len(out) != cv.want {
		return nil, fmt.Errorf("sql: expected %d arguments, got %d", cv.want, len(out))
	}
	return out, nil
}

func describe(nv *driver.NamedValue) string {
	if nv.Name == "" {
		return fmt.Sprintf("$%d", nv.Ordinal)
	}
	return fmt.Sprintf("with name %q", nv.Name)
}

// A converter is what a driver has to say about arguments.
type converter struct {
	checker driver.NamedValueChecker // nil: none
	//lint:ignore SA1019 drivers still have it
	columns driver.ColumnConverter // nil: none
	want    int                    // how many arguments; negative: the driver does not count
}

func newConverter(inner driver.Conn, si driver.Stmt) converter {
	cv := converter{want: -1}
	if si != nil {
		cv.want = si.NumInput()
	}
	var ok bool
	if cv.checker, ok = si.(driver.NamedValueChecker); !ok {
		cv.checker, _ = inner.(driver.NamedValueChecker)
	}
	//lint:ignore SA1019 drivers still have it
	cv.columns, _ = si.(driver.ColumnConverter)
	return cv
}

// check asks each in its turn, until one does not skip.
func (cv *converter) check(nv *driver.NamedValue) error {
	err := driver.ErrSkip
	if cv.checker != nil {
		err = cv.checker.CheckNamedValue(nv)
	}
	if err == driver.ErrSkip && cv.columns != nil { // as database/sql compares it
		err = cv.column(nv)
	}
	if err == driver.ErrSkip { // as database/sql compares it
		nv.Value, err = driver.DefaultParameterConverter.ConvertValue(nv.Value)
	}
	return err
}

// column converts by the statement's ColumnConverter.
func (cv *converter) column(nv *driver.NamedValue) error {
	index := nv.Ordinal - 1
	if cv.want >= 0 && cv.want <= index {
		return nil // one too many: the count says so
	}
	if valuer, ok := nv.Value.(driver.Valuer); ok {
		v, err := valueOf(valuer)
		if err != nil {
			return err
		}
		if !driver.IsValue(v) {
			return fmt.Errorf("non-subset type %T returned from Value", v)
		}
		nv.Value = v
	}
	arg := nv.Value
	var err error
	nv.Value, err = cv.columns.ColumnConverter(index).ConvertValue(arg)
	if err != nil {
		return err
	}
	if !driver.IsValue(nv.Value) {
		return fmt.Errorf("driver ColumnConverter error converted %T to unsupported type %T", arg, nv.Value)
	}
	return nil
}

var valuerType = reflect.TypeFor[driver.Valuer]()

// valueOf calls v.Value, but for a nil pointer to a type whose values have the
// method, which would panic: that is NULL, as in database/sql.
func valueOf(v driver.Valuer) (driver.Value, error) {
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Pointer && rv.IsNil() && rv.Type().Elem().Implements(valuerType) {
		return nil, nil
	}
	return v.Value()
}
