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

// ordersOnly fences one of the tables of a transaction.
type ordersOnly struct{ backends.Store }

func (s ordersOnly) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	tags = slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return tag != tableTag("orders") })
	return s.Store.Fence(ctx, tags, w, lease)
}

// twoSteps lifts in two steps: the fence, then the generation.
type twoSteps struct{ backends.Store }

func (s twoSteps) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	if err := s.Store.Lift(ctx, tags, w, false); err != nil || !advance {
		return err
	}
	return s.Store.Advance(ctx, tags)
}

// A mark is one writer's fence on one tag.
type mark struct {
	w   backends.Token
	tag string
}

// A markBook knows the fences that were placed.
type markBook struct {
	mu    sync.Mutex
	marks map[mark]time.Time // to the end of their leases
}

// place notes the fences of w and returns the tags that had none.
func (b *markBook) place(tags []string, w backends.Token, lease time.Duration) (unmarked []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.marks == nil {
		b.marks = map[mark]time.Time{}
	}
	for _, tag := range tags {
		if _, ok := b.marks[mark{w, tag}]; !ok {
			unmarked = append(unmarked, tag)
		}
		b.marks[mark{w, tag}] = time.Now().Add(lease)
	}
	return unmarked
}

// take removes and returns the marks that match.
func (b *markBook) take(match func(m mark, end time.Time) bool) (taken []mark) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for m, end := range b.marks {
		if match(m, end) {
			taken = append(taken, m)
			delete(b.marks, m)
		}
	}
	return taken
}

// lower removes marks from the store and leaves the generations.
func lower(s backends.Store, marks []mark) {
	for _, m := range marks {
		_ = s.Lift(context.Background(), []string{m.tag}, m.w, false) // memory does not fail
	}
}

// noRenewal does not let a lease start anew.
type noRenewal struct {
	backends.Store
	*markBook
}

func newNoRenewal(s backends.Store) backends.Store { return noRenewal{s, &markBook{}} }

func (s noRenewal) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	return s.Store.Fence(ctx, s.place(tags, w, lease), w, lease)
}

// noExpiryAdvance ends a lease without moving the generation.
type noExpiryAdvance struct {
	backends.Store
	*markBook
}

func newNoExpiryAdvance(s backends.Store) backends.Store { return noExpiryAdvance{s, &markBook{}} }

func (s noExpiryAdvance) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	s.place(tags, w, lease)
	return s.Store.Fence(ctx, tags, w, 1000*lease)
}

func (s noExpiryAdvance) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	now := time.Now()
	lower(s.Store, s.take(func(_ mark, end time.Time) bool { return !end.After(now) }))
	return s.Store.Load(ctx, key, tags, states)
}

// liftsAll removes everybody's fence from a tag.
type liftsAll struct {
	backends.Store
	*markBook
}

func newLiftsAll(s backends.Store) backends.Store { return liftsAll{s, &markBook{}} }

func (s liftsAll) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	s.place(tags, w, lease)
	return s.Store.Fence(ctx, tags, w, lease)
}

func (s liftsAll) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	lower(s.Store, s.take(func(m mark, _ time.Time) bool { return slices.Contains(tags, m.tag) }))
	return s.Store.Lift(ctx, tags, w, advance)
}

// losesFences forgets every fence on a tag when it is told to forget the tag: a
// restart, an eviction.
type losesFences struct {
	backends.Store
	*markBook
}

func newLosesFences(s backends.Store) backends.Store { return losesFences{s, &markBook{}} }

func (s losesFences) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	s.place(tags, w, lease)
	return s.Store.Fence(ctx, tags, w, lease)
}

func (s losesFences) forget(tag string) {
	lower(s.Store, s.take(func(m mark, _ time.Time) bool { return m.tag == tag }))
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
