package memcachestore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends"
)

const (
	// maxRounds is how often a compare-and-swap is tried. Of all that meet on one
	// tag one succeeds, and the others wait for a random time that grows to
	// maxPause: a hundred writers of one table come through within some rounds.
	maxRounds = 64
	minPause  = 50 * time.Microsecond
	maxPause  = 10 * time.Millisecond

	// parallel is how many of a call's tags are written at once, each on a
	// connection of its own.
	parallel = 8
)

// errContended is the error of a change that others were faster than in every round.
var errContended = errors.New("too many writers at once")

// errNoCAS is the error of a server that takes every compare-and-swap.
var errNoCAS = errors.New("the server runs without compare-and-swap (-C)")

// A tag is one tag of a call, from its first reading to its last.
type tag struct {
	name, key string
	place     int            // among the tags of a load
	item      *memcache.Item // nil: the server has none
	state     tagState
	write     bool // state is not what the server has
	done      bool
}

// tags are those of a call, not read yet.
func (s *Store) tags(names []string) []*tag {
	all := make([]*tag, len(names))
	for i, name := range names {
		all[i] = &tag{name: name, key: s.keys.tag(name)}
	}
	return all
}

// A change is what becomes of a tag, as it was read at one instant.
type change struct {
	creates bool                    // a tag that the server does not have
	settles func(tagState) bool     // whether to look for leases that ran out; nil: never
	next    func(tagState) tagState // nil: as it is
}

// change applies c to tags that were read, each by a compare-and-swap: where another
// was faster, the tag is read again. Once it returns nil, the servers have each
// tag's state.
func (s *Store) change(ctx context.Context, tags []*tag, c change) error {
	for round := range maxRounds {
		if round > 0 {
			if err := pause(ctx, round); err != nil {
				return err
			}
			if err := s.read(tags); err != nil {
				return err
			}
		}
		if err := s.plan(tags, c); err != nil {
			return err
		}
		if err := each(tags, s.swap); err != nil {
			return err
		}
		tags = slices.DeleteFunc(slices.Clone(tags), func(t *tag) bool { return t.done })
		if len(tags) == 0 {
			return nil
		}
	}
	return errContended
}

// read reads tags, in one round trip to each server involved.
func (s *Store) read(tags []*tag) error {
	keys := make([]string, len(tags))
	for i, t := range tags {
		keys[i] = t.key
	}
	items, err := s.get(keys)
	if err != nil {
		return err
	}
	for _, t := range tags {
		t.item = items[t.key]
	}
	return nil
}

// plan says what is to be written where.
func (s *Store) plan(tags []*tag, c change) error {
	var unsettled []*tag
	for _, t := range tags {
		known, err := s.parse(t)
		switch {
		case err != nil:
			return fmt.Errorf("tag %q: %w", t.name, err)
		case !known && !c.creates:
			t.done = true // what it will begin with is random
		case known && c.settles != nil && len(t.state.fences) > 0 && c.settles(t.state):
			unsettled = append(unsettled, t)
		}
	}
	if err := s.begin(tags); err != nil {
		return err
	}
	if err := s.settleFences(unsettled); err != nil {
		return err
	}
	if c.next == nil {
		return nil
	}
	for _, t := range tags {
		if next := c.next(t.state); !t.done && !next.equal(t.state) {
			t.state, t.write = next, true
		}
	}
	return nil
}

// parse fills in t's state, and reports whether the server had one. What something
// else wrote there counts as nothing.
func (s *Store) parse(t *tag) (known bool, err error) {
	t.state, t.write = tagState{}, false
	if t.item != nil {
		if t.state, known, err = parseState(t.item.Value); err != nil {
			return false, err
		}
		if !known {
			s.counts.foreign.Add(1)
		}
	}
	t.write = !known
	return known, nil
}

// begin gives a first state to the tags that have none.
func (s *Store) begin(tags []*tag) error {
	var quarantine []fence
	for _, t := range tags {
		if t.done || !t.write {
			continue
		}
		if s.opts.Quarantine > 0 && quarantine == nil {
			f := fence{writer: backends.NewToken(), lease: backends.NewToken()}
			if err := s.grant(f.lease, s.opts.Quarantine); err != nil {
				return err
			}
			quarantine = []fence{f}
		}
		t.state = tagState{generation: backends.NewGeneration(), fences: quarantine}
	}
	return nil
}

// swap writes t's state if the server still has what was read, and t is done then.
//
// A server that restarts between the two numbers its items anew. The client cannot
// take one for another's: the connections that it kept were closed with the old server,
// and a swap on one of them fails. It would take a swap that finds none to use, makes
// one, and meets the same number by chance.
func (s *Store) swap(t *tag) error {
	var err error
	switch {
	case t.done || !t.write:
	case t.item == nil:
		err = s.mc.Add(&memcache.Item{Key: t.key, Value: t.state.bytes()})
	case t.item.CasID == 0:
		err = errNoCAS
	default:
		t.item.Value, t.item.Flags, t.item.Expiration = t.state.bytes(), 0, 0
		err = s.mc.CompareAndSwap(t.item)
	}
	switch err {
	case nil:
		t.done = true
		return nil
	case memcache.ErrNotStored, memcache.ErrCASConflict, memcache.ErrCacheMiss:
		s.counts.conflicts.Add(1)
		return nil
	}
	return fmt.Errorf("tag %q: %w", t.name, err)
}

// each calls f with every tag, with some at a time.
func each(tags []*tag, f func(*tag) error) error {
	if len(tags) == 1 {
		return f(tags[0])
	}
	var wg sync.WaitGroup
	var next atomic.Int64
	errs := make([]error, min(parallel, len(tags)))
	for i := range errs {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(len(tags)) && errs[i] == nil; n = next.Add(1) {
				errs[i] = f(tags[n-1])
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// pause waits before the second and later rounds, and reports whether ctx is over.
func pause(ctx context.Context, round int) error {
	if round == 1 || ctx.Err() != nil {
		return ctx.Err()
	}
	timer := time.NewTimer(rand.N(min(minPause<<min(round, 10), maxPause)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
