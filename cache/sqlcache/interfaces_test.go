package sqlcache_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/cache/sqlcache"
)

// TestOptionalInterfaces runs a program against drivers that have some of the optional
// interfaces and not others, bare and wrapped: what the program sees and what the
// driver is asked must be the same, but for when it is dialled, and that what was not
// dialled or needs no database is neither reset nor validated (TestReset has these).
func TestOptionalInterfaces(t *testing.T) {
	drivers := map[string]func(*fakeConn) driver.Conn{
		"all": nil,
		"none": func(c *fakeConn) driver.Conn {
			return struct{ driver.Conn }{c}
		},
		"query and exec": func(c *fakeConn) driver.Conn {
			return struct {
				driver.Conn
				driver.QueryerContext
				driver.ExecerContext
			}{c, c, c}
		},
		"legacy": func(c *fakeConn) driver.Conn {
			return struct {
				driver.Conn
				legacyConn
			}{c, legacyConn{c}}
		},
		"query only, no exec": func(c *fakeConn) driver.Conn {
			return struct {
				driver.Conn
				driver.QueryerContext
			}{c, c}
		},
		"skips": func(c *fakeConn) driver.Conn { return skippingConn{c} },
		"checker": func(c *fakeConn) driver.Conn {
			return struct {
				driver.Conn
				driver.NamedValueChecker
			}{c, c}
		},
		"transactions": func(c *fakeConn) driver.Conn {
			return struct {
				driver.Conn
				driver.ConnBeginTx
			}{c, c}
		},
		"resetter": func(c *fakeConn) driver.Conn {
			return struct {
				driver.Conn
				driver.SessionResetter
			}{c, c}
		},
		"validator": func(c *fakeConn) driver.Conn {
			return struct {
				driver.Conn
				driver.Validator
			}{c, c}
		},
		"pinger": func(c *fakeConn) driver.Conn {
			return struct {
				driver.Conn
				driver.Pinger
			}{c, c}
		},
		"full statements": func(c *fakeConn) driver.Conn {
			return struct {
				driver.Conn
				preparingConn
			}{c, preparingConn{c, func(s *fakeStmt) driver.Stmt { return fullStmt{s} }}}
		},
		"column converter": func(c *fakeConn) driver.Conn {
			return struct {
				driver.Conn
				preparingConn
			}{c, preparingConn{c, func(s *fakeStmt) driver.Stmt { return columnStmt{s} }}}
		},
		"column converter and checker": func(c *fakeConn) driver.Conn {
			return struct {
				driver.Conn
				preparingConn
				driver.NamedValueChecker
			}{c, preparingConn{c, func(s *fakeStmt) driver.Stmt { return columnStmt{s} }}, c}
		},
	}
	for name, conn := range drivers {
		for step, run := range steps {
			t.Run(name+"/"+step, func(t *testing.T) {
				bare := &fake{conn: conn, rows: twoRows}
				want := observe(t, open(t, bare), bare, run)
				under := &fake{conn: conn, rows: twoRows}
				db := open(t, sqlcache.Connector(under, newCache(t, nil)))
				if got := observe(t, db, under, run); !reflect.DeepEqual(got, want) {
					t.Errorf("got\n%v; want\n%v", got, want)
				}
			})
		}
	}
}

func twoRows() driver.Rows {
	return &fakeRows{columns: []string{"a", "b"}, values: [][]driver.Value{{int64(1), "x"}, {int64(2), nil}}}
}

// observe gives what the program saw, and what the driver did, sorted.
func observe(t *testing.T, db *sql.DB, f *fake, run func(context.Context, *sql.DB) []any) [2]any {
	db.SetMaxOpenConns(1)
	seen := run(t.Context(), db)
	if n := f.prepared.Load(); n != 0 {
		t.Errorf("%d prepared statements were not closed", n)
	}
	calls := f.calls()
	slices.Sort(calls)
	calls = slices.DeleteFunc(calls, func(call string) bool {
		return call == "dial" || call == "reset" || call == "valid"
	})
	return [2]any{seen, fmt.Sprint(calls)}
}

