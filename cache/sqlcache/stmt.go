package sqlcache

import (
	"context"
	"database/sql/driver"
)

// A stmt is a prepared statement. Its queries are answered as the connection's are,
// under the same keys. It has every optional interface, as conn does.
type stmt struct {
	c     *conn
	query string
	inner driver.Stmt
	dial  int // the connection's dials when inner was prepared
}

var (
	_ driver.StmtQueryContext  = (*stmt)(nil)
	_ driver.StmtExecContext   = (*stmt)(nil)
	_ driver.NamedValueChecker = (*stmt)(nil)
)

// PrepareContext implements driver.ConnPrepareContext. It needs the database, which
// alone knows whether the statement is one.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s := &stmt{c: c, query: query}
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// ready makes the driver's connection ready, with the statement prepared on it: again,
// if the connection was replaced.
func (s *stmt) ready(ctx context.Context) error {
	inner, err := s.c.ready(ctx)
	if err != nil || s.dial == s.c.dials {
		return err
	}
	if s.inner, err = prepare(ctx, inner, s.query); err != nil {
		return err
	}
	s.dial = s.c.dials
	return nil
}

// check asks the driver whether it takes the arguments. Where the statement is
// prepared that needs no database, and must come first: how many there are, a prepared
// statement is stricter about than a query (which pgx lets have options among them).
func (s *stmt) check(args []driver.NamedValue) error {
	if s.dial != s.c.dials || s.c.inner == nil {
		return nil // when it is prepared again
	}
	_, err := convert(s.c.inner, s.inner, args)
	return err
}

// QueryContext implements driver.StmtQueryContext.
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return call{c: s.c, stmt: s, sql: s.query, args: args}.read(ctx)
}

// ExecContext implements driver.StmtExecContext.
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return call{c: s.c, stmt: s, sql: s.query, args: args}.exec(ctx)
}

// Close closes the driver's statement, unless it went with its connection.
func (s *stmt) Close() error {
	if s.inner == nil || s.dial != s.c.dials || s.c.inner == nil {
		return nil
	}
	return s.inner.Close()
}

// NumInput leaves the counting to convert, which knows what the driver's check makes
// of the arguments.
func (s *stmt) NumInput() int { return -1 }

// CheckNamedValue takes every argument as it is: see the connection's.
func (s *stmt) CheckNamedValue(*driver.NamedValue) error { return nil }

// Query implements driver.Stmt. database/sql calls QueryContext.
func (s *stmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.QueryContext(context.Background(), named(args))
}

// Exec implements driver.Stmt. database/sql calls ExecContext.
func (s *stmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.ExecContext(context.Background(), named(args))
}

func named(args []driver.Value) []driver.NamedValue {
	list := make([]driver.NamedValue, len(args))
	for i, v := range args {
		list[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return list
}
