package sqlcache

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/gojohnny/gojohnny/cache"
)

// A conn is a connection of the pool: a session of the cache, and the driver's
// connection once somebody needed it. database/sql calls it under a lock of its own.
//
// It has the optional interfaces that every driver's connection could have, and
// behaves through database/sql as if it had those of the wrapped one alone: what
// database/sql does for a driver without one, the methods do.
type conn struct {
	connector *connector
	session   *cache.Session
	args      cache.Args // of the query under way: its memory is reused

	inner   driver.Conn     // nil: not dialled
	dials   int             // how often it was dialled: statements belong to one
	reset   context.Context // of a ResetSession that the driver has not heard of; nil: none
	tried   bool            // the driver has reset this connection before
	discard bool            // the pool must not use it again
}

var (
	_ driver.Pinger             = (*conn)(nil)
	_ driver.ExecerContext      = (*conn)(nil)
	_ driver.QueryerContext     = (*conn)(nil)
	_ driver.ConnPrepareContext = (*conn)(nil)
	_ driver.ConnBeginTx        = (*conn)(nil)
	_ driver.SessionResetter    = (*conn)(nil)
	_ driver.Validator          = (*conn)(nil)
	_ driver.NamedValueChecker  = (*conn)(nil)
)

// ready returns the driver's connection, dialled and reset. Whatever needs the
// database asks it first.
func (c *conn) ready(ctx context.Context) (driver.Conn, error) {
	if err := c.resetInner(ctx); err != nil {
		// database/sql would have dropped it and taken another.
		_ = c.inner.Close() // it is broken
		c.inner = nil
	}
	if c.inner != nil {
		return c.inner, nil
	}
	inner, err := c.connector.wrapped.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c.inner, c.tried = inner, false
	c.dials++
	c.session.Connected()
	return inner, nil
}

// resetInner does what ResetSession put off. Its error is driver.ErrBadConn: others
// mean nothing to database/sql.
func (c *conn) resetInner(ctx context.Context) error {
	asked := c.reset
	c.reset = nil
	resetter, ok := c.inner.(driver.SessionResetter)
	if asked == nil || !ok {
		return nil
	}
	if err := resetter.ResetSession(resetContext{ctx, asked}); errors.Is(err, driver.ErrBadConn) {
		return err
	}
	return nil
}

// A resetContext ends when the call ends that the reset is now a part of, and holds
// the values of the one that took the connection out of the pool, as a driver's hook
// expects.
type resetContext struct {
	context.Context
	asked context.Context
}

func (c resetContext) Value(key any) any { return c.asked.Value(key) }

// ResetSession puts off the driver's own, which may ask the server whether the
// connection is alive: a hit does not need that. It keeps ctx for it, since a
// driver's hook may look into it.
//
// The driver hears of it now where that may matter to the next statement: when a
// transaction was left open, since it refuses such a connection; when settings were
// changed, since a hook of the program's may clean up; and the first time on each
// connection, to see whether a hook sets any.
func (c *conn) ResetSession(ctx context.Context) error {
	if c.inner == nil {
		return nil
	}
	c.reset = ctx
	if c.tried && c.session.Pristine() && !c.session.InTransaction() {
		return nil
	}
	if _, ok := c.inner.(driver.SessionResetter); ok {
		if !c.tried {
			c.session.Learn(ctx) // to know it before the hook
		}
		defer c.session.Reset()
	}
	c.tried = true
	return c.resetInner(ctx)
}

// IsValid implements driver.Validator.
func (c *conn) IsValid() bool {
	if c.discard {
		return false
	}
	v, ok := c.inner.(driver.Validator)
	return !ok || v.IsValid()
}

// rollsBackSafely reports whether database/sql would keep the driver's connection
// after a transaction whose context ended.
func (c *conn) rollsBackSafely() bool {
	_, resets := c.inner.(driver.SessionResetter)
	_, validates := c.inner.(driver.Validator)
	return resets && validates
}

// CheckNamedValue takes every argument as it is. The driver's own check follows when
// the query goes to the driver ([convert]): a hit has no connection to ask.
func (c *conn) CheckNamedValue(*driver.NamedValue) error { return nil }

// Ping dials, which is all that database/sql asks of a driver without Pinger.
func (c *conn) Ping(ctx context.Context) error {
	inner, err := c.ready(ctx)
	if err != nil {
		return err
	}
	if p, ok := inner.(driver.Pinger); ok {
		return p.Ping(ctx)
	}
	return nil
}

// Close closes the driver's connection, with the transaction that may be open.
func (c *conn) Close() error {
	if c.inner == nil {
		return nil
	}
	c.session.RolledBack()
	err := c.inner.Close()
	c.inner = nil
	return err
}

// Prepare implements driver.Conn. database/sql calls PrepareContext.
func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// Begin implements driver.Conn. database/sql calls BeginTx.
func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// probe is the session's cache.Probe.
func (c *conn) probe(ctx context.Context, sql string) ([]string, error) {
	inner, err := c.ready(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := sendQuery(ctx, inner, sql, nil)
	if err != nil {
		return nil, err
	}
	return textRow(rows)
}

// textRow reads the one row of a probe, whose columns are text, if there is one.
func textRow(rows driver.Rows) ([]string, error) {
	row := make([]driver.Value, len(rows.Columns()))
	switch err := rows.Next(row); {
	case err == io.EOF: // as database/sql compares it
		return nil, rows.Close()
	case err != nil:
		return nil, errors.Join(err, rows.Close())
	}
	return texts(row), rows.Close()
}

// texts are the values of a row whose columns are text, or that mean the same as their text.
func texts(row []driver.Value) []string {
	text := make([]string, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case string:
			text[i] = v
		case []byte:
			text[i] = string(v)
		default:
			text[i] = fmt.Sprint(v)
		}
	}
	return text
}
