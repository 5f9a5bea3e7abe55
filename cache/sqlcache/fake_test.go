package sqlcache_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"sync/atomic"
)

// A fake is a driver whose connections are what make returns: any subset of the
// interfaces of a fakeConn. It counts what reaches it.
type fake struct {
	make  func(*fakeConn) driver.Conn
	rows  func() driver.Rows // what a query returns
	dials atomic.Int64
	calls atomic.Int64 // queries and statements
	log   func(call string)
}

// A fakeConn has every optional interface of a connection; a test hides some.
type fakeConn struct{ *fake }

func (f *fake) Connect(context.Context) (driver.Conn, error) {
	f.dials.Add(1)
	c := &fakeConn{f}
	if f.make == nil {
		return c, nil
	}
	return f.make(c), nil
}

func (f *fake) Driver() driver.Driver { return nil }

func (f *fake) note(call string) {
	f.calls.Add(1)
	if f.log != nil {
		f.log(call)
	}
}

func (c *fakeConn) Close() error              { c.note("close"); return nil }
func (c *fakeConn) Begin() (driver.Tx, error) { return fakeTx{c.fake}, nil }

func (c *fakeConn) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) {
	return fakeTx{c.fake}, nil
}

func (c *fakeConn) Prepare(query string) (driver.Stmt, error) {
	return &fakeStmt{c.fake, query}, nil
}

func (c *fakeConn) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	c.note("exec")
	return driver.RowsAffected(1), nil
}

func (c *fakeConn) QueryContext(_ context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.query(query, args)
}

func (f *fake) query(query string, _ []driver.NamedValue) (driver.Rows, error) {
	if query == "SELECT '1'" { // what the cache asks a database that is not PostgreSQL
		return &fakeRows{columns: []string{"1"}, values: [][]driver.Value{{"1"}}}, nil
	}
	if strings.Contains(query, "current_setting") {
		return nil, errors.New("no such function: current_setting")
	}
	f.note("query")
	return f.rows(), nil
}

type fakeTx struct{ *fake }

func (t fakeTx) Commit() error   { t.note("commit"); return nil }
func (t fakeTx) Rollback() error { t.note("rollback"); return nil }

type fakeStmt struct {
	*fake
	text string
}

func (s *fakeStmt) Close() error  { s.note("close statement"); return nil }
func (s *fakeStmt) NumInput() int { return -1 }

func (s *fakeStmt) Exec([]driver.Value) (driver.Result, error) {
	s.note("exec")
	return driver.RowsAffected(1), nil
}

func (s *fakeStmt) Query([]driver.Value) (driver.Rows, error) { return s.query(s.text, nil) }

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

var errFake = errors.New("the driver's own error")
