// Package breaker keeps a dead server from costing every call a timeout.
//
// [Breaker] belongs to one server. After a few failures in a row it opens: calls
// are refused at once, while a goroutine pings the server until it answers. No
// caller is made to wait for a trial, which is why this is not one of the known
// circuit breakers: those let a caller's request through to see.
package breaker

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// ErrOpen is the error of a call that was refused because the server did not
// answer lately.
var ErrOpen = errors.New("the server did not answer lately")

// ErrGone is wrapped by the error of a ping that nobody needs to repeat: the client
// was closed. The Breaker stays open.
var ErrGone = errors.New("the client was closed")

const (
	// threshold is how many failures in a row open a Breaker. A ping that is
	// answered closes it again within a millisecond, so that a mistake is cheap.
	threshold = 3

	pingTimeout = time.Second
	firstPause  = 10 * time.Millisecond
	lastPause   = time.Second
)

// A Breaker refuses calls to a server that does not answer. It is safe for
// concurrent use; a call that finds it closed costs two atomic loads.
type Breaker struct {
	ping     func(context.Context) error
	open     atomic.Bool
	failures atomic.Int32 // in a row
	opened   atomic.Uint64
}

// New returns a closed Breaker that finds out with ping whether a server answers
// again. The context of a ping ends after a second.
func New(ping func(context.Context) error) *Breaker { return &Breaker{ping: ping} }

// Allow returns ErrOpen if a call should not be made, and nil otherwise. How the
// call ends is told by Success or Failure, or not at all where it says nothing
// about the server.
func (b *Breaker) Allow() error {
	if b.open.Load() {
		return ErrOpen
	}
	return nil
}

// Success says that the server answered.
func (b *Breaker) Success() {
	if b.failures.Load() != 0 { // a write would cost the other cores their copy
		b.failures.Store(0)
	}
}

// Failure says that the server did not answer.
func (b *Breaker) Failure() {
	if b.failures.Add(1) >= threshold && b.open.CompareAndSwap(false, true) {
		b.opened.Add(1)
		go b.probe()
	}
}

// Opened is how often the Breaker has opened.
func (b *Breaker) Opened() uint64 { return b.opened.Load() }

// probe pings until the server answers, and closes the Breaker.
func (b *Breaker) probe() {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		ctx, cancel := context.WithTimeout(context.Background(), pingTimeout)
		err := b.ping(ctx)
		cancel()
		switch {
		case err == nil:
			b.failures.Store(0)
			b.open.Store(false)
			return
		case errors.Is(err, ErrGone):
			return
		}
		time.Sleep(pause)
	}
}
