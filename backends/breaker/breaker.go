// Package breaker keeps a dead server from costing every call a timeout.
//
// [Breaker] belongs to one server. After a few failures in a row it opens: calls
// are refused at once, while a goroutine pings the server until it answers. No
// caller is made to wait for a trial, which is why this is not one of the known
// circuit breakers: those let a caller's request through to see. A [Group] is the
// breakers of all servers of a client.
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

// A state is where a Breaker stands. It goes from untried to answering or open, then
// to and fro between those, and ends in gone.
type state = int32

const (
	untried state = iota
	answering
	open
	gone
)

// A Breaker refuses calls to a server that does not answer. It is safe for
// concurrent use; a call that finds it closed costs three atomic loads.
type Breaker struct {
	group    *Group
	ping     func(context.Context) error
	state    atomic.Int32
	failures atomic.Int32 // in a row
	opened   atomic.Uint64
}

// Allow returns ErrOpen if a call should not be made, and nil otherwise. How the
// call ends is told by Success or Failure, or not at all where it says nothing
// about the server.
func (b *Breaker) Allow() error {
	if b.state.Load() >= open {
		return ErrOpen
	}
	return nil
}

// Success says that the server answered.
func (b *Breaker) Success() {
	if b.failures.Load() != 0 { // a write would cost the other cores their copy
		b.failures.Store(0)
	}
	if b.state.Load() == untried {
		b.move(untried, answering)
	}
}

// Failure says that the server did not answer.
func (b *Breaker) Failure() {
	if b.failures.Add(1) < threshold {
		return
	}
	if b.move(answering, open) || b.move(untried, open) {
		b.opened.Add(1)
		go b.probe()
	}
}

// Opened is how often the Breaker has opened.
func (b *Breaker) Opened() uint64 { return b.opened.Load() }

// Leave takes the Breaker of a server that the client does not use any more out of its
// Group. It refuses all calls.
func (b *Breaker) Leave() {
	for !b.move(b.state.Load(), gone) {
		continue // it has just moved
	}
}

// move takes the Breaker from one state to another, if it is in the first.
func (b *Breaker) move(from, to state) bool {
	if !b.state.CompareAndSwap(from, to) {
		return false
	}
	b.group.members[from].Add(-1)
	b.group.members[to].Add(1)
	return true
}

// probe pings until the server answers, and closes the Breaker.
func (b *Breaker) probe() {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		ctx, cancel := context.WithTimeout(context.Background(), pingTimeout)
		err := b.ping(ctx)
		cancel()
		switch {
		case err == nil:
			b.failures.Store(0)
			b.move(open, answering)
			return
		case errors.Is(err, ErrGone):
			b.Leave()
			return
		}
		time.Sleep(pause)
	}
}
