package invalidation_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/internal/imports"
	"github.com/gojohnny/gojohnny/invalidation"
)

func TestImports(t *testing.T) {
	imports.Only(t,
		"github.com/gojohnny/gojohnny/backends",
		"github.com/gojohnny/gojohnny/sqlparse", "github.com/gojohnny/gojohnny/sqlparse/internal/...")
}

func TestOptionsOutOfRangeAreRefused(t *testing.T) {
	tests := map[string]struct {
		opts invalidation.Options
		want string
	}{
		"short lease":    {invalidation.Options{Lease: time.Second - 1}, "invalidation: Lease is 999.999999ms, want at least 1s"},
		"negative lease": {invalidation.Options{Lease: -time.Second}, "invalidation: Lease is -1s, want at least 1s"},
		"mode":           {invalidation.Options{Mode: 2}, "invalidation: Mode is 2, want Available or Strict"},
		"none":           {invalidation.Options{}, ""},
		"shortest lease": {invalidation.Options{Lease: time.Second, Mode: invalidation.Strict}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := invalidation.New(newHookStore(t), &test.opts)
			if got := errorText(err); got != test.want {
				t.Errorf("got %q; want %q", got, test.want)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestNilOptionsAreTheDefaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p, err := invalidation.New(store, nil)
		if err != nil {
			t.Fatal(err)
		}
		w := fence(t, p, "a")
		time.Sleep(time.Hour)
		if !store.state(t, "a").Fenced {
			t.Error("the fence of a write that goes on is gone")
		}
		w.End(invalidation.Unknown)
		time.Sleep(10*time.Second - 1)
		if !store.state(t, "a").Fenced {
			t.Error("the lease is shorter than 10 s")
		}
		time.Sleep(time.Nanosecond)
		if store.state(t, "a").Fenced {
			t.Error("the lease is longer than 10 s")
		}
	})
}

func TestOutcomes(t *testing.T) {
	tests := map[string]struct {
		outcome invalidation.Outcome
		fenced  bool
		moved   backends.Generation
	}{
		"committed advances and lifts": {invalidation.Committed, false, 1},
		"rolled back only lifts":       {invalidation.RolledBack, false, 0},
		"unknown leaves the fence":     {invalidation.Unknown, true, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			store := newHookStore(t)
			p := newProtocol(t, store, invalidation.Available)
			before := store.state(t, "b")
			w := fence(t, p, "a", "b")
			if !store.state(t, "a").Fenced || !store.state(t, "b").Fenced {
				t.Error("Fence returned and a tag is not fenced")
			}
			w.End(test.outcome)
			w.End(invalidation.Committed) // the second call does nothing
			after := store.state(t, "b")
			if after.Fenced != test.fenced || after.Generation != before.Generation+test.moved {
				t.Errorf("fenced %v, generation moved by %d; want %v, %d", after.Fenced, after.Generation-before.Generation, test.fenced, test.moved)
			}
		})
	}
}

func TestWriteOfNothing(t *testing.T) {
	store := newHookStore(t)
	store.fail()
	p := newProtocol(t, store, invalidation.Strict)
	w, err := p.Fence(t.Context(), nil)
	if w != nil || err != nil {
		t.Errorf("got %v, %v; want nil, nil", w, err)
	}
	w.End(invalidation.Committed)
	if err := p.Advance(t.Context(), nil); err != nil {
		t.Errorf("Advance: %v", err)
	}
	if s := p.Stats(); s != (invalidation.Stats{}) {
		t.Errorf("Stats are %+v; want none", s)
	}
}

func TestStrictRefuses(t *testing.T) {
	store := newHookStore(t)
	store.fail()
	p := newProtocol(t, store, invalidation.Strict)
	w, err := p.Fence(t.Context(), []string{"a"})
	if w != nil || !errors.Is(err, invalidation.ErrRefused) || !errors.Is(err, errUnreachable) {
		t.Errorf("got %v, %v; want ErrRefused and the store's error", w, err)
	}
	if s := p.Stats(); s.Refused != 1 || s.Unfenced != 0 || s.Open != 0 {
		t.Errorf("Stats are %+v; want one refused", s)
	}
	store.answer()
	if err := load(t, p, "a"); err != nil {
		t.Errorf("Load after a refused write: %v", err)
	}
}

