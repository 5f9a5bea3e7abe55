package cache

import (
	"context"
	"errors"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// An Answer is what Lookup found. Exactly one of Hit, Ticket and Reason is set.
type Answer struct {
	// Hit says that Rows answer the query.
	Hit bool
	// Rows are the bytes that some ticket's Save was given for this very query.
	// They may be shared: nobody writes to them.
	Rows []byte
	// Ticket is the right to keep the rows of the query, which the caller now
	// runs.
	Ticket *Ticket
	// Reason is why the query runs on the database and is not kept.
	Reason Reason
}

// Lookup answers a read from the cache, or says what the caller is to do: run the
// query and keep its rows, or run it and not. It must not be called for anything
// that the caller does not then answer or run.
//
// It blocks on the store, and while another read that missed the same entry runs
// the query, both as long as ctx lets it. A statement that the cache has nothing to
// do with costs neither. An error is ctx's.
func (s *Session) Lookup(ctx context.Context, st Statement, args *Args) (Answer, error) {
	q := query{Statement: st, meaning: st.static}
	if st.fixed && len(st.static.Writes) > 0 {
		return Answer{Reason: st.static.Reason}, nil // a write, and counted as one
	}
	for again := true; ; again = false {
		r := s.refusal(ctx, st, args)
		if r.Code == "" {
			r = s.consider(ctx, &q, again)
		} else {
			q.view, _ = s.view()
			q.meaning = s.cache.meaning(st, q.view)
		}
		switch {
		case ctx.Err() != nil:
			return Answer{}, ctx.Err()
		case len(q.Writes) > 0:
			return Answer{Reason: q.Reason}, nil // likewise
		case r.Code != "":
			return s.cache.bypass(ctx, &q, r), nil
		}
		ans, err := s.look(ctx, &q, args)
		if ans.Reason.Code != outdated {
			return ans, err
		}
		// The epoch has moved: what the text means has to be asked anew.
		s.src.watcher.outdated(q.definitions)
		if !again || s.InTransaction() {
			return s.cache.bypass(ctx, &q, Reason{Code: CatalogUnknown}), nil
		}
	}
}

// A query is a statement on its way through a lookup, with what it means to the session.
type query struct {
	Statement
	*meaning
	view
}

// outdated is what look answers where definitions may have changed since those that the query
// rests on. It is not counted, and nobody else sees it.
const outdated sqlparse.ReasonCode = "outdated"

// consider finds out what q means, and gives the reason that lies in that.
func (s *Session) consider(ctx context.Context, q *query, again bool) Reason {
	var ok bool
	if q.view, ok = s.view(); !ok && !q.settled {
		return Reason{Code: CatalogUnknown}
	}
	q.meaning = s.cache.meaning(q.Statement, q.view)
	if again && q.unknownNames() && !s.InTransaction() && s.src.watcher.refresh(ctx, q.definitions) {
		if s.learn(ctx) != nil {
			return Reason{Code: UnknownScope}
		}
		return s.consider(ctx, q, false)
	}
	return q.Reason
}

// Unreadable says that the caller can make nothing of the Rows of the hit that it was
// just given: another version of the program kept them. It takes the hit back, which
// counts as damaged and as a miss, and returns the ticket to replace it.
func (s *Session) Unreadable(ctx context.Context, st Statement, args *Args) *Ticket {
	q := &query{Statement: st, meaning: s.found}
	s.cache.counts.unhit(s, q)
	s.cache.counts.damaged.Add(1)
	return s.miss(ctx, q, s.newTicket(q)).Ticket
}

func (c *Cache) bypass(ctx context.Context, q *query, r Reason) Answer {
	c.counts.bypass(q.text, q.meaning, r)
	c.observe(ctx, q.text, q.meaning, Bypass, r, 0)
	return Answer{Reason: r}
}

// refusal gives the reason that is known without asking the store. The cheapest to
// learn come first; only what is cacheable otherwise asks the server for a scope.
func (s *Session) refusal(ctx context.Context, st Statement, args *Args) Reason {
	switch r := s.cache.refusal(st); {
	case r.Code != "":
		return r
	case s.src.watcher == nil && st.static.Reason.Code != "":
		return st.static.Reason // there is no more to know
	}
	if args.reason.Code != "" {
		return args.reason
	}
	if r := s.reason(); r.Code != "" {
		return r
	}
	if err := s.learn(ctx); err != nil {
		return Reason{Code: UnknownScope}
	}
	return s.scopeReason()
}

// refusal gives the reason that lies in the words of the statement, the options or the
// directives.
func (c *Cache) refusal(st Statement) Reason {
	switch {
	case st.fixed && st.static.Reason.Code != "":
		return st.static.Reason
	case c.invalid != nil:
		return Reason{Code: BadOptions, Detail: c.invalid.Error()}
	case st.directive.bad != "":
		return Reason{Code: BadDirective}
	case st.directive.skip:
		return Reason{Code: Skipped}
	case c.opts.OptIn && !st.directive.use:
		return Reason{Code: NotAskedFor}
	}
	return Reason{}
}

// look asks the store, and joins or leads the misses of the same entry.
func (s *Session) look(ctx context.Context, q *query, args *Args) (Answer, error) {
	c := s.cache
	key := keyOf(q.in(&s.scope.digest), args)
	s.key, s.found = key, q.meaning
	found, r := s.load(ctx, key, q)
	switch {
	case ctx.Err() != nil:
		return Answer{}, ctx.Err()
	case r.Code == outdated:
		return Answer{Reason: r}, nil
	case r.Code != "":
		return c.bypass(ctx, q, r), nil
	case found.rows != nil && !q.directive.refresh:
		if s.verifies(q) {
			t := s.newTicket(q)
			t.check = &check{kept: found, cut: s.src.cut}
			return s.miss(ctx, q, t), nil
		}
		return s.hit(ctx, q, found), nil
	case s.tx.open, s.noWait, q.directive.refresh:
		// Whoever has locks must not wait for a query that may wait for them; and
		// who asks for the database does not mean a query that began before.
		return s.miss(ctx, q, s.newTicket(q)), nil
	}
	t := s.newTicket(q)
	leader := c.flights.join(t)
	if leader == nil {
		return s.lead(ctx, q, t)
	}
	rows, err := leader.wait(ctx, c.opts.FillWait)
	switch {
	case err != nil:
		return Answer{}, err
	case rows != nil:
		return s.shared(ctx, q, kept{rows: rows, saved: uint32(time.Now().Unix())}), nil
	}
	// The leader failed: everyone who waited runs a query of its own, rather than
	// lining up behind the next one.
	return s.miss(ctx, q, t), nil
}

func (s *Session) hit(ctx context.Context, q *query, found kept) Answer {
	c := s.cache
	c.counts.hit(s, q)
	if c.opts.Observe != nil {
		c.observe(ctx, q.text, q.meaning, Hit, Reason{}, found.age(time.Now()))
	}
	return Answer{Hit: true, Rows: found.rows}
}

func (s *Session) shared(ctx context.Context, q *query, found kept) Answer {
	s.cache.counts.shared.Add(1)
	return s.hit(ctx, q, found)
}

// load asks the store once, leaves the tags' states in s.states, and returns the
// rows if they are current.
func (s *Session) load(ctx context.Context, key backends.Key, q *query) (kept, Reason) {
	tags := q.Reads
	if cap(s.states) < len(tags) {
		s.states = make([]backends.TagState, len(tags))
	}
	s.states = s.states[:len(tags)]
	stored, err := s.cache.protocol.Load(ctx, key, tags, s.states)
	switch {
	case errors.Is(err, invalidation.ErrPending):
		return kept{}, Reason{Code: Pending}
	case err != nil:
		return kept{}, Reason{Code: StoreDown}
	}
	for i := range s.states {
		if s.states[i].Fenced {
			return kept{}, Reason{Code: Fenced}
		}
	}
	if d := q.definitions; d != nil && s.states[0].Generation != d.epoch { // the epoch's is the first
		return kept{}, Reason{Code: outdated}
	}
	if stored == nil {
		return kept{}, Reason{}
	}
	entry, err := backends.ParseEntry(key, stored)
	found, ours := keptIn(entry)
	if err == nil && !ours {
		err = errForeign
	}
	if err != nil {
		s.cache.counts.damaged.Add(1)
		s.cache.opts.Logger.Warn("gojohnny: what stands under a key is no entry", "err", err)
		return kept{}, Reason{}
	}
	if !entry.Current(s.states) {
		return kept{}, Reason{}
	}
	return found, Reason{}
}

var errForeign = errors.New("it holds no rows of this cache")

// lead makes the caller the filler of the entry, unless another process is at it and
// is done in time.
func (s *Session) lead(ctx context.Context, q *query, t *Ticket) (Answer, error) {
	c := s.cache
	if c.locker == nil || c.opts.FillWait < 0 {
		return s.miss(ctx, q, t), nil
	}
	deadline := time.Now().Add(c.opts.FillWait)
	for wait := time.Millisecond; ; wait *= 2 {
		won, err := c.locker.TryLock(ctx, t.key, c.token, fillLock)
		t.locked = won
		if won || err != nil || time.Now().Add(wait).After(deadline) {
			return s.miss(ctx, q, t), nil
		}
		if err := sleep(ctx, wait); err != nil {
			c.flights.finish(t, nil)
			return Answer{}, err
		}
		found, r := s.load(ctx, t.key, q)
		if r.Code != "" {
			c.flights.finish(t, nil)
			if r.Code == outdated {
				return Answer{Reason: r}, ctx.Err()
			}
			return c.bypass(ctx, q, r), ctx.Err()
		}
		if found.rows != nil {
			c.flights.finish(t, found.rows)
			return s.shared(ctx, q, found), nil
		}
		c.flights.renew(t, s.states)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Session) miss(ctx context.Context, q *query, t *Ticket) Answer {
	s.cache.counts.miss(q.text, q.meaning)
	told := false
	defer func() {
		if !told { // the program's Observe panicked, and others may wait
			t.Drop(Reason{Code: QueryFailed})
		}
	}()
	s.cache.observe(ctx, q.text, q.meaning, Miss, Reason{}, 0)
	told = true
	return Answer{Ticket: t}
}
