//go:build unix

package worker

import (
	"context"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/bench/staleness/history"
)

// The points of a write at which a worker can be told to end.
const (
	AtFence  = "before the fence"
	AtCommit = "between fence and COMMIT"
	AtSent   = "when COMMIT was sent"
	AtLift   = "between COMMIT and lift"
	AtEnd    = "after the lift"
	AtSave   = "before a result is kept"
)

// Points are all of them.
var Points = []string{AtFence, AtCommit, AtSent, AtLift, AtEnd, AtSave}

// An Action is what becomes of a worker at a point.
type Action string

// The actions.
const (
	Die  Action = "die"  // SIGKILL
	Stop Action = "stop" // SIGSTOP: the process stands still until somebody continues it
	Wait Action = "wait" // the write stands still until the process is told to go on
)

// A hookStore watches what goes to the store, and does to the process what it was told
// to at a point.
type hookStore struct {
	backends.Store
	reached func(point string) // is told where the process or the write stands still; may be nil
	goOn    chan struct{}

	log *history.Log // hears of the fences that the store did not take, unless it is nil

	mu     sync.Mutex
	armed  map[string]Action // by point, until the first time
	untold map[backends.Token]history.Pending
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
	h := &hookStore{Store: s, goOn: make(chan struct{}), armed: map[string]Action{}, untold: map[backends.Token]history.Pending{}}
	if locker, ok := s.(backends.Locker); ok {
		return h, lockerHook{h, locker}
	}
	return h, h
}

// arm has an action happen the next time that the process comes to a point.
func (s *hookStore) arm(point string, a Action) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed[point] = a
}

func (s *hookStore) disarm(point string) Action {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.armed[point]
	delete(s.armed, point)
	return a
}

// tells notes whether the store knows of a write, after a call that says so: of a fence
// that it has not taken it does not.
func (s *hookStore) tells(w backends.Token, fence bool, err error) {
	if s.log == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	span, untold := s.untold[w]
	switch {
	case err == nil && untold:
		span.End(history.Done)
		delete(s.untold, w)
	case err != nil && fence && !untold:
		s.untold[w] = s.log.Span(history.Untold)
	}
}

func (s *hookStore) passes(point string) {
	a := s.disarm(point)
	if a == "" {
		return
	}
	if s.reached != nil {
		s.reached(point)
	}
	switch a {
	case Die:
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL) // cannot fail for oneself
		select {}
	case Stop:
		standStill()
	case Wait:
		<-s.goOn
	}
}

// standStill stops the process. The signal goes to the thread that calls, which so does
// not run on until another one has taken it.
func standStill() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Tgkill(unix.Getpid(), unix.Gettid(), unix.SIGSTOP) // cannot fail for oneself
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
	err := s.Store.Fence(ctx, tags, w, lease)
	s.tells(w, true, err)
	if err != nil {
		return err
	}
	s.passes(AtCommit)
	return nil
}

func (s *hookStore) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	s.passes(AtLift)
	err := s.Store.Lift(ctx, tags, w, advance)
	s.tells(w, false, err)
	if err != nil {
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
	s.tells(w, true, err)
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
	s.tells(w, false, err)
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
