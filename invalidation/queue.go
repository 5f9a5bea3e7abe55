package invalidation

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// A landing is what the store has yet to be told of a write that was sent.
type landing struct {
	tags  []string
	token backends.Token // of the fence that may stand there

	// unknown says that the write may be committed later. The store is told with
	// a fence, whose lease ends in an advance; otherwise with a lift that
	// advances.
	unknown bool
}

// A queue tells the store what it did not take at once, again and again, and knows
// the tags for which this process must not trust the store meanwhile.
//
// INVARIANT: a tag is held from before the write that the store does not know of
// is sent, until a fence stands there or its generation has advanced.
type queue struct {
	p       *Protocol
	holding atomic.Int64 // len(held): the hit path looks here first

	mu       sync.Mutex
	held     map[string]int // how many writes and landings hold the tag
	landings []landing      // each holds its tags
	trying   int            // landings that are under way, and not in the slice
	running  bool
}

const (
	// maxLandings bounds the queue: what is more is merged, so that it grows
	// with the number of tables and not with the number of writes.
	maxLandings = 1024

	firstRetry = 20 * time.Millisecond
	lastRetry  = 2 * time.Second
)

// holds reports whether one of tags is held.
func (q *queue) holds(tags []string) bool {
	if q.holding.Load() == 0 {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.ContainsFunc(tags, func(tag string) bool { return q.held[tag] > 0 })
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
		if q.held[tag]--; q.held[tag] == 0 {
			delete(q.held, tag)
		}
	}
	q.holding.Store(int64(len(q.held)))
}

// add queues l, which takes over the hold that its caller has on its tags.
func (q *queue) add(l landing) {
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

// mergeLocked makes one landing of all that wait. Its token is a new one: the
// fences of their writers, where any stand, are left to their leases. If the
// outcome of one is unknown, that of all is: a fence does for every tag what an
// advance does, only later.
func (q *queue) mergeLocked() {
	var merged landing
	for _, l := range q.landings {
		merged.tags = append(merged.tags, l.tags...)
		merged.unknown = merged.unknown || l.unknown
	}
	all := slices.Clone(merged.tags)
	slices.Sort(merged.tags)
	merged.tags = slices.Compact(merged.tags)
	merged.token = backends.NewToken()
	for _, tag := range merged.tags {
		q.held[tag]++
	}
	q.releaseLocked(all)
	q.landings = []landing{merged}
}

// run lands what is queued until nothing is. What the store does not take goes to
// the back, so that one tag's trouble (a node of a cluster is down) does not keep
// the others waiting.
func (q *queue) run() {
	wait := firstRetry
	for {
		l, ok := q.take()
		if !ok {
			return
		}
		err := q.p.land(q.p.closing, l)
		q.give(l, err)
		if err == nil {
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

// take takes the first landing out of the queue. Without one the runner is over.
func (q *queue) take() (landing, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.landings) == 0 {
		q.running = false
		return landing{}, false
	}
	l := q.landings[0]
	q.landings = slices.Delete(q.landings, 0, 1)
	q.trying++
	return l, true
}

// give ends what take began: l has landed, or goes to the back of the queue.
func (q *queue) give(l landing, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.trying--
	if err == nil {
		q.releaseLocked(l.tags)
		return
	}
	q.landings = append(q.landings, l)
}

// flush tries once more, in one call, to land what the runner, which is over, has
// left.
func (q *queue) flush(ctx context.Context) error {
	q.mu.Lock()
	if len(q.landings) > 1 {
		q.mergeLocked()
	}
	q.mu.Unlock()
	l, ok := q.take()
	if !ok {
		return nil
	}
	err := q.p.land(ctx, l)
	q.give(l, err)
	return err
}

// pending is how many landings wait or are under way.
func (q *queue) pending() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return uint64(len(q.landings) + q.trying)
}
