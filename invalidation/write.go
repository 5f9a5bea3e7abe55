package invalidation

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// An Outcome is what became of a write.
type Outcome uint8

const (
	// Unknown: the connection was lost or the context cancelled while the write
	// was on the wire. It may be committed, now or later.
	Unknown Outcome = iota
	// Committed: the database acknowledged it, or may have committed a part.
	Committed
	// RolledBack: the database said that it changed nothing, or the write was
	// never sent.
	RolledBack
)

// A Write is one write on its way into the database. It ends with exactly one call
// of End; a nil Write is a write of nothing, and ends the same way. Its methods
// may be called from any goroutine.
type Write struct {
	p      *Protocol
	tags   []string
	token  backends.Token
	fenced bool

	mu      sync.Mutex
	timer   *time.Timer   // the next renewal
	renewal chan struct{} // closed when the renewal under way ends; nil if none is
	ended   bool
}

// Fence marks tags as being written. It must return before the write (outside a
// transaction) or its COMMIT is sent. Tags are different from one another and not
// changed by the caller afterwards; without any, the Write is nil.
//
// It blocks on the store, as long as ctx and the store's client let it. When the
// store does not answer, the Mode decides: Available returns a Write all the same,
// Strict an error that wraps ErrRefused. When ctx ends first, the error is ctx's.
// After an error the write must not be sent.
func (p *Protocol) Fence(ctx context.Context, tags []string) (*Write, error) {
	if len(tags) == 0 {
		return nil, nil
	}
	w := &Write{p: p, tags: tags, token: backends.NewToken()}
	err := p.store.Fence(ctx, tags, w.token, p.lease)
	if err == nil {
		w.fenced = true
		p.counts.fences.Add(1)
		w.schedule()
		return w, nil
	}
	// Some of the tags may be fenced all the same. Nothing was sent: if the
	// write stops here, the lease removes those marks.
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if p.mode == Strict {
		p.counts.refused.Add(1)
		p.log.Error("gojohnny: write refused: its tables could not be fenced", "tags", tags, "err", err)
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	p.counts.unfenced.Add(1)
	p.log.Warn("gojohnny: write goes ahead without a fence", "tags", tags, "err", err)
	p.queue.hold(tags) // this process does not trust the store about them from here on
	return w, nil
}

// End says what became of the write. It blocks until the store took the lift, for
// a third of the lease at most; what the store did not take is queued and retried
// in the background, so there is nothing to return. Calls after the first do
// nothing.
func (w *Write) End(o Outcome) {
	if w == nil || !w.stop() {
		return
	}
	if !w.fenced {
		w.endUnfenced(o)
		return
	}
	switch o {
	case Committed:
		w.p.counts.committed.Add(1)
		w.lift(true)
	case RolledBack:
		w.p.counts.rolledBack.Add(1)
		w.lift(false)
	default:
		w.p.counts.abandoned.Add(1) // the lease ends it, with an advance
	}
}

// endUnfenced ends a write that the store does not know of. Until it was told, the
// tags stay held back in this process.
func (w *Write) endUnfenced(o Outcome) {
	switch o {
	case RolledBack:
		w.p.queue.release(w.tags)
	case Committed:
		w.p.queue.land(landing{token: w.token, tags: w.tags})
	default:
		// The commit may take effect at any time within the lease: what a lease
		// that runs out would do, this process does.
		w.p.queue.landAfter(w.p.lease, landing{token: w.token, tags: w.tags})
	}
}

func (w *Write) lift(advance bool) {
	ctx, cancel := context.WithTimeout(context.Background(), w.p.lease/3)
	defer cancel()
	err := w.p.store.Lift(ctx, w.tags, w.token, advance)
	if err == nil {
		return
	}
	w.p.log.Warn("gojohnny: lift did not reach the store", "tags", w.tags, "err", err)
	if advance {
		w.p.queue.add(landing{token: w.token, tags: w.tags})
	} // otherwise the lease does it: one advance too many, at worst
}

// schedule plans the next renewal, so that a slow write is not taken for a dead
// one. A third of the lease leaves time for two tries.
func (w *Write) schedule() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || w.p.closing.Err() != nil {
		return
	}
	w.timer = time.AfterFunc(w.p.lease/3, w.renew)
}

// renew fences again under the same token. What a renewal must not do is arrive
// after the lift and leave a fence that nobody lifts:
//
//	1: renew:  sends the fence       delayed on its way
//	2: End:    lifts
//	3: renew:  arrives               the tag is fenced until the lease ends
//
// so stop waits for the renewal under way, and none starts after it. (If a store
// delivers one later still, the lease ends it: reads bypass for that long, no
// more.)
func (w *Write) renew() {
	w.mu.Lock()
	if w.ended {
		w.mu.Unlock()
		return
	}
	done := make(chan struct{})
	w.renewal = done
	w.mu.Unlock()

	ctx, cancel := context.WithTimeout(w.p.closing, w.p.lease/3)
	err := w.p.store.Fence(ctx, w.tags, w.token, w.p.lease)
	cancel()
	if err == nil {
		w.p.counts.renewals.Add(1)
	} else if w.p.closing.Err() == nil {
		w.p.log.Warn("gojohnny: renewal did not reach the store", "tags", w.tags, "err", err)
	}
	w.mu.Lock()
	w.renewal = nil
	w.mu.Unlock()
	close(done)
	w.schedule()
}

// stop ends the renewals and reports whether this is the first call.
func (w *Write) stop() bool {
	w.mu.Lock()
	if w.ended {
		w.mu.Unlock()
		return false
	}
	w.ended = true
	if w.timer != nil {
		w.timer.Stop()
	}
	renewal := w.renewal
	w.mu.Unlock()
	if renewal != nil {
		<-renewal
	}
	return true
}
