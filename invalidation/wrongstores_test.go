package invalidation_test

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// The stores of this file break one sentence of the contract each, to show that
// the protocol needs it and that the tests would notice.

// sharedToken is one mark per tag, whoever set it: Hibernate's shield, which the end of one
// write lowers for all.
type sharedToken struct{ backends.Store }

func (s sharedToken) Fence(ctx context.Context, tags []string, _ backends.Token, lease time.Duration) error {
	return s.Store.Fence(ctx, tags, backends.Token{}, lease)
}

func (s sharedToken) Lift(ctx context.Context, tags []string, _ backends.Token, advance bool) error {
	return s.Store.Lift(ctx, tags, backends.Token{}, advance)
}

// noFence takes every fence, and places none.
type noFence struct{ backends.Store }

func (noFence) Fence(context.Context, []string, backends.Token, time.Duration) error { return nil }

// noAdvance lifts fences and leaves the generations.
type noAdvance struct{ backends.Store }

func (s noAdvance) Lift(ctx context.Context, tags []string, w backends.Token, _ bool) error {
	return s.Store.Lift(ctx, tags, w, false)
}

// firstTagOnly fences one table of a transaction.
type firstTagOnly struct{ backends.Store }

func (s firstTagOnly) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	return s.Store.Fence(ctx, tags[:1], w, lease)
}

// noRenewal does not let a lease start anew.
type noRenewal struct {
	backends.Store
	mu   *sync.Mutex
	seen map[backends.Token]bool
}

func newNoRenewal(s backends.Store) backends.Store {
	return noRenewal{Store: s, mu: &sync.Mutex{}, seen: map[backends.Token]bool{}}
}

func (s noRenewal) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	s.mu.Lock()
	seen := s.seen[w]
	s.seen[w] = true
	s.mu.Unlock()
	if seen {
		return nil
	}
	return s.Store.Fence(ctx, tags, w, lease)
}

// noExpiryAdvance ends a lease without moving the generation.
type noExpiryAdvance struct {
	backends.Store
	mu     *sync.Mutex
	leases map[backends.Token]lease
}

type lease struct {
	tags []string
	end  time.Time
}

func newNoExpiryAdvance(s backends.Store) backends.Store {
	return noExpiryAdvance{Store: s, mu: &sync.Mutex{}, leases: map[backends.Token]lease{}}
}

func (s noExpiryAdvance) Fence(ctx context.Context, tags []string, w backends.Token, d time.Duration) error {
	s.mu.Lock()
	s.leases[w] = lease{tags, time.Now().Add(d)}
	s.mu.Unlock()
	return s.Store.Fence(ctx, tags, w, 1000*d)
}

func (s noExpiryAdvance) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	s.mu.Lock()
	for w, l := range s.leases {
		if !l.end.After(time.Now()) {
			s.Store.Lift(ctx, l.tags, w, false)
			delete(s.leases, w)
		}
	}
	s.mu.Unlock()
	return s.Store.Load(ctx, key, tags, states)
}

// A forgetful store can be told to lose the generation of a tag.
type forgetful interface{ forget(tag string) }

// restartAtOne starts a generation that was lost at 1, as a plain counter does.
type restartAtOne struct {
	backends.Store
	mu   *sync.Mutex
	base map[string]backends.Generation // what counts as 0
}

func newRestartAtOne(s backends.Store) backends.Store {
	return restartAtOne{Store: s, mu: &sync.Mutex{}, base: map[string]backends.Generation{}}
}

func (s restartAtOne) forget(tag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.base, tag)
}

func (s restartAtOne) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	entry, err := s.Store.Load(ctx, key, tags, states)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, tag := range tags {
		if _, ok := s.base[tag]; !ok {
			s.base[tag] = states[i].Generation - 1
		}
		states[i].Generation -= s.base[tag]
	}
	return entry, err
}

// lostIsFresh takes a stamp that is not there for one that is up to date.
type lostIsFresh struct {
	backends.Store
	mu   *sync.Mutex
	lost map[string]bool
}

func newLostIsFresh(s backends.Store) backends.Store {
	return lostIsFresh{Store: s, mu: &sync.Mutex{}, lost: map[string]bool{}}
}

func (s lostIsFresh) forget(tag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost[tag] = true
}

func (s lostIsFresh) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	entry, err := s.Store.Load(ctx, key, tags, states)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, tag := range tags {
		if s.lost[tag] && entry != nil {
			stored := entry[backends.EntryOverhead(i):] // where an entry over i tags would end, generation i stands
			states[i].Generation = backends.Generation(binary.LittleEndian.Uint64(stored))
		}
	}
	return entry, err
}

// settable lets anybody put any generation in place.
type settable struct {
	backends.Store
	mu  *sync.Mutex
	set map[string]backends.Generation
}

func newSettable(s backends.Store) backends.Store {
	return settable{Store: s, mu: &sync.Mutex{}, set: map[string]backends.Generation{}}
}

func (s settable) put(tag string, g backends.Generation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set[tag] = g
}

func (s settable) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	entry, err := s.Store.Load(ctx, key, tags, states)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, tag := range tags {
		if g, ok := s.set[tag]; ok {
			states[i].Generation = g
		}
	}
	return entry, err
}

func (s settable) Advance(ctx context.Context, tags []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, tag := range tags {
		if _, ok := s.set[tag]; ok {
			s.set[tag]++
		}
	}
	return s.Store.Advance(ctx, tags)
}

// losesFences forgets every fence when it is told to forget its tag: a restart, an
// eviction.
type losesFences struct {
	backends.Store
	mu     *sync.Mutex
	fences map[backends.Token][]string
}

func newLosesFences(s backends.Store) backends.Store {
	return losesFences{Store: s, mu: &sync.Mutex{}, fences: map[backends.Token][]string{}}
}

func (s losesFences) Fence(ctx context.Context, tags []string, w backends.Token, d time.Duration) error {
	s.mu.Lock()
	s.fences[w] = tags
	s.mu.Unlock()
	return s.Store.Fence(ctx, tags, w, d)
}

func (s losesFences) forget(tag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for w, tags := range s.fences {
		if slices.Contains(tags, tag) {
			s.Store.Lift(context.Background(), []string{tag}, w, false)
		}
	}
}
