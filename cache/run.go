package cache

import (
	"context"
	"slices"

	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// A Run is one statement on its way to the database and back: its fence, if it
// needs one, and what it does to the session. It ends with one call of End.
type Run struct {
	s     *Session
	t     *text // nil: the driver's own commit
	m     *meaning
	d     *definitions // that m rests on; nil: on none
	write *invalidation.Write
}

// Start must be called before a statement is sent to the database, and the Run that
// it returns ended when the outcome is known. It fences what the statement writes,
// unless that waits for the transaction's COMMIT; then it blocks on the store. An
// error means that the statement must not be sent: the store is out of reach and
// the cache Strict about writes (invalidation.ErrRefused), or ctx is done.
//
// ticket is the one that Lookup gave for this statement, or nil. If the connection
// turns out to start with other settings than the lookup assumed, the ticket is
// void.
func (s *Session) Start(ctx context.Context, st Statement, ticket *Ticket) (Run, error) {
	if ticket != nil {
		ticket.confirm(ctx, s)
	}
	if begins(st.text) || st.escapes {
		s.Learn(ctx) // as long as a question may be asked
	}
	if st.escapes && (s.scope == nil || s.scope.backslash) {
		st = s.cache.Rewritten(st)
	}
	m, d := s.understand(ctx, st)
	r := Run{s: s, t: st.text, m: m, d: d}
	writes := m.Writes
	if len(writes) > 0 {
		s.cache.counts.write(m)
	}
	if len(writes) == 0 && !st.control {
		return r, nil
	}
	if s.tx.open || s.tx.unknown || st.control {
		s.wrote(writes, d)
		s.tx.wrote = !s.writes.Empty()
		if s.inTransaction() && !st.control {
			return r, nil
		}
		if commits(st.text) {
			writes, d = s.writes.Tags(), s.basis
		}
	}
	var err error
	r.write, err = s.cache.fence(ctx, writes, d)
	return r, err
}

// wrote adds tags, which rest on d, to what the transaction writes. Where some of them
// rest on definitions of another moment, one look at the epoch cannot speak for all.
func (s *Session) wrote(tags []string, d *definitions) {
	if len(tags) == 0 {
		return
	}
	switch {
	case s.basis == nil:
		s.basis = d
	case d != nil && d.epoch != s.basis.epoch:
		s.writes.Add([]string{invalidation.BlindTag(s.cache.namespace)})
	}
	s.writes.Add(tags)
}

// begins reports whether t begins a transaction.
func begins(t *text) bool {
	return slices.ContainsFunc(t.static.controls, func(c sqlparse.Control) bool { return c.Op == sqlparse.Begin })
}

// commits reports whether t may make the session's transaction visible to others.
// Text that nobody could parse may.
func commits(t *text) bool {
	return t.err != nil && t.control || slices.ContainsFunc(t.static.controls, func(c sqlparse.Control) bool {
		return c.Op == sqlparse.Commit || c.Op == sqlparse.PrepareTransaction
	})
}

// Commit is Start for the driver's own commit of the transaction.
func (s *Session) Commit(ctx context.Context) (Run, error) {
	w, err := s.cache.fence(ctx, s.writes.Tags(), s.basis)
	return Run{s: s, write: w}, err
}

// RolledBack says that the driver's own rollback was carried out, or that the
// connection with its transaction is gone.
func (s *Session) RolledBack() { s.ended() }

// End says what became of the statement: Committed when the database carried it
// out, in a transaction or not; RolledBack when it answered with an error of its
// own; Unknown when it did not answer. It blocks on the store while a fence is
// lifted.
func (r Run) End(o invalidation.Outcome) {
	switch {
	case r.t == nil:
		r.write.End(o)
		r.s.ended()
	case o == invalidation.Committed:
		r.write.End(o)
		r.succeeded()
	default:
		r.failed(o)
	}
}

func (r Run) succeeded() {
	s := r.s
	for _, ctl := range r.m.controls {
		s.apply(ctl)
	}
	if r.t.err != nil && r.t.control {
		s.doubt() // it may have begun or ended anything: what it wrote waits for a COMMIT, too
	}
	if r.t.several && s.InTransaction() {
		// What stands behind the last BEGIN is not committed, and what stands
		// before it costs an advance: "COMMIT; BEGIN; UPDATE ..." in one text.
		s.wrote(r.m.Writes, r.d)
	}
	switch {
	case s.tx.open:
		s.tx.wrote = !s.writes.Empty()
	case !s.tx.unknown:
		s.tx.wrote = false
		s.clearWrites()
	}
	if r.t.err != nil {
		s.unlearn() // it may have set anything
		s.strayed = s.strayed || r.t.control
	}
}

// failed follows a statement that did not succeed. Of a text of several statements,
// or one that can commit in its middle (DO, CALL), a part may be committed.
func (r Run) failed(o invalidation.Outcome) {
	s := r.s
	if o == invalidation.RolledBack && r.partial() {
		o = invalidation.Committed
	}
	r.write.End(o)
	if s.tx.open {
		s.tx.failed = true
	}
	if r.t.err != nil || len(r.m.controls) > 0 {
		s.unlearn()
		s.strayed = s.strayed || r.t.several && (r.t.err != nil || slices.ContainsFunc(r.m.controls, outlasts))
	}
	switch {
	case o == invalidation.Unknown:
		s.Lose()
	case r.t.several && (r.t.control || len(r.m.controls) > 0):
		s.doubt()
	case r.t.err != nil:
		// One statement that did nothing, such as a typing error; but where a
		// transaction was open, it may have been what ended it.
		switch {
		case !s.InTransaction():
			s.ended()
		case r.t.control:
			s.doubt()
		}
	case !r.t.several && commits(r.t):
		s.ended() // a COMMIT that fails is a rollback
		if slices.ContainsFunc(r.m.controls, func(c sqlparse.Control) bool { return c.Chain }) {
			s.doubt() // it may be one that a transaction follows
		}
	}
}

// Plain reports whether the outcome of the statement changes nothing: a read
// outside of any transaction. Such a Run may end before the statement does, so that
// a wrapper need not watch its rows.
func (r Run) Plain() bool {
	s := r.s
	return r.t != nil && r.write == nil && len(r.m.controls) == 0 && len(r.m.Writes) == 0 && !s.InTransaction()
}

// partial reports whether the statement may have committed a part before it failed.
// One that nobody understood, but that is surely one statement, has not.
func (r Run) partial() bool {
	if r.t.err != nil {
		return r.t.control
	}
	return r.t.several || slices.Contains(r.m.Writes, r.s.cache.epoch)
}
