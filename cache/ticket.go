package cache

import (
	"context"
	"errors"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// fillLock is how long the election of one filler holds if that process dies.
const fillLock = 5 * time.Second

// A Ticket is the right to fill a missed entry, under the generations that were
// loaded before the query runs. It must end with Save or Drop; calls after the
// first do nothing. It is not safe for concurrent use.
type Ticket struct {
	cache  *Cache
	text   *text
	reads  *meaning
	key    backends.Key
	states []backends.TagState
	scope  *scope
	ttl    time.Duration
	void   Reason // why Save does not keep; no Code: it does
	check  *check // of a hit that is verified; nil: it is a miss
	locked bool   // the store has elected this process
	ended  bool
	flight

	few [4]backends.TagState // the states, if they are not more: an allocation less
}

// newTicket returns a ticket under the states that were just loaded.
func (s *Session) newTicket(q *query) *Ticket {
	t := &Ticket{
		cache: s.cache,
		text:  q.text,
		reads: q.meaning,
		key:   s.key,
		scope: s.scope,
		ttl:   q.directive.ttlOr(s.cache.opts.TTL),
	}
	t.states = append(t.few[:0], s.states...)
	return t
}

// confirm voids the ticket if the session turns out to be in another scope than its
// key was made for:
//
//	1: reader: lookup   on a session not dialled yet, under the scope that sessions start with
//	2: admin:  ALTER ROLE app SET search_path = other
//	3: reader: dial, query   rows of the other schema
//	4: reader: save          under the old scope's key
//
// or in a state that keeps nothing: a pool looks up before it picks a connection.
func (t *Ticket) confirm(ctx context.Context, s *Session) {
	t.started.Store(true)
	if t.void = s.reason(); t.void.Code != "" {
		return
	}
	if err := s.learn(ctx); err != nil {
		t.void = Reason{Code: UnknownScope}
		return
	}
	if s.scope.digest != t.scope.digest {
		if s.untouched {
			s.src.meets(s.scope, t.scope)
		}
		t.void = Reason{Code: UnknownScope, Detail: "settings differ from the last session's"}
		return
	}
	t.void = s.scopeReason()
}

// Buffer returns what the caller appends the rows to, which becomes the entry: the bytes
// that it holds already are the cache's. It has room for what the text's last result
// took, and for atLeast bytes.
func (t *Ticket) Buffer(atLeast int) []byte {
	head := room(len(t.states))
	return make([]byte, head, head+max(int(t.text.size.Load()), atLeast))
}

// MaxLen is the greatest length of a Buffer that Save keeps. A caller that has recorded
// more drops the ticket with TooLarge.
func (t *Ticket) MaxLen() int { return t.cache.opts.MaxEntry }

// Save keeps the rows in b, the whole result, and hands them to those who wait for them.
// b is what became of Buffer, and nobody's to change any more. It blocks on the store as
// long as ctx lets it, and reports nothing: what could not be kept is counted.
func (t *Ticket) Save(ctx context.Context, b []byte) {
	if t.void.Code != "" {
		t.Drop(t.void)
		return
	}
	if len(b) > t.MaxLen() {
		t.Drop(Reason{Code: TooLarge})
		return
	}
	rows := b[room(len(t.states)):]
	if _, verifying := t.Kept(); verifying && !t.verify(ctx, rows) {
		t.Drop(Reason{Code: Verified})
		return
	}
	if !t.end(rows) {
		return
	}
	stamp(b, len(t.states), time.Now())
	t.text.size.Store(int64(len(rows)))
	backends.SealEntry(b, t.key, t.states) // who waits reads the rows alone
	err := t.cache.store.Save(ctx, t.key, b, t.ttl)
	t.unlock(ctx)
	switch {
	case err == nil:
		t.cache.counts.stored.Add(1)
	case errors.Is(err, backends.ErrTooLarge):
		t.cache.counts.notStored.add(TooLarge)
	default:
		t.cache.counts.notStored.add(SaveFailed)
	}
}

// Drop gives the ticket back: there is nothing to keep, for that reason. Those who
// wait run queries of their own. It does not block but, where the store elected this
// process, on the store.
func (t *Ticket) Drop(r Reason) {
	if t.end(nil) {
		t.cache.counts.notStored.add(r.Code)
		t.unlock(context.Background())
	}
}

// end reports whether this is the ticket's first end.
func (t *Ticket) end(rows []byte) bool {
	if t.ended {
		return false
	}
	t.ended = true
	if t.leads {
		t.cache.flights.finish(t, rows)
	}
	return true
}

func (t *Ticket) unlock(ctx context.Context) {
	if !t.locked {
		return
	}
	// An election that is not given up ends by itself.
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), fillLock)
		defer cancel()
	}
	if err := t.cache.locker.Unlock(ctx, t.key, t.cache.token); err != nil {
		t.cache.opts.Logger.Debug("gojohnny: unlock", "err", err)
	}
}