// steps are things that programs do. None asks for the same rows twice.
var steps = map[string]func(context.Context, *sql.DB) []any{
	"query": func(ctx context.Context, db *sql.DB) []any {
		return lookAt(db, query{sql: "SELECT a, b FROM t"}, func() any { return new(any) })
	},
	"query with arguments":          withArgs(1, "x"),
	"query without its argument":    withArgs(),
	"query with a removed argument": withArgs("drop this", 3, "y"),
	"query with a slice":            withArgs([]int{1, 2}, "x"),
	"query with a refused argument": withArgs(1.5, "x"),
	"query with a name":             withArgs(sql.Named("first", 1), "x"),
	"query with a bad name":         withArgs(sql.Named("1st", 1), "x"),
	"query with a Valuer":           withArgs(sql.NullInt64{Int64: 5, Valid: true}, sql.NullString{}),
	"query with a large number":     withArgs(int64(1)<<40, "x"),
	"query with an unknown type":    withArgs(make(chan int), "x"),
	"query with a time":             withArgs(time.Unix(1, 2).UTC(), "x"),
	"exec": func(ctx context.Context, db *sql.DB) []any {
		result, err := db.ExecContext(ctx, "UPDATE t SET a = $1 WHERE b = $2", 3, "x")
		if err != nil {
			return []any{errOf(err)}
		}
		n, err := result.RowsAffected()
		_, noID := result.LastInsertId()
		return []any{n, errOf(err), errOf(noID)}
	},
	"exec with a refused argument": func(ctx context.Context, db *sql.DB) []any {
		_, err := db.ExecContext(ctx, "UPDATE t SET a = $1", 2.5)
		return []any{errOf(err)}
	},
	"ping":     func(ctx context.Context, db *sql.DB) []any { return []any{errOf(db.PingContext(ctx))} },
	"prepared": prepared(1, "x"), "prepared without its arguments": prepared(),
	"prepared with a removed argument": prepared("drop this", 3, "y"),
	"prepared with a large number":     prepared(int64(1)<<40, "x"),
	"prepared with a slice":            prepared([]int{1}, "x"),
	"transaction":                      transaction(nil, (*sql.Tx).Commit),
	"transaction rolled back":          transaction(nil, (*sql.Tx).Rollback),
	"serializable":                     transaction(&sql.TxOptions{Isolation: sql.LevelSerializable}, (*sql.Tx).Commit),
	"read only":                        transaction(&sql.TxOptions{ReadOnly: true}, (*sql.Tx).Commit),
	"transaction whose context ends": func(ctx context.Context, db *sql.DB) []any {
		ctx, cancel := context.WithCancel(ctx)
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			cancel()
			return []any{errOf(err)}
		}
		cancel()
		// The only connection comes back when the rollback is done.
		return []any{errOf(db.PingContext(context.WithoutCancel(ctx))), errOf(tx.Commit())}
	},
	"connection used twice": func(ctx context.Context, db *sql.DB) []any {
		return []any{errOf(db.PingContext(ctx)), withArgs(1, "x")(ctx, db), withArgs(2, "x")(ctx, db)}
	},
}

func withArgs(args ...any) func(context.Context, *sql.DB) []any {
	return func(_ context.Context, db *sql.DB) []any {
		return lookAt(db, query{sql: "SELECT a, b FROM t WHERE a = $1 AND b = $2", args: args}, func() any { return new(any) })
	}
}

func prepared(args ...any) func(context.Context, *sql.DB) []any {
	return func(ctx context.Context, db *sql.DB) []any {
		stmt, err := db.PrepareContext(ctx, "SELECT a, b FROM t WHERE a = $1 AND b = $2")
		if err != nil {
			return []any{errOf(err)}
		}
		defer func() { _ = stmt.Close() }() // the driver logs it
		rows, err := stmt.QueryContext(ctx, args...)
		if err != nil {
			return []any{errOf(err)}
		}
		seen := readAll(rows, func() any { return new(any) })
		_, err = stmt.ExecContext(ctx, args...)
		return append(seen, errOf(err))
	}
}

func transaction(opts *sql.TxOptions, end func(*sql.Tx) error) func(context.Context, *sql.DB) []any {
	return func(ctx context.Context, db *sql.DB) []any {
		tx, err := db.BeginTx(ctx, opts)
		if err != nil {
			return []any{errOf(err)}
		}
		_, err = tx.ExecContext(ctx, "UPDATE t SET a = 1")
		return []any{errOf(err), errOf(end(tx)), fmt.Sprint(tx.Commit())}
	}
}

// TestColumnTypes hides each of the optional interfaces of rows: what database/sql
// then assumes comes from the cache too.
func TestColumnTypes(t *testing.T) {
	typed := func() typedRows { return typedRows{twoRows().(*fakeRows)} }
	for name, rows := range map[string]func() driver.Rows{
		"all":  func() driver.Rows { return typed() },
		"none": twoRows,
		"scan type": func() driver.Rows {
			return struct {
				driver.Rows
				columnScanType
			}{twoRows(), typed()}
		},
		"name and nullable": func() driver.Rows {
			return struct {
				driver.Rows
				columnName
				columnNullable
			}{twoRows(), typed(), typed()}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{rows: rows}
			q := query{sql: "SELECT a, b FROM t"}
			want := lookAtTypes(open(t, f), q)
			c := newCache(t, nil)
			db := open(t, sqlcache.Connector(f, c))
			for range 2 {
				if got := lookAtTypes(db, q); !reflect.DeepEqual(got, want) {
					t.Errorf("got %v; want %v", got, want)
				}
			}
			if s := c.Stats(); s.Hits != 1 {
				t.Errorf("got %d hits; want 1: %v", s.Hits, s.NotStored)
			}
		})
	}
}

type (
	columnScanType interface{ ColumnTypeScanType(int) reflect.Type }
	columnName     interface{ ColumnTypeDatabaseTypeName(int) string }
	columnNullable interface{ ColumnTypeNullable(int) (bool, bool) }
)

// typedRows have every interface of column types, and a type of their own.
type typedRows struct{ *fakeRows }

type ownType struct{ A int }

func (typedRows) ColumnTypeScanType(i int) reflect.Type {
	return []reflect.Type{reflect.TypeFor[ownType](), nil}[i]
}
func (typedRows) ColumnTypeDatabaseTypeName(i int) string { return []string{"OWN", ""}[i] }
func (typedRows) ColumnTypeLength(i int) (int64, bool)    { return int64(i) - 5, i == 0 }
func (typedRows) ColumnTypeNullable(i int) (bool, bool)   { return i == 0, i == 1 }
func (typedRows) ColumnTypePrecisionScale(i int) (int64, int64, bool) {
	return 38, int64(-i), i == 1
}
