package cache

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// A flight is what others need of a ticket to wait for the rows that will fill its entry.
type flight struct {
	leads   bool          // others may wait
	started atomic.Bool   // the leader has a connection
	done    chan struct{} // closed when rows is set; nil: nobody waits
	rows    []byte        // nil: the query brought nothing to share
}

// startWait is how long a read waits for a leader that has no connection yet, besides
// what that may wait for another process.
const startWait = 100 * time.Millisecond

// flights are the queries that fill entries now, at most one per key and
// generations.
//
// INVARIANT: a read joins a flight only if it has itself just loaded the generations
// that the flight began under. It then started before any write that the flight's
// query may have missed was acknowledged: such a write would have moved a
// generation, or its fence would stand. Joining by key alone serves a stale row:
//
//	1: leader: load, query   old rows, under generation 7; slow
//	2: writer: COMMIT, lift  7 -> 8, acknowledged
//	3: reader: load          8; joins the leader
//	4: leader: rows          old rows, for a read that began after 2
type flights struct {
	mu sync.Mutex
	m  map[backends.Key]*Ticket
}

// join returns the ticket that fills t's entry under t's states. There is none if t leads,
// which is finished then. One under other generations is left to those who wait for it.
func (fs *flights) join(t *Ticket) (leader *Ticket) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if l := fs.m[t.key]; l != nil && slices.Equal(l.states, t.states) {
		if l.done == nil {
			l.done = make(chan struct{})
		}
		return l
	}
	t.leads = true
	fs.m[t.key] = t
	return nil
}

// renew puts the states that a leader has loaded since, before its query, in the place of
// those that it joined under.
func (fs *flights) renew(t *Ticket, states []backends.TagState) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	copy(t.states, states)
}

// finish hands rows, or nil, to everyone who waits for t, which leads. It is called once.
func (fs *flights) finish(t *Ticket, rows []byte) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.m[t.key] == t {
		delete(fs.m, t.key)
	}
	t.rows = rows
	if t.done != nil {
		close(t.done)
	}
}

// wait returns the rows, nil if the leader brought none, or ctx's error. It does not
// wait for a leader that waits for a connection itself: the waiter may hold the
// last one.
func (f *flight) wait(ctx context.Context, fillWait time.Duration) ([]byte, error) {
	late := time.NewTimer(max(fillWait, 0) + startWait)
	defer late.Stop()
	for {
		select {
		case <-f.done:
			return f.rows, nil
		case <-late.C:
			if !f.started.Load() {
				return nil, nil
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
