package invalidation_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation"
)

const (
	epoch = "app/"
	blind = "app/*"
)

// fenceOn fences a write that was resolved as of the epoch's present generation.
func fenceOn(t *testing.T, p *invalidation.Protocol, store *hookStore, tags ...string) *invalidation.Write {
	t.Helper()
	b := invalidation.Basis{Epoch: epoch, Generation: store.state(t, epoch).Generation, Otherwise: blind}
	w, err := p.FenceOn(t.Context(), tags, b)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// ddl is what a change of a definition does to the epoch.
func ddl(t *testing.T, store *hookStore) {
	t.Helper()
	w := backends.NewToken()
	if err := store.Store.Fence(t.Context(), []string{epoch}, w, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := store.Store.Lift(t.Context(), []string{epoch}, w, true); err != nil {
		t.Fatal(err)
	}
}

// ddlUnderWay leaves the fence standing.
func ddlUnderWay(t *testing.T, store *hookStore) {
	t.Helper()
	if err := store.Store.Fence(t.Context(), []string{epoch}, backends.NewToken(), time.Hour); err != nil {
		t.Fatal(err)
	}
}

// The schedule of Basis, with the definition changed at every moment there is: before the
// write has its fence, while it is on the wire, and not at all. Without a look at each end
// the generation of what the write reaches by the new definition would not move.
func TestDefinitionsChangeUnderAWrite(t *testing.T) {
	for _, outcome := range []invalidation.Outcome{invalidation.Committed, invalidation.Unknown, invalidation.RolledBack} {
		for name, change := range map[string]func(*testing.T, *hookStore){"changed": ddl, "being changed": ddlUnderWay, "as they were": nil} {
			for _, when := range []string{"before the fence", "on the wire"} {
				t.Run(name+" "+when+" "+outcomeName(outcome), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						store := newHookStore(t)
						p := newProtocol(t, store, invalidation.Available)
						b := invalidation.Basis{Epoch: epoch, Generation: store.state(t, epoch).Generation, Otherwise: blind}
						orders, others := store.state(t, "orders").Generation, store.state(t, blind).Generation
						if when == "before the fence" && change != nil {
							change(t, store)
						}
						w, err := p.FenceOn(t.Context(), []string{"orders"}, b)
						if err != nil {
							t.Fatal(err)
						}
						if got, want := store.state(t, blind).Fenced, when == "before the fence" && change != nil; got != want {
							t.Errorf("on the wire: what the write reaches otherwise is fenced: %v; want %v", got, want)
						}
						if when == "on the wire" && change != nil {
							change(t, store)
						}
						w.End(outcome)
						unknown := outcome == invalidation.Unknown
						if got := store.state(t, "orders").Fenced; got != unknown {
							t.Errorf("at the end: orders is fenced: %v; want %v", got, unknown)
						}
						if got, want := store.state(t, blind).Fenced, unknown && change != nil; got != want {
							t.Errorf("at the end: what the write reaches otherwise is fenced: %v; want %v", got, want)
						}
						time.Sleep(20 * time.Second) // the lease of an unknown outcome
						sent := outcome != invalidation.RolledBack
						if got := store.state(t, "orders").Generation != orders; got != sent {
							t.Errorf("orders moved: %v; want %v", got, sent)
						}
						if got, want := store.state(t, blind).Generation != others, sent && change != nil; got != want {
							t.Errorf("what the write reaches otherwise moved: %v; want %v", got, want)
						}
						if store.state(t, "orders").Fenced || store.state(t, blind).Fenced {
							t.Error("a fence is left")
						}
					})
				})
			}
		}
	}
}

func outcomeName(o invalidation.Outcome) string {
	return map[invalidation.Outcome]string{
		invalidation.Committed: "committed", invalidation.RolledBack: "rolled back", invalidation.Unknown: "unknown",
	}[o]
}

