package cache

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// A flight is one query on its way to fill an entry, and those who wait for it.
type flight struct {
	key     backends.Key
	states  []backends.TagState // which the query began under
	started atomic.Bool         // the leader has a connection
	done    chan struct{}       // closed when rows is set; nil: nobody waits
	rows    []byte              // nil: the query brought nothing to share
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
	m  map[backends.Key]*flight
}

// join returns the flight of key and states, and whether the caller leads it and must
// finish it. A flight under other generations is left to those who wait for it.
func (fs *flights) join(key backends.Key, states []backends.TagState) (f *flight, leads bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f := fs.m[key]; f != nil && slices.Equal(f.states, states) {
		if f.done == nil {
			f.done = make(chan struct{})
		}
		return f, false
	}
	f = &flight{key: key, states: slices.Clone(states)}
	fs.m[key] = f
	return f, true
}

// finish hands rows, or nil, to everyone who waits for f. It is called once.
func (fs *flights) finish(f *flight, rows []byte) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.m[f.key] == f {
		delete(fs.m, f.key)
	}
	f.rows = rows
	if f.done != nil {
		close(f.done)
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
