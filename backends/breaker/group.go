package breaker

import (
	"context"
	"sync/atomic"
)

// sampleEvery is how many calls of Down on a dead Group it takes for one to be false.
const sampleEvery = 64

// A Group is the breakers of the servers of one client. The zero value has none. It is
// safe for concurrent use.
type Group struct {
	members [gone + 1]atomic.Int32 // how many are in each state
	asked   atomic.Uint32          // Down, while it was true
}

// New returns a closed Breaker of the Group that finds out with ping whether a server
// answers again. The context of a ping ends after a second.
func (g *Group) New(ping func(context.Context) error) *Breaker {
	g.members[untried].Add(1)
	return &Breaker{group: g, ping: ping}
}

// Down reports whether every server that was ever called refuses calls. It costs an
// atomic load while none does.
//
// Once in 64 times it is false all the same. There may be more servers than the Group
// knows, and only a call makes the client find them: one that it has not dialled yet,
// or, on a cluster whose masters are dead, the replicas that were promoted.
func (g *Group) Down() bool {
	if g.members[open].Load() == 0 || g.members[answering].Load() > 0 {
		return false
	}
	return g.asked.Add(1)%sampleEvery != 0
}
