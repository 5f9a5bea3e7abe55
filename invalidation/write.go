package invalidation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// An Outcome is what became of a write.
type Outcome uint8

const (
	// Unknown: the connection was lost or the context cancelled while the write
	// was on the wire. It may be committed, now or within a lease from now.
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
	p     *Protocol
	tags  []string
	basis *Basis // of tags; nil: they are right whatever the definitions
	token backends.Token

	mu      sync.Mutex
	held    bool          // the tags are held back in this process: the store may have no fence
	timer   *time.Timer   // the next renewal
	renewal chan struct{} // closed when the renewal under way ends; nil if none is
	ended   bool
}

// Fence marks tags as being written. It must return before the write (outside a
// transaction) or its COMMIT is sent, and what is sent must be sent at once: with a
// connection at hand and nothing to wait for. Tags are different from one another
// and not changed by the caller afterwards; without any, the Write is nil.
//
// It waits for the store, for about a second at most. When the store does not answer, the
// Mode decides: Available returns a Write all the same, Strict an error that wraps
// ErrRefused. When ctx ends first, the error is ctx's. After an error the write must
// not be sent.
func (p *Protocol) Fence(ctx context.Context, tags []string) (*Write, error) {
	return p.start(ctx, tags, nil)
}

func (p *Protocol) start(ctx context.Context, tags []string, basis *Basis) (*Write, error) {
	if len(tags) == 0 {
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &Write{p: p, tags: tags, basis: basis, token: backends.NewToken()}
	switch err := w.fence(ctx); {
	case err == nil:
		p.counts.fences.Add(1)
	case ctx.Err() != nil:
		p.background(w.lift) // the fence may stand; the lease would cost an advance
		return nil, ctx.Err()
	case p.mode == Strict:
		p.background(w.lift) // likewise: the reply may be all that was lost
		p.counts.refused.Add(1)
		p.log.Error("gojohnny: write refused: its tables could not be fenced", "tags", w.tags, "err", err)
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	default:
		p.counts.unfenced.Add(1)
		p.log.Warn("gojohnny: write goes ahead without a fence", "tags", w.tags, "err", err)
		w.distrust()
	}
	w.schedule()
	return w, nil
}

var errSlow = errors.New("the fence took longer than half its lease")

// fence places or renews the fence. When it returns nil, more than half of the
// lease is left, by the clock of this process alone:
//
//	1: writer:  sends the fence     its lease begins
//	2: process: is stopped          (SIGSTOP, a paused machine) for longer than the lease
//	3: store:   the lease ends      the generation advances, the fence is gone
//	4: process: goes on, and finds the reply: fenced
//	5: reader:  fills the old rows under the new generation
//	6: writer:  COMMIT
//
// so an answer that took that long is worth nothing, and the fence is sent again.
func (w *Write) fence(ctx context.Context) error {
	for range 2 {
		sent := time.Now()
		call, cancel := context.WithTimeout(ctx, w.p.patience)
		err := w.place(call)
		cancel()
		if time.Since(sent) < w.p.lease/2 {
			return err
		}
	}
	return errSlow
}

// place asks the store for the fence, once, and for a wider one where what the tags rest on
// does not stand. No answer is an answer: it may not.
func (w *Write) place(ctx context.Context) error {
	b := w.basis
	if b == nil {
		return w.p.store.Fence(ctx, w.tags, w.token, w.p.lease)
	}
	epoch, err := backends.FenceAndLook(ctx, w.p.store, w.tags, w.token, w.p.lease, b.Epoch)
	if err == nil && b.stands(w.p, epoch) {
		return nil
	}
	w.widen()
	if err != nil {
		return err
	}
	return w.p.store.Fence(ctx, []string{b.Otherwise}, w.token, w.p.lease)
}

// End says what became of the write. It waits for the store, for two seconds at
// most; what the store does not take is tried again in the background, so there is
// nothing to return. Calls after the first do nothing.
//
// It does not matter to any read when the lift arrives: until then the fence stands,
// or where the store did not take one, this process does not ask the store.
func (w *Write) End(o Outcome) {
	if w == nil || !w.stop() {
		return
	}
	switch o {
	case Committed:
		w.p.counts.committed.Add(1)
		w.settle(landing{tags: w.tags, token: w.token})
	case RolledBack:
		w.p.counts.rolledBack.Add(1)
		w.lift()
		w.trust()
	default:
		// The fence's lease ends it, with an advance. It starts anew, so that
		// the database has all of it to resolve the commit.
		w.p.counts.abandoned.Add(1)
		w.settle(landing{tags: w.tags, token: w.token, unknown: true})
	}
}

// settle tells the store how the write ended, or leaves it to the queue: a store
// that did not answer lately is not waited for.
func (w *Write) settle(l landing) {
	switch {
	case !w.held:
		var err error
		if l, err = w.land(l); err == nil {
			return
		}
		w.p.log.Warn("gojohnny: the end of a write did not reach the store yet", "tags", w.tags, "err", err)
		w.distrust()
	case w.basis != nil:
		w.widen()
		l.tags = w.tags
	}
	w.p.queue.add(l)
}

// land tells the store how the write ended, and looks whether what its tags rest on has
// stood until now. It returns what has not landed.
func (w *Write) land(l landing) (landing, error) {
	b := w.basis
	if b == nil {
		return l, w.p.land(context.Background(), l)
	}
	epoch, err := w.p.landAndLook(l, b.Epoch)
	if err == nil && b.stands(w.p, epoch) {
		return l, nil
	}
	w.widen()
	if err == nil {
		w.tags = []string{b.Otherwise} // the others have landed
		l.tags = w.tags
		return l, w.p.land(context.Background(), l)
	}
	l.tags = w.tags
	return l, err
}

// lift removes the fence and nothing else. If it fails, the lease does it: one
// advance too many.
func (w *Write) lift() {
	ctx, cancel := context.WithTimeout(context.Background(), w.p.patience)
	defer cancel()
	if err := w.p.store.Lift(ctx, w.tags, w.token, false); err != nil {
		w.p.log.Warn("gojohnny: a fence is left to its lease", "tags", w.tags, "err", err)
	}
}

// distrust holds the tags back in this process, whose word for the fence the store
// did not give; trust ends that.
func (w *Write) distrust() {
	if !w.held {
		w.held = true
		w.p.queue.hold(w.tags)
	}
}

func (w *Write) trust() {
	if w.held {
		w.held = false
		w.p.queue.release(w.tags)
	}
}
