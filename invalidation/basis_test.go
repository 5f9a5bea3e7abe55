package invalidation_test

import (
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