// The store has placed the fence and its reply was lost: a refused write leaves nothing
// that keeps its tables out of the cache.
func TestRefusedFenceLeavesNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, store, invalidation.Strict)
		store.hook(nil, func(op string) error {
			if op == "fence" {
				return errUnreachable
			}
			return nil
		})
		before := store.state(t, "a")
		if _, err := p.Fence(t.Context(), []string{"a"}); !errors.Is(err, invalidation.ErrRefused) {
			t.Errorf("got %v; want ErrRefused", err)
		}
		synctest.Wait()
		if after := store.state(t, "a"); after != before {
			t.Errorf("the tag is %+v; want %+v", after, before)
		}
	})
}

func TestCancelledFenceLeavesNone(t *testing.T) {
	for _, mode := range []invalidation.Mode{invalidation.Available, invalidation.Strict} {
		synctest.Test(t, func(t *testing.T) {
			store := newHookStore(t)
			p := newProtocol(t, store, mode)
			ctx, cancel := context.WithCancel(t.Context())
			store.hook(nil, func(op string) error { // it is placed, and the caller gives up
				if op == "fence" {
					cancel()
					return ctx.Err()
				}
				return nil
			})
			before := store.state(t, "a")
			if w, err := p.Fence(ctx, []string{"a"}); w != nil || err != context.Canceled {
				t.Errorf("got %v, %v; want the context's error as it is", w, err)
			}
			synctest.Wait()
			if after := store.state(t, "a"); after != before {
				t.Errorf("the tag is %+v; want %+v", after, before)
			}
			calls := store.count("fence")
			if _, err := p.Fence(ctx, []string{"a"}); err != context.Canceled || store.count("fence") != calls {
				t.Errorf("a context that is over: %v; want its error, and the store not asked", err)
			}
			if s := p.Stats(); s != (invalidation.Stats{}) {
				t.Errorf("Stats are %+v; want none", s)
			}
		})
	}
}

func TestFenceDoesNotWaitForAHungStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		store.hook(func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }, nil)
		p := newProtocol(t, store, invalidation.Available)
		start := time.Now()
		w := fence(t, p, "a")
		w.End(invalidation.Committed)
		if took := time.Since(start); took != time.Second {
			t.Errorf("Fence and End took %v; want 1s", took)
		}
	})
}

func TestAdvance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, store, invalidation.Available)
		before := store.state(t, "a").Generation
		if err := p.Advance(t.Context(), []string{"a"}); err != nil {
			t.Fatal(err)
		}
		if got := store.state(t, "a").Generation - before; got != 1 {
			t.Errorf("the generation moved by %d; want 1", got)
		}
		store.fail()
		if err := p.Advance(t.Context(), []string{"a"}); !errors.Is(err, errUnreachable) {
			t.Errorf("got %v; want the store's error", err)
		}
		if err := load(t, p, "a"); err != invalidation.ErrPending {
			t.Errorf("Load: %v; want ErrPending", err)
		}
		store.answer()
		time.Sleep(time.Minute)
		if got := store.state(t, "a").Generation - before; got != 2 {
			t.Errorf("the generation moved by %d in all; want 2", got)
		}
		if s := p.Stats(); s.Advances != 1 || s.Queued != 1 || s.Pending != 0 {
			t.Errorf("Stats are %+v; want one advance and one queued", s)
		}
	})
}

// TestStatsAddUp also shows under -race that a Protocol is safe for concurrent use.
func TestStatsAddUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, store, invalidation.Available)
		var mu sync.Mutex
		calls := 0
		store.hook(func(context.Context, string) error {
			mu.Lock()
			defer mu.Unlock()
			if calls++; calls%3 == 0 {
				return errUnreachable
			}
			return nil
		}, nil)
		const writers, each = 8, 50
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() {
				for j := range each {
					w, err := p.Fence(context.Background(), []string{"a", "b" + strconv.Itoa(i%2)})
					if err != nil {
						t.Error(err)
						return
					}
					if j == 0 {
						continue // stays open
					}
					if j%10 == 1 {
						time.Sleep(testLease)
					}
					defer p.Stats()
					w.End(invalidation.Outcome(j % 3))
				}
			})
		}
		wg.Wait()
		store.answer()
		time.Sleep(time.Minute)
		s := p.Stats()
		if s.Fences+s.Unfenced != writers*each || s.Open != writers {
			t.Errorf("Stats are %+v; want %d writes and %d open", s, writers*each, writers)
		}
		if s.Fences+s.Unfenced != s.Committed+s.RolledBack+s.Abandoned+s.Open || s.Pending != 0 {
			t.Errorf("Stats do not add up: %+v", s)
		}
		if s.Committed == 0 || s.RolledBack == 0 || s.Abandoned == 0 || s.Unfenced == 0 || s.Renewals == 0 || s.Queued == 0 {
			t.Errorf("Stats are %+v; want some of each", s)
		}
	})
}
