package sqlcache_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
)

// A fake is a driver whose connections are what conn makes: any subset of the
// interfaces of a fakeConn. It counts and logs what reaches it, but for what the cache
// asks of a session.
type fake struct {
	conn func(*fakeConn) driver.Conn
	rows func() driver.Rows // what a query returns
	fail func(call string) error

	quiet bool // nothing is logged, and nothing fails

	dials    atomic.Int64
	prepares atomic.Int64
	prepared atomic.Int64 // statements that are not closed

	mu  sync.Mutex
	log []string
}

// note logs a call, and gives its error.
func (f *fake) note(format string, args ...any) error {
	if f.quiet {
		return nil
	}
	call := fmt.Sprintf(format, args...)
	f.mu.Lock()
	f.log = append(f.log, call)
	f.mu.Unlock()
	if f.fail != nil {
		return f.fail(call)
	}
	return nil
}

// calls returns the log and empties it.
func (f *fake) calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	log := f.log
	f.log = nil
	return log
}

func (f *fake) Connect(context.Context) (driver.Conn, error) {
	f.dials.Add(1)
	if err := f.note("dial"); err != nil {
		return nil, err
	}
	c := &fakeConn{f}
	if f.conn == nil {
		return c, nil
	}
	return f.conn(c), nil
}

func (f *fake) Driver() driver.Driver { return nil }

func (f *fake) query(how, query string, args []driver.NamedValue) (driver.Rows, error) {
	if query == "SELECT '1'" || query == "SELECT 1" { // what the cache asks a database that is not PostgreSQL
		if f.fail != nil && f.fail("alive") != nil {
			return nil, driver.ErrBadConn
		}
		return &fakeRows{columns: []string{"1"}, values: [][]driver.Value{{"1"}}}, nil
	}
	if strings.Contains(query, "pg_catalog") {
		return nil, errNotPostgres
	}
	if f.quiet { // note's arguments would cost allocations that are not database/sql's
		return f.rows(), nil
	}
	if err := f.note("%s %s %v", how, query, args); err != nil {
		return nil, err
	}
	return f.rows(), nil
}

func (f *fake) exec(how, query string, args []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(1), f.note("%s %s %v", how, query, args)
}

// A fakeConn has every optional interface of a connection; a test hides some.
type fakeConn struct{ *fake }

func (c *fakeConn) Close() error                       { return c.note("close") }
func (c *fakeConn) Ping(context.Context) error         { return c.note("ping") }
func (c *fakeConn) ResetSession(context.Context) error { return c.note("reset") }
func (c *fakeConn) IsValid() bool                      { return c.note("valid") == nil }
func (c *fakeConn) Begin() (driver.Tx, error)          { return fakeTx{c.fake}, c.note("begin") }

func (c *fakeConn) BeginTx(_ context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return fakeTx{c.fake}, c.note("begin %v", opts)
}

func (c *fakeConn) Prepare(query string) (driver.Stmt, error) {
	if strings.Contains(query, "pg_catalog") {
		return nil, errNotPostgres
	}
	return c.newStmt(query), nil
}

func (c *fakeConn) PrepareContext(_ context.Context, query string) (driver.Stmt, error) {
	return c.Prepare(query)
}

func (c *fakeConn) ExecContext(_ context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.exec("exec", query, args)
}

func (c *fakeConn) QueryContext(_ context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.query("query", query, args)
}

// CheckNamedValue has a taste of its own: it doubles ints, drops what begins with
// "drop", skips strings and refuses floats.
func (c *fakeConn) CheckNamedValue(nv *driver.NamedValue) error { return checkFake(nv) }

func checkFake(nv *driver.NamedValue) error {
	switch v := nv.Value.(type) {
	case int:
		nv.Value = int64(2 * v)
	case string:
		if strings.HasPrefix(v, "drop") {
			return driver.ErrRemoveArgument
		}
		return driver.ErrSkip
	case float64:
		return errFake
	case []int:
		nv.Value = fmt.Sprint(v)
	default:
		return driver.ErrSkip
	}
	return nil
}

// A legacyConn has the interfaces that came before contexts.
type legacyConn struct{ c *fakeConn }

func (l legacyConn) Exec(query string, args []driver.Value) (driver.Result, error) {
	return l.c.exec("exec", query, namedValues(args))
}

func (l legacyConn) Query(query string, args []driver.Value) (driver.Rows, error) {
	return l.c.query("query", query, namedValues(args))
}

func namedValues(args []driver.Value) []driver.NamedValue {
	var list []driver.NamedValue
	for i, v := range args {
		list = append(list, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return list
}

// A skippingConn wants everything prepared.
type skippingConn struct{ *fakeConn }

func (skippingConn) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	return nil, driver.ErrSkip
}

func (skippingConn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return nil, driver.ErrSkip
}

type fakeTx struct{ *fake }

func (t fakeTx) Commit() error   { return t.note("commit") }
func (t fakeTx) Rollback() error { return t.note("rollback") }

// A fakeStmt is the least that a statement can be.
type fakeStmt struct {
	*fake
	text string
}

func (f *fake) newStmt(query string) *fakeStmt {
	f.prepares.Add(1)
	f.prepared.Add(1)
	return &fakeStmt{f, query}
}

func (s *fakeStmt) Close() error {
	s.prepared.Add(-1)
	return nil
}

func (s *fakeStmt) NumInput() int { return strings.Count(s.text, "$") }

func (s *fakeStmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.exec("exec prepared", s.text, namedValues(args))
}

func (s *fakeStmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.query("query prepared", s.text, namedValues(args))
}

// A fullStmt has every optional interface of a statement.
type fullStmt struct{ *fakeStmt }

func (s fullStmt) CheckNamedValue(nv *driver.NamedValue) error { return checkFake(nv) }

func (s fullStmt) ExecContext(_ context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.exec("exec prepared, context", s.text, args)
}

func (s fullStmt) QueryContext(_ context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.query("query prepared, context", s.text, args)
}

// A columnStmt converts by column.
type columnStmt struct{ *fakeStmt }

func (s columnStmt) ColumnConverter(i int) driver.ValueConverter {
	if i == 0 {
		return driver.Int32
	}
	return driver.String
}

// A preparingConn prepares statements of the type that stmt makes.
type preparingConn struct {
	c    *fakeConn
	stmt func(*fakeStmt) driver.Stmt
}

func (p preparingConn) PrepareContext(_ context.Context, query string) (driver.Stmt, error) {
	if strings.Contains(query, "pg_catalog") {
		return nil, errNotPostgres
	}
	return p.stmt(p.c.newStmt(query)), nil
}

// fakeRows are rows from a slice.
type fakeRows struct {
	columns []string
	values  [][]driver.Value
	err     error // after the rows; nil is io.EOF
	next    int
}

func (r *fakeRows) Columns() []string { return r.columns }
func (r *fakeRows) Close() error      { return nil }

func (r *fakeRows) Next(dest []driver.Value) error {
	if r.next == len(r.values) {
		if r.err != nil {
			return r.err
		}
		return io.EOF
	}
	copy(dest, r.values[r.next])
	r.next++
	return nil
}

var (
	errFake        = errors.New("the driver's own error")
	errNotPostgres = errors.New("no such schema: pg_catalog") // what the cache asks of PostgreSQL
)
