package pgxcache

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gojohnny/gojohnny/cache"
)

// A querier runs queries on a connection: the connection, or its transaction, which
// may be closed.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// answer asks the cache without a connection. Without rows and an error the call is to
// run on one.
func (p *Pool) answer(ctx context.Context, q *call) (pgx.Rows, error) {
	if !p.resolves(ctx, q) {
		return nil, nil
	}
	s := p.source.Borrow(p.probe)
	defer p.source.Return(s)
	if s.Keeps(q.st, &q.coder.args) && !p.guess(q) {
		return nil, nil
	}
	r, err := q.look(ctx, s)
	return q.replay(r), err
}

// resolves readies a call to be looked up without a connection, and reports whether
// that can be done.
func (p *Pool) resolves(ctx context.Context, q *call) bool {
	if p.hooks.before || q.needsConn() || p.closed.Load() || p.strays.any() {
		return false
	}
	q.rewrite(ctx, nil)
	if p.anyNamed.Load() {
		named, _ := p.named.Load(q.text)
		q.named, _ = named.(*pgconn.StatementDescription)
	}
	q.resolve(ctx, p.cache)
	return true
}

// ask is the probe of sessions without a connection.
func (p *Pool) ask(ctx context.Context, query string) ([]string, error) {
	c, err := p.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Release()
	return c.link.ask(ctx, query)
}

// look asks the cache by a session, for a call that is keyed. The answer is part of the
// call.
func (q *call) look(ctx context.Context, s *cache.Session) (*result, error) {
	ans, err := s.Lookup(ctx, q.st, &q.coder.args)
	if err != nil {
		return nil, err
	}
	q.looked = true
	q.ticket = ans.Ticket
	if !ans.Hit {
		return nil, nil
	}
	var ok bool
	if q.answer, ok = q.coder.parse(ans.Rows); ok && q.reads(q.answer.head) {
		return &q.answer, nil
	}
	q.ticket = s.Unreadable(ctx, q.st, &q.coder.args)
	return nil, nil
}

// kept returns the rows of a hit that was to be verified, and that the database did not
// answer; nil if there are none, or nobody waits for them. They own the call's coder.
func (q *call) kept(ctx context.Context) pgx.Rows {
	rows, ok := q.ticket.Kept()
	if !ok || ctx.Err() != nil {
		return nil
	}
	r, ok := q.coder.parse(rows)
	if !ok || !q.reads(r.head) {
		return nil
	}
	q.ticket.Drop(cache.Reason{Code: cache.QueryFailed})
	return q.replay(&r)
}

// failed ends a call that the database did not answer: with err, if the cache has no
// answer either.
func (q *call) failed(ctx context.Context, err error) (pgx.Rows, error) {
	if rows := q.kept(ctx); rows != nil {
		return rows, nil
	}
	q.drop(cache.Reason{Code: cache.QueryFailed})
	return errRows{err}, err
}

// replay returns the rows of a hit, which own the call's coder; nil is no hit.
func (q *call) replay(r *result) pgx.Rows {
	if r == nil {
		return nil
	}
	return newReplay(*r, q.coder, nil)
}

// query runs the call on a connection, after asking the cache if that was not done yet.
// It calls release when the connection is not needed any more.
func (l *link) query(ctx context.Context, q *call, on querier, release func()) (pgx.Rows, error) {
	looked := false
	defer func() {
		if !looked { // a value of the program's panicked
			release()
		}
	}()
	rows, err := l.lookup(ctx, q)
	looked = true
	if rows == nil && err == nil {
		return l.send(ctx, q, on, release)
	}
	release()
	if err != nil {
		return q.failed(ctx, err)
	}
	return rows, nil
}

// lookup asks the cache by the connection's own session and with its own types, unless
// the cache was asked before. It makes sure that a call with a ticket can be compared
// with what was sent.
func (l *link) lookup(ctx context.Context, q *call) (pgx.Rows, error) {
	l.resolve(ctx, q)
	if q.looked {
		if q.ticket == nil || !l.describesFirst(q) {
			return nil, nil
		}
		return nil, l.describe(ctx, q)
	}
	if l.session.Keeps(q.st, &q.coder.args) {
		if l.lacksTypes(q) {
			if err := l.describe(ctx, q); err != nil {
				return nil, err
			}
		}
		q.key(&q.coder.args, l.conn.TypeMap(), q.sd)
	}
	r, err := q.look(ctx, l.session)
	return q.replay(r), err
}

// resolve readies a call for the connection. One that was looked up before stays as
// it is, unless the name it uses is another statement's here.
func (l *link) resolve(ctx context.Context, q *call) {
	q.rewrite(ctx, l.conn)
	named := l.named[q.text]
	if q.looked && sameNamed(q.named, named) {
		return
	}
	q.unlook()
	q.named = named
	q.resolve(ctx, l.pool.cache)
}

func sameNamed(a, b *pgconn.StatementDescription) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.SQL == b.SQL
}

// send runs the call on the database, and keeps the rows if there is a ticket.
func (l *link) send(ctx context.Context, q *call, on querier, release func()) (pgx.Rows, error) {
	run, err := l.session.Start(ctx, q.st, q.ticket)
	if err != nil {
		q.drop(cache.Reason{Code: cache.QueryFailed})
		release()
		return errRows{err}, err
	}
	r := &live{link: l, run: run, release: release}
	l.occupy(r)
	ticket, answered := q.ticket, false
	defer func() {
		if answered {
			return
		}
		if ticket != nil { // a tracer or a value of the program's panicked
			ticket.Drop(cache.Reason{Code: cache.QueryFailed})
		}
		if r.link != nil {
			r.abandon()
			release()
		}
	}()
	rows, err := l.answer(ctx, q, r, on)
	answered = true
	return rows, err
}

// answer runs the call, as r.
func (l *link) answer(ctx context.Context, q *call, r *live, on querier) (pgx.Rows, error) {
	rows, err := on.Query(ctx, q.sql, q.sent...)
	if err != nil {
		r.finish(err)
		return q.failed(ctx, err)
	}
	r.rows = rows
	if q.ticket == nil {
		q.free()
		return r, nil
	}
	return r.record(ctx, q), nil
}
