package invalidation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// A landing is an advance that the store has not taken yet, with the token of the
// fence that may stand there.
type landing struct {
	token backends.Token
	tags  []string
}

// A queue retries advances until they land, and knows the tags for which this
// process must not trust the store meanwhile.
//
// INVARIANT: a tag is held from before the write that the store was not told of
// until its advance has landed.
type queue struct {
	p       *Protocol
	holding atomic.Int64 // len(held): the hit path looks here first

	mu       sync.Mutex
	held     map[string]int // how many writes hold the tag back
	landings []landing
	running  bool
}

const (
	// maxLandings bounds the queue: what is more is merged, so that it grows
	// with the number of tables and not with the number of writes.
	maxLandings = 1024

	firstRetry = 20 * time.Millisecond
	lastRetry  = 2 * time.Second
)

func (q *queue) init(p *Protocol) {
	q.p, q.held = p, map[string]int{}
}

// holds reports whether one of tags is held.
func (q *queue) holds(tags []string) bool {
	if q.holding.Load() == 0 {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, tag := range tags {
		if q.held[tag] > 0 {
			return true
		}
	}
	return false
}

func (q *queue) hold(tags []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, tag := range tags {
		q.held[tag]++
	}
	q.holding.Store(int64(len(q.held)))
}

func (q *queue) release(tags []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.releaseLocked(tags)
}

func (q *queue) releaseLocked(tags []string) {
	for _, tag := range tags {
		if q.held[tag]--; q.held[tag] <= 0 {
			delete(q.held, tag)
		}
	}
	q.holding.Store(int64(len(q.held)))
}

// add holds the tags of l and queues it.
func (q *queue) add(l landing) {
	q.hold(l.tags)
	q.land(l)
}

// land queues l, whose tags are held already.
func (q *queue) land(l landing) {
	q.p.counts.queued.Add(1)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.landings = append(q.landings, l)
	if len(q.landings) > maxLandings {
		q.mergeLocked()
	}
	if !q.running {
		q.running = q.p.background(q.run)
	}
}

// mergeLocked makes one landing of all. The fences of their writers, where any
// stand, are left to their leases.
func (q *queue) mergeLocked() {
	held := map[string]int{}
	merged := landing{token: backends.NewToken()}
	for _, l := range q.landings {
		for _, tag := range l.tags {
			if held[tag]++; held[tag] == 1 {
				merged.tags = append(merged.tags, tag)
			}
		}
	}
	for tag, n := range held { // one landing holds each tag once
		q.held[tag] -= n - 1
	}
	q.landings = append(q.landings[:0], merged)
}

// run lands what is queued, oldest first, until nothing is.
func (q *queue) run() {
	wait := firstRetry
	for {
		err := q.landFirst(q.p.closing)
		switch {
		case errors.Is(err, errEmpty):
			return
		case err == nil:
			wait = firstRetry
			continue
		}
		select {
		case <-q.p.closing.Done():
			return
		case <-time.After(wait):
		}
		wait = min(2*wait, lastRetry)
	}
}

var errEmpty = errors.New("queue is empty")

// landFirst tries the oldest landing. It is errEmpty, and the runner over, when
// there is none.
func (q *queue) landFirst(ctx context.Context) error {
	q.mu.Lock()
	if len(q.landings) == 0 {
		q.running = false
		q.mu.Unlock()
		return errEmpty
	}
	l := q.landings[0]
	q.mu.Unlock()

	ctx, cancel := context.WithTimeout(ctx, q.p.lease/3)
	defer cancel()
	if err := q.p.store.Lift(ctx, l.tags, l.token, true); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	// A merge may have put l into another landing meanwhile; then that one lands
	// it again and releases it.
	if len(q.landings) > 0 && q.landings[0].token == l.token {
		q.landings = q.landings[1:]
		q.releaseLocked(l.tags)
	}
	return nil
}

// flush lands what is queued, giving up at the first that does not land.
func (q *queue) flush(ctx context.Context) error {
	for {
		err := q.landFirst(ctx)
		switch {
		case errors.Is(err, errEmpty):
			return nil
		case err != nil:
			return fmt.Errorf("invalidation: close: %d advances did not reach the store: %w", q.len(), err)
		}
	}
}

func (q *queue) len() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return uint64(len(q.landings))
}

// landAfter lands l, whose tags are held, once d has passed, or when the Protocol is
// closed.
func (q *queue) landAfter(d time.Duration, l landing) {
	started := q.p.background(func() {
		select {
		case <-time.After(d):
		case <-q.p.closing.Done():
		}
		q.land(l)
	})
	if !started {
		q.land(l)
	}
}
