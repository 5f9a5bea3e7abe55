package invalidation_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation"
)

func TestUnfencedWriteHoldsItsTags(t *testing.T) {
	tests := map[string]struct {
		outcome        invalidation.Outcome
		held           bool // after End
		fenced, landed bool // after the store answers again
	}{
		"committed":   {outcome: invalidation.Committed, held: true, landed: true},
		"unknown":     {outcome: invalidation.Unknown, held: true, fenced: true},
		"rolled back": {outcome: invalidation.RolledBack},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newHookStore(t)
				p := newProtocol(t, store, invalidation.Available)
				before := store.state(t, "a").Generation
				store.fail()
				w := fence(t, p, "a")
				store.hook(func(_ context.Context, op string) error {
					if op == "load" {
						return nil
					}
					return errUnreachable
				}, nil)
				if err := load(t, p, "a"); err != invalidation.ErrPending {
					t.Errorf("Load during the write: %v; want ErrPending", err)
				}
				if err := load(t, p, "b"); err != nil {
					t.Errorf("Load of another tag: %v", err)
				}
				w.End(test.outcome)
				if err := load(t, p, "a"); (err == invalidation.ErrPending) != test.held {
					t.Errorf("Load after the write: %v; want ErrPending: %v", err, test.held)
				}
				time.Sleep(time.Minute)
				if err := load(t, p, "a"); (err == invalidation.ErrPending) != test.held {
					t.Errorf("Load a minute later: %v; want ErrPending: %v", err, test.held)
				}
				store.answer()
				time.Sleep(2 * time.Second) // the longest there is between two tries
				if err := load(t, p, "a"); err != nil {
					t.Errorf("Load after the store has answered: %v", err)
				}
				after := store.state(t, "a")
				if after.Fenced != test.fenced || (after.Generation != before) != test.landed {
					t.Errorf("the tag is %+v, from generation %d; want fenced %v, landed %v", after, before, test.fenced, test.landed)
				}
			})
		})
	}
}

func TestLostReplyOfALiftIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, store, invalidation.Available)
		w := fence(t, p, "a")
		store.hook(nil, func(string) error { return errUnreachable })
		w.End(invalidation.Committed)
		if err := load(t, p, "a"); err != invalidation.ErrPending {
			t.Errorf("Load: %v; want ErrPending", err)
		}
		store.answer()
		time.Sleep(2 * time.Second)
		if s := p.Stats(); s.Pending != 0 || store.state(t, "a").Fenced {
			t.Errorf("Stats are %+v, the tag %+v; want nothing pending, no fence", s, store.state(t, "a"))
		}
	})
}

// sickTag is a store that never answers about one tag.
type sickTag struct {
	*hookStore
	tag string
}

func (s sickTag) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	if slices.Contains(tags, s.tag) {
		return errUnreachable
	}
	return s.hookStore.Fence(ctx, tags, w, lease)
}

func (s sickTag) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	if slices.Contains(tags, s.tag) {
		return errUnreachable
	}
	return s.hookStore.Lift(ctx, tags, w, advance)
}

// One node of a cluster is down: what is on the others does not wait for it.
func TestOneTagsTroubleDoesNotHoldUpTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, sickTag{store, "sick"}, invalidation.Available)
		fence(t, p, "sick").End(invalidation.Committed)
		store.fail()
		w := fence(t, p, "well")
		w.End(invalidation.Committed)
		store.answer()
		time.Sleep(4 * time.Second)
		if err := load(t, p, "well"); err != nil {
			t.Errorf("Load of the well one: %v", err)
		}
		if err := load(t, p, "sick"); err != invalidation.ErrPending {
			t.Errorf("Load of the sick one: %v; want ErrPending", err)
		}
	})
}

func TestCloseTellsTheStoreOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, store, invalidation.Available)
		before := store.state(t, "a").Generation
		store.fail()
		for _, tag := range []string{"a", "b"} {
			w := fence(t, p, tag)
			w.End(invalidation.Committed)
		}
		if err := p.Close(t.Context()); !errors.Is(err, errUnreachable) {
			t.Errorf("Close while the store is out of reach: %v; want its error", err)
		}
		if got := p.Stats().Pending; got != 1 {
			t.Errorf("%d landings are pending; want 1, of both tags", got)
		}
		store.answer()
		if err := p.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if store.state(t, "a").Generation == before || p.Stats().Pending != 0 {
			t.Error("Close succeeded and the generation has not moved")
		}
		if err := load(t, p, "a"); err != nil {
			t.Errorf("Load: %v", err)
		}
	})
}

func TestWritesOutliveClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, store, invalidation.Available)
		w := fence(t, p, "a")
		if err := p.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * testLease)
		if !store.state(t, "a").Fenced {
			t.Error("a write on its way lost its fence when the Protocol was closed")
		}
		before := store.state(t, "a").Generation
		w.End(invalidation.Committed)
		if after := store.state(t, "a"); after.Fenced || after.Generation != before+1 {
			t.Errorf("the tag is %+v; want generation %d and no fence", after, before+1)
		}
		late := fence(t, p, "b")
		store.fail()
		late.End(invalidation.Committed) // nobody tries again
		store.answer()
		time.Sleep(time.Minute)
		if err := load(t, p, "b"); err != invalidation.ErrPending {
			t.Errorf("Load of what the store does not know: %v; want ErrPending", err)
		}
	})
}
