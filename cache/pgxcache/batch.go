package pgxcache

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A batch of queries alone is taken apart: what the cache answers is not sent. Any other
// is sent as it is, under one fence over all that it writes: the server runs it as one
// transaction, or, where it begins and ends some itself, may commit parts of it.

// A batch is a pgx.Batch on its way.
type batch struct {
	*pgx.Batch
	calls []*call
	// The callbacks are taken off the queries: pgx would run them when it is not
	// their turn, since it is not sent what the cache answers.
	callbacks []func(pgx.BatchResults) error
	mode      pgx.QueryExecMode
}

func (p *Pool) newBatch(b *pgx.Batch) *batch {
	t := &batch{Batch: b, mode: p.mode}
	for _, queued := range b.QueuedQueries {
		t.calls = append(t.calls, p.newCall(batched, queued.SQL, queued.Arguments))
		t.callbacks = append(t.callbacks, queued.Fn)
		queued.Fn = nil
	}
	return t
}

// SendBatch is pgxpool.Pool's SendBatch. A batch that the cache answers altogether
// acquires no connection. One that writes blocks on the store, before it is sent and
// when it is closed. The queries of b belong to the Pool from now on, as pgx has it.
func (p *Pool) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if err := p.meet(ctx); err != nil {
		return (&batch{Batch: b}).fail(err)
	}
	t := p.newBatch(b)
	if err := p.answerBatch(ctx, t); err != nil {
		return t.fail(err)
	}
	if t.Len() > 0 && t.answered() {
		return &batchResults{batch: t}
	}
	c, err := p.acquire(ctx)
	if err != nil {
		return t.fail(err)
	}
	return c.link.sendBatch(ctx, t, c.link.conn, c.Release)
}

// answerBatch asks the cache without a connection, as far as that can be done.
func (p *Pool) answerBatch(ctx context.Context, t *batch) error {
	for _, q := range t.calls {
		if !p.resolves(ctx, q) {
			return nil
		}
	}
	s := p.source.Borrow(p.probe)
	defer p.source.Return(s)
	if !s.ReadOnly(ctx, p.statement(ctx, t)) {
		return nil
	}
	return t.look(ctx, s, p.guess)
}

// statement returns all of the batch as one.
func (p *Pool) statement(ctx context.Context, t *batch) cache.Statement {
	if len(t.calls) == 0 {
		return p.cache.Statement(ctx, "")
	}
	sts := make([]cache.Statement, len(t.calls))
	for i, q := range t.calls {
		sts[i] = q.st
	}
	return p.cache.Join(sts)
}

// look asks the cache for those calls that have not been looked up and can be keyed.
// To the session it is in the transaction that the server would run the batch in: it
// waits for nobody, not even for another call of the same batch.
func (t *batch) look(ctx context.Context, s *cache.Session, key func(*call) bool) (err error) {
	if !s.InTransaction() {
		s.Learn(ctx)
		s.Begun("")
		defer s.RolledBack()
	}
	for _, q := range t.calls {
		if q.looked || s.Keeps(q.st, &q.coder.args) && !key(q) {
			continue
		}
		if q.found, err = q.look(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// answered reports whether nothing of the batch needs to be sent.
func (t *batch) answered() bool {
	for _, q := range t.calls {
		if q.found == nil {
			return false
		}
	}
	return true
}

// unanswered returns what is to be sent.
func (t *batch) unanswered() *pgx.Batch {
	rest := &pgx.Batch{}
	for i, q := range t.calls {
		queued := t.QueuedQueries[i]
		queued.Arguments = q.sent
		if q.found == nil {
			rest.QueuedQueries = append(rest.QueuedQueries, queued)
		}
	}
	if len(rest.QueuedQueries) == t.Len() {
		return t.Batch // with the transaction that it may begin
	}
	return rest
}

// fail ends the batch before it was sent.
func (t *batch) fail(err error) pgx.BatchResults {
	t.drop(cache.Reason{Code: cache.QueryFailed})
	return pgx.FailedBatchResults(t.Batch, err)
}

// drop frees the calls.
func (t *batch) drop(r cache.Reason) {
	for _, q := range t.calls {
		if q != nil {
			q.drop(r)
		}
	}
	t.calls = nil
}

// sendBatch sends the batch on the connection, and calls release when it is closed.
func (l *link) sendBatch(ctx context.Context, t *batch, on executor, release func()) pgx.BatchResults {
	run, err := l.startBatch(ctx, t)
	if err != nil {
		release()
		return t.fail(err)
	}
	if t.Len() > 0 && t.answered() {
		run.End(invalidation.Committed)
		release()
		return &batchResults{batch: t}
	}
	br := &batchResults{batch: t, ctx: ctx, link: l, run: run, release: release}
	br.inner = on.SendBatch(ctx, t.unanswered())
	l.occupy(br)
	if inner := br.inner.Tx(); inner != nil {
		br.tx = &Tx{inner: inner, link: l, release: release}
		br.release = func() {}
	}
	return br
}

// startBatch asks the cache for what it was not asked for yet, and fences what the
// batch writes.
func (l *link) startBatch(ctx context.Context, t *batch) (cache.Run, error) {
	for _, q := range t.calls {
		l.resolve(ctx, q)
	}
	all := l.pool.statement(ctx, t)
	if l.session.ReadOnly(ctx, all) {
		if err := t.look(ctx, l.session, func(q *call) bool { return l.keyBatched(ctx, q) }); err != nil {
			return cache.Run{}, err
		}
	}
	for _, q := range t.calls {
		if q.ticket == nil {
			continue
		}
		if l.describesFirst(q) {
			l.describeBatched(ctx, q)
		}
		run, err := l.session.Start(ctx, q.st, q.ticket) // it reads: this confirms the ticket
		if err != nil {
			return cache.Run{}, err
		}
		run.End(invalidation.Committed)
	}
	return l.session.Start(ctx, all, nil)
}

// keyBatched keys a call of a batch, and reports whether that could be done.
func (l *link) keyBatched(ctx context.Context, q *call) bool {
	if l.lacksTypes(q) && !l.describeBatched(ctx, q) {
		return false
	}
	q.key(&q.coder.args, l.conn.TypeMap(), q.sd)
	return true
}

// describeBatched describes a call of a batch, if that can do no harm: a failure, which
// is left to pgx to find, would fail a transaction before the batch does.
func (l *link) describeBatched(ctx context.Context, q *call) bool {
	return l.conn.PgConn().TxStatus() == 'I' && l.describe(ctx, q) == nil
}
