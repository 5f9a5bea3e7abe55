package memstore

import (
	"slices"
	"sync/atomic"

	"github.com/gojohnny/gojohnny/backends"
)

// A tag has one state at a time, which is replaced, never changed: one atomic
// load sees the generation and the fences of one instant.
type tag struct {
	name  string
	hash  uint64
	used  atomic.Bool // looked up since the sweep came by
	state atomic.Pointer[tagState]
}

// A tagState is immutable.
type tagState struct {
	generation backends.Generation
	fences     []fence
}

// dead is the last state of a tag that the table drops. Whoever finds it looks
// the tag up anew; without it a fence could go to a tag that no reader sees:
//
//	1: writer: look up orders       a tag without fences
//	2: sweep:  drop orders          legal, it has no fence
//	3: writer: fence                on the tag of step 1
//	4: reader: look up orders       a new tag, unfenced
//
// Step 2 makes the tag dead with a compare-and-swap that fails where a fence
// came first, and step 3's fails where the tag is dead.
var dead = new(tagState)

// A fence stands until its lease runs out.
type fence struct {
	writer backends.Token
	until  instant
}

// settled returns the state at now: fences that ran out are gone, and for each of
// them the generation has advanced. It returns s itself where none did.
func (s *tagState) settled(now instant) *tagState {
	ranOut := func(f fence) bool { return f.until <= now }
	if !slices.ContainsFunc(s.fences, ranOut) {
		return s
	}
	standing := slices.DeleteFunc(slices.Clone(s.fences), ranOut)
	gone := len(s.fences) - len(standing)
	return &tagState{generation: s.generation + backends.Generation(gone), fences: standing}
}

// fenced returns s with f, in place of an older fence of the same writer's.
func (s *tagState) fenced(f fence) *tagState {
	return &tagState{generation: s.generation, fences: append(s.without(f.writer), f)}
}

// lifted returns s without w's fence, and advanced if advance is set.
func (s *tagState) lifted(w backends.Token, advance bool) *tagState {
	next := &tagState{generation: s.generation, fences: s.without(w)}
	if advance {
		next.generation++
	}
	return next
}

// advanced returns s with the next generation.
func (s *tagState) advanced() *tagState {
	return &tagState{generation: s.generation + 1, fences: s.fences}
}

// without returns a copy of the fences except w's.
func (s *tagState) without(w backends.Token) []fence {
	if len(s.fences) == 0 || len(s.fences) == 1 && s.fences[0].writer == w {
		return nil // as it mostly is
	}
	rest := make([]fence, 0, len(s.fences)+1)
	for _, f := range s.fences {
		if f.writer != w {
			rest = append(rest, f)
		}
	}
	return rest
}

// change replaces the tag's state, settled first, by what f makes of it. It
// reports false, and does nothing, if the tag is dead.
func (t *tag) change(c clock, f func(*tagState) *tagState) bool {
	for {
		old := t.state.Load()
		if old == dead {
			return false
		}
		s := old
		if len(s.fences) > 0 {
			s = s.settled(c.now())
		}
		if t.state.CompareAndSwap(old, f(s)) {
			return true
		}
	}
}

// read returns the tag's settled state, nil if the tag is dead.
func (t *tag) read(c clock) *tagState {
	for {
		s := t.state.Load()
		switch {
		case s == dead:
			return nil
		case len(s.fences) == 0:
			return s
		}
		settled := s.settled(c.now())
		if settled == s || t.state.CompareAndSwap(s, settled) {
			return settled
		}
	}
}

// kill makes the tag dead unless a fence stands there, and reports whether it is.
func (t *tag) kill(c clock) bool {
	s := t.read(c)
	return s == nil || len(s.fences) == 0 && t.state.CompareAndSwap(s, dead)
}
