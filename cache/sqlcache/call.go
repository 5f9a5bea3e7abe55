package sqlcache

import (
	"context"
	"database/sql/driver"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A call is one statement that a program sends, prepared or not.
type call struct {
	c    *conn
	stmt *stmt // nil: not prepared
	sql  string
	args []driver.NamedValue
}

// QueryContext implements driver.QueryerContext, for drivers without it too: they
// have the query prepared.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return call{c: c, sql: query, args: args}.read(ctx)
}

// ExecContext implements driver.ExecerContext, as QueryContext does its own.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return call{c: c, sql: query, args: args}.exec(ctx)
}

// statement is what the cache knows of the call.
func (q call) statement(ctx context.Context) cache.Statement {
	st := q.c.connector.cache.Statement(ctx, q.sql)
	if rewritten(q.args) {
		st = q.c.connector.cache.Rewritten(st)
	}
	return st
}

// ready makes the driver ready for the statement.
func (q call) ready(ctx context.Context) error {
	if q.stmt != nil {
		return q.stmt.ready(ctx)
	}
	_, err := q.c.ready(ctx)
	return err
}

// read answers the call from the cache, or runs it.
func (q call) read(ctx context.Context) (driver.Rows, error) {
	session, args := q.c.session, &q.c.args
	st := q.statement(ctx)
	if err := q.key(st, args); err != nil {
		return nil, err
	}
	ans, err := session.Lookup(ctx, st, args)
	if err != nil {
		return nil, err
	}
	if ans.Hit {
		rows, err := newReplay(ans.Rows, &q.c.connector.types)
		if err == nil {
			return rows, nil
		}
		ans.Ticket = session.Unreadable(ctx, st, args)
	}
	rows, err := q.query(ctx, st, ans.Ticket)
	if err != nil {
		if kept := keptRows(ctx, ans.Ticket, &q.c.connector.types); kept != nil {
			return kept, nil
		}
	}
	return rows, err
}

// keptRows are the rows of a hit that was to be verified, and that the database did not
// answer; nil if there are none, or nobody waits for them.
func keptRows(ctx context.Context, ticket *cache.Ticket, types *scanTypes) driver.Rows {
	kept, ok := ticket.Kept()
	if !ok || ctx.Err() != nil {
		return nil
	}
	rows, err := newReplay(kept, types)
	if err != nil {
		return nil
	}
	return rows
}

// key fills args for the lookup, if it will look at them: the arguments of what is not
// kept concern the driver alone. An error is the driver's, which does not take them;
// where there cannot be a hit it says so itself when they are sent.
func (q call) key(st cache.Statement, args *cache.Args) error {
	if !q.c.session.Keeps(st, args) {
		return nil
	}
	if !keyArgs(args, q.args) || q.stmt == nil {
		return nil
	}
	return q.stmt.check(q.args)
}

// query runs the call on the database, and keeps its rows if there is a ticket.
func (q call) query(ctx context.Context, st cache.Statement, ticket *cache.Ticket) (rows driver.Rows, err error) {
	if ticket != nil {
		// Whatever way out is taken, a panic of the driver's too.
		defer ticket.Drop(cache.Reason{Code: cache.QueryFailed})
	}
	e, err := q.start(ctx, st, ticket)
	if err != nil {
		return nil, err
	}
	defer func() {
		if rows == nil {
			e.giveUp()
		}
	}()
	own, err := q.sendQuery(ctx)
	switch {
	case err != nil:
		e.end(err)
		return nil, err
	case ticket != nil:
		return record(ctx, own, e, ticket, &q.c.connector.types), nil
	case e != nil:
		return newLiveRows(own, nil, e), nil
	}
	return own, nil
}

func (q call) sendQuery(ctx context.Context) (driver.Rows, error) {
	if q.stmt != nil {
		return queryStmt(ctx, q.c.inner, q.stmt.inner, q.args)
	}
	return sendQuery(ctx, q.c.inner, q.sql, q.args)
}

// exec runs the call on the database, for its effect.
func (q call) exec(ctx context.Context) (driver.Result, error) {
	e, err := q.start(ctx, q.statement(ctx), nil)
	if err != nil {
		return nil, err
	}
	defer e.giveUp()
	result, err := q.sendExec(ctx)
	e.end(err)
	return result, err
}

func (q call) sendExec(ctx context.Context) (driver.Result, error) {
	if q.stmt != nil {
		return execStmt(ctx, q.c.inner, q.stmt.inner, q.args)
	}
	return sendExec(ctx, q.c.inner, q.sql, q.args)
}

// start makes everything ready, and then fences: what is fenced must be sent at once.
// The ending it returns is ended when the outcome is known.
func (q call) start(ctx context.Context, st cache.Statement, ticket *cache.Ticket) (*ending, error) {
	if err := q.ready(ctx); err != nil {
		return nil, err
	}
	run, err := q.c.session.Start(ctx, st, ticket)
	if err != nil {
		return nil, err
	}
	if run.Plain() {
		run.End(invalidation.Committed)
		return nil, nil
	}
	return &ending{c: q.c, run: run}, nil
}