// A store that does not answer does not say that the definitions stand: when it answers
// again, it is told of both.
func TestNoAnswerIsNoBasis(t *testing.T) {
	for _, when := range []string{"at the fence", "at the end"} {
		t.Run(when, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newHookStore(t)
				p := newProtocol(t, store, invalidation.Available)
				b := invalidation.Basis{Epoch: epoch, Generation: store.state(t, epoch).Generation, Otherwise: blind}
				others := store.state(t, blind).Generation
				if when == "at the fence" {
					store.fail()
				}
				w, err := p.FenceOn(t.Context(), []string{"orders"}, b)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := load(t, p, blind) == invalidation.ErrPending, when == "at the fence"; got != want {
					t.Errorf("on the wire: what the write reaches otherwise is held back: %v; want %v", got, want)
				}
				store.fail()
				w.End(invalidation.Committed)
				for _, tag := range []string{"orders", blind} {
					if err := load(t, p, tag); err != invalidation.ErrPending {
						t.Errorf("Load of %s: %v; want ErrPending", tag, err)
					}
				}
				store.answer()
				time.Sleep(5 * time.Second)
				if store.state(t, blind).Generation == others || p.Stats().Pending != 0 {
					t.Errorf("got %+v; want everything landed", p.Stats())
				}
				for _, tag := range []string{"orders", blind} {
					if err := load(t, p, tag); err != nil {
						t.Errorf("Load of %s: %v; want none held back", tag, err)
					}
				}
			})
		})
	}
}

// A fence that took too long is none, though the look found the definitions as they were:
// nobody looks at the end, and the store is told of both.
func TestSlowFenceIsNoBasis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, store, invalidation.Available)
		store.hook(nil, func(op string) error {
			if op == "load" { // the look, whose reply is all that is late
				time.Sleep(testLease / 2)
			}
			return nil
		})
		w := fenceOn(t, p, store, "orders")
		others := store.state(t, blind).Generation
		store.fail()
		w.End(invalidation.Committed)
		for _, tag := range []string{"orders", blind} {
			if err := load(t, p, tag); err != invalidation.ErrPending {
				t.Errorf("Load of %s: %v; want ErrPending", tag, err)
			}
		}
		store.answer()
		time.Sleep(5 * time.Second)
		if store.state(t, blind).Generation == others || p.Stats().Pending != 0 {
			t.Errorf("got %+v; want everything landed", p.Stats())
		}
	})
}

// What lands when the definitions have changed may be lost on the way: it is queued, and
// what has landed already is not held back.
func TestOtherwiseIsLostOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, sickTag{store, blind}, invalidation.Available)
		w := fenceOn(t, p, store, "orders")
		ddl(t, store)
		w.End(invalidation.Committed)
		if err := load(t, p, "orders"); err != nil {
			t.Errorf("Load of orders: %v", err)
		}
		if err := load(t, p, blind); err != invalidation.ErrPending {
			t.Errorf("Load of the other: %v; want ErrPending", err)
		}
		if got := p.Stats().Pending; got != 1 {
			t.Errorf("%d landings are pending; want 1", got)
		}
	})
}

// A renewal looks too: what changed while a slow write is on the wire is fenced before
// its end.
func TestRenewalLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, store, invalidation.Available)
		w := fenceOn(t, p, store, "orders")
		ddl(t, store)
		time.Sleep(4 * time.Second)
		if !store.state(t, blind).Fenced {
			t.Error("what the write reaches otherwise is not fenced after a renewal")
		}
		w.End(invalidation.RolledBack)
		if store.state(t, blind).Fenced {
			t.Error("a fence is left")
		}
	})
}

// A definition that changes between the look and the fence is missed if those come in
// this order:
//
//	1: writer: look    the epoch is what it was
//	2: admin:  ALTER TABLE, behind a fence; the epoch goes 7 -> 8
//	3: reader: load, query, save   what the write reaches by the new definition, under 8
//	4: writer: fence, COMMIT
//	5: reader: load    a hit, and stale
//
// Here 2 happens as the fence is on its way to the store.
func TestLookComesAfterTheFence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, store, invalidation.Available)
		store.hook(func(_ context.Context, op string) error {
			if op == "fence" {
				store.answer()
				ddl(t, store)
			}
			return nil
		}, nil)
		w := fenceOn(t, p, store, "orders")
		if !store.state(t, blind).Fenced {
			t.Error("what the write reaches otherwise is not fenced")
		}
		w.End(invalidation.Committed)
	})
}

// Where this process has changed a definition, and the store has not been told, the epoch
// that it finds there says nothing.
func TestEpochHeldBackIsNoBasis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, store, invalidation.Available)
		store.fail()
		if err := p.Advance(t.Context(), []string{epoch}); err == nil {
			t.Fatal("got no error")
		}
		synctest.Wait() // for the first retry, which fails
		store.answer()
		w := fenceOn(t, p, store, "orders")
		if !store.state(t, blind).Fenced {
			t.Error("what the write reaches otherwise is not fenced")
		}
		w.End(invalidation.Committed)
	})
}
