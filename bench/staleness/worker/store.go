//go:build unix

package worker

import (
	"context"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/bench/staleness/history"
)

// The points of a write at which a worker can be told to end.
const (
	AtFence  = "before the fence"
	AtCommit = "between fence and COMMIT"
	AtLift   = "between COMMIT and lift"
	AtEnd    = "after the lift"
	AtSave   = "before a result is kept"
)

// Points are all of them.
var Points = []string{AtFence, AtCommit, AtLift, AtEnd, AtSave}

// A hookStore watches what goes to the store, and ends the process where it was told
// to.
type hookStore struct {
	backends.Store
	dieAt atomic.Value // string
}

// A lockerHook is one whose store elects fillers.
type lockerHook struct {
	*hookStore
	locker backends.Locker
}

func (s lockerHook) TryLock(ctx context.Context, key backends.Key, w backends.Token, ttl time.Duration) (bool, error) {
	return s.locker.TryLock(ctx, key, w, ttl)
}

func (s lockerHook) Unlock(ctx context.Context, key backends.Key, w backends.Token) error {
	return s.locker.Unlock(ctx, key, w)
}

// hook returns what the cache is given in the place of s.
func hook(s backends.Store) (*hookStore, backends.Store) {
	h := &hookStore{Store: s}
	if locker, ok := s.(backends.Locker); ok {
		return h, lockerHook{h, locker}
	}
	return h, h
}

func (s *hookStore) passes(point string) {
	if s.dieAt.Load() == point {
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL) // cannot fail for oneself
		select {}
	}
}

func (s *hookStore) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	stored, err := s.Store.Load(ctx, key, tags, states)
	if p, ok := ctx.Value(probeKey{}).(*probe); ok {
		p.source = sourceOf(key, stored, states, err)
	}
	return stored, err
}

// sourceOf is what the cache makes of the answer of a store.
func sourceOf(key backends.Key, stored []byte, states []backends.TagState, err error) history.Source {
	if err != nil {
		return history.NoStore
	}
	for _, s := range states {
		if s.Fenced {
			return history.Fenced
		}
	}
	if stored == nil {
		return history.Miss
	}
	if entry, err := backends.ParseEntry(key, stored); err != nil || !entry.Current(states) {
		return history.Miss
	}
	return history.Hit
}

func (s *hookStore) Save(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) error {
	s.passes(AtSave)
	return s.Store.Save(ctx, key, entry, ttl)
}

func (s *hookStore) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	s.passes(AtFence)
	if err := s.Store.Fence(ctx, tags, w, lease); err != nil {
		return err
	}
	s.passes(AtCommit)
	return nil
}

func (s *hookStore) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	s.passes(AtLift)
	if err := s.Store.Lift(ctx, tags, w, advance); err != nil {
		return err
	}
	s.passes(AtEnd)
	return nil
}

// FenceAndLook implements [backends.Looker], as the store does it if it is one.
func (s *hookStore) FenceAndLook(ctx context.Context, tags []string, w backends.Token, lease time.Duration, tag string,
) (backends.TagState, error) {
	s.passes(AtFence)
	state, err := backends.FenceAndLook(ctx, s.Store, tags, w, lease, tag)
	if err == nil {
		s.passes(AtCommit)
	}
	return state, err
}

// LiftAndLook implements [backends.Looker] likewise.
func (s *hookStore) LiftAndLook(ctx context.Context, tags []string, w backends.Token, advance bool, tag string,
) (backends.TagState, error) {
	s.passes(AtLift)
	state, err := backends.LiftAndLook(ctx, s.Store, tags, w, advance, tag)
	if err == nil {
		s.passes(AtEnd)
	}
	return state, err
}

// Down implements [backends.Downer], as the store does it if it is one.
func (s *hookStore) Down() bool {
	d, ok := s.Store.(backends.Downer)
	return ok && d.Down()
}

// A probe travels with a read's context and tells how the cache met it.
type probe struct{ source history.Source }

type probeKey struct{}

func withProbe(ctx context.Context) (context.Context, *probe) {
	p := &probe{}
	return context.WithValue(ctx, probeKey{}, p), p
}
