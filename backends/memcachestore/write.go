package memcachestore

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// manyFences is how many fences a tag carries before a writer looks whether their
// leases ran out. Usually readers do; without any, the dead ones would pile up.
const manyFences = 32

// Fence implements [backends.Store]. The lease is rounded up to the second and one
// more, and is at most 30 days.
//
// One lease serves all tags of the call, so that a fence on n tags is n+2 requests:
// the lease and the reading of the tags at once, then the tags at once.
func (s *Store) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	if err := s.fence(ctx, tags, fence{writer: w, lease: backends.NewToken()}, lease); err != nil {
		return fmt.Errorf("memcachestore: fence: %w", err)
	}
	return nil
}

func (s *Store) fence(ctx context.Context, names []string, f fence, lease time.Duration) error {
	if err := checkCall(ctx, names); err != nil || len(names) == 0 {
		return err
	}
	var wg sync.WaitGroup
	var granted error
	wg.Go(func() { granted = s.grant(f.lease, lease) })
	tags := s.tags(names)
	err := s.read(tags)
	wg.Wait()
	switch {
	case granted != nil:
		return granted
	case err != nil:
		return err
	}
	return s.change(ctx, tags, change{
		creates: true,
		// A renewal that comes too late must not hide that the lease ran out.
		settles: func(st tagState) bool { return st.has(f.writer) || len(st.fences) > manyFences },
		next:    func(st tagState) tagState { return st.fenced(f) },
	})
}

// Lift implements [backends.Store]. On n tags it is n+1 requests: the reading of the
// tags, then the tags at once.
func (s *Store) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	return s.lift(ctx, s.tags(tags), nil, w, advance)
}

// lift reads besides.
func (s *Store) lift(ctx context.Context, tags []*tag, besides []*tag, w backends.Token, advance bool) error {
	err := s.move(ctx, tags, besides, func(st tagState) tagState { return st.lifted(w, advance) })
	if err != nil {
		return fmt.Errorf("memcachestore: lift: %w", err)
	}
	return nil
}

// Advance implements [backends.Store]. It is as many requests as Lift.
func (s *Store) Advance(ctx context.Context, tags []string) error {
	if err := s.move(ctx, s.tags(tags), nil, tagState.advanced); err != nil {
		return fmt.Errorf("memcachestore: advance: %w", err)
	}
	return nil
}

// move applies next to the tags that the servers have, and reads besides at first. Fences
// whose lease ran out are left to the next load.
func (s *Store) move(ctx context.Context, tags, besides []*tag, next func(tagState) tagState) error {
	all := slices.Concat(tags, besides)
	names := make([]string, len(all))
	for i, t := range all {
		names[i] = t.name
	}
	if err := checkCall(ctx, names); err != nil || len(tags) == 0 {
		return err
	}
	if err := s.read(all); err != nil {
		return err
	}
	return s.change(ctx, tags, change{next: next})
}

func checkCall(ctx context.Context, tags []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return checkTags(tags)
}
