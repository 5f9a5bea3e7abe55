package invalidation_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A hookStore is memory that a test looks into, and makes fail.
type hookStore struct {
	backends.Store

	mu     sync.Mutex
	before func(ctx context.Context, op string) error // in place of the call, if it fails
	after  func(op string) error                      // in place of the reply, if it fails
	calls  map[string]int
}

func newHookStore(t *testing.T) *hookStore {
	t.Helper()
	memory, err := memstore.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(memory.Close)
	return &hookStore{Store: memory, calls: map[string]int{}}
}

// hook sets what happens before and after each call; nil is nothing.
func (s *hookStore) hook(before func(ctx context.Context, op string) error, after func(op string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before, s.after = before, after
}

func (s *hookStore) fail() {
	s.hook(func(context.Context, string) error { return errUnreachable }, nil)
}
func (s *hookStore) answer() { s.hook(nil, nil) }

func (s *hookStore) count(op string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[op]
}

func (s *hookStore) call(ctx context.Context, op string, do func() error) error {
	s.mu.Lock()
	s.calls[op]++
	before, after := s.before, s.after
	s.mu.Unlock()
	if before != nil {
		if err := before(ctx, op); err != nil {
			return err
		}
	}
	if err := do(); err != nil || after == nil {
		return err
	}
	return after(op)
}

func (s *hookStore) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) (entry []byte, err error) {
	err = s.call(ctx, "load", func() error {
		entry, err = s.Store.Load(ctx, key, tags, states)
		return err
	})
	return entry, err
}

func (s *hookStore) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	return s.call(ctx, "fence", func() error { return s.Store.Fence(ctx, tags, w, lease) })
}

func (s *hookStore) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	return s.call(ctx, "lift", func() error { return s.Store.Lift(ctx, tags, w, advance) })
}

func (s *hookStore) Advance(ctx context.Context, tags []string) error {
	return s.call(ctx, "advance", func() error { return s.Store.Advance(ctx, tags) })
}

// state is the state of a tag in the store, past every hook.
func (s *hookStore) state(t *testing.T, tag string) backends.TagState {
	t.Helper()
	states := make([]backends.TagState, 1)
	if _, err := s.Store.Load(t.Context(), backends.Key{}, []string{tag}, states); err != nil {
		t.Fatal(err)
	}
	return states[0]
}

// newProtocol returns a Protocol with a lease of testLease that is closed with the test.
func newProtocol(t *testing.T, store backends.Store, mode invalidation.Mode) *invalidation.Protocol {
	t.Helper()
	p, err := invalidation.New(store, &invalidation.Options{Mode: mode, Lease: testLease, Logger: silent})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close(context.Background()) }) // those who care close it themselves
	return p
}

// load is what the Protocol says to a read of tag.
func load(t *testing.T, p *invalidation.Protocol, tag string) error {
	t.Helper()
	_, err := p.Load(t.Context(), backends.Key{}, []string{tag}, make([]backends.TagState, 1))
	return err
}

// fence fences tag, which must succeed.
func fence(t *testing.T, p *invalidation.Protocol, tags ...string) *invalidation.Write {
	t.Helper()
	w, err := p.Fence(t.Context(), tags)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
