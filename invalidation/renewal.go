package invalidation

import (
	"context"
	"time"
)

// schedule plans the next renewal, so that a slow write is not taken for a dead
// one. A write that could not be fenced tries again the same way.
func (w *Write) schedule() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ended {
		w.timer = time.AfterFunc(w.p.lease/4, w.renew)
	}
}

// renew fences again under the same token. It does not ask whether the Protocol was
// closed: a write on its way is on its way.
//
// What a renewal must not do is arrive after the lift and leave a fence that nobody
// lifts:
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

	err := w.fence(context.Background())

	w.mu.Lock()
	if err == nil {
		w.p.counts.renewals.Add(1)
		w.trust()
	} else {
		w.p.log.Warn("gojohnny: renewal did not reach the store", "tags", w.tags, "err", err)
		w.distrust()
	}
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
