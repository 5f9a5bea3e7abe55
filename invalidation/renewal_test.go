package invalidation_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/invalidation"
)

func TestSlowWriteStaysFenced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, store, invalidation.Available)
		before := store.state(t, "a").Generation
		w := fence(t, p, "a")
		for range 10 {
			time.Sleep(testLease)
			if got := store.state(t, "a"); !got.Fenced || got.Generation != before {
				t.Fatalf("the tag is %+v; want generation %d and a fence", got, before)
			}
		}
		w.End(invalidation.RolledBack)
		renewals := p.Stats().Renewals
		time.Sleep(testLease)
		if got := store.state(t, "a"); got.Fenced || got.Generation != before {
			t.Errorf("the tag is %+v after a rollback; want generation %d and no fence", got, before)
		}
		if got := p.Stats().Renewals; renewals < 30 || got != renewals {
			t.Errorf("%d renewals, and %d after the end; want 30 or more, and none after", renewals, got-renewals)
		}
	})
}

// Two renewals that fail in a row are not too many.
func TestFenceSurvivesTwoFailedRenewals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, store, invalidation.Available)
		before := store.state(t, "a").Generation
		w := fence(t, p, "a")
		hang := func(ctx context.Context, op string) error {
			if op != "fence" {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		store.hook(hang, nil)
		time.Sleep(testLease * 3 / 4)
		if err := load(t, p, "a"); err != invalidation.ErrPending {
			t.Errorf("Load while the renewals fail: %v; want ErrPending", err)
		}
		store.answer()
		time.Sleep(testLease)
		if err := load(t, p, "a"); err != nil {
			t.Errorf("Load after a renewal: %v", err)
		}
		if got := store.state(t, "a"); !got.Fenced || got.Generation != before {
			t.Errorf("the tag is %+v; want generation %d and a fence", got, before)
		}
		w.End(invalidation.RolledBack)
	})
}

func TestEndWaitsForTheRenewalUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, store, invalidation.Available)
		w := fence(t, p, "a")
		arrive := make(chan struct{})
		store.hook(func(_ context.Context, op string) error {
			if op == "fence" {
				<-arrive
			}
			return nil
		}, nil)
		time.Sleep(testLease / 4)
		synctest.Wait() // the renewal is on its way
		ended := make(chan struct{})
		go func() {
			w.End(invalidation.Committed)
			close(ended)
		}()
		synctest.Wait()
		if got := store.count("lift"); got != 0 {
			t.Errorf("End lifted before the renewal under way arrived")
		}
		close(arrive)
		<-ended
		if store.state(t, "a").Fenced {
			t.Error("a fence stands that nobody lifts")
		}
	})
}

// A process that was stopped finds a reply in its socket that is older than the
// lease.
func TestReplyOlderThanTheLeaseIsWorthNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, store, invalidation.Strict)
		stops := 1
		store.hook(nil, func(op string) error {
			if op == "fence" && stops > 0 {
				stops--
				time.Sleep(2 * testLease)
			}
			return nil
		})
		w := fence(t, p, "a")
		if !store.state(t, "a").Fenced {
			t.Error("Fence returned after the lease had ended, and the tag is not fenced")
		}
		w.End(invalidation.RolledBack)

		stops = 10
		if _, err := p.Fence(t.Context(), []string{"a"}); err == nil {
			t.Error("Fence succeeded with a store that always takes longer than the lease")
		}
	})
}

// The database has all of a lease to resolve a commit of unknown outcome, however
// much of it had passed.
func TestUnknownOutcomeStartsTheLeaseAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHookStore(t)
		p := newProtocol(t, store, invalidation.Available)
		before := store.state(t, "a").Generation
		w := fence(t, p, "a")
		time.Sleep(testLease/4 - 1)
		w.End(invalidation.Unknown)
		time.Sleep(testLease - 1)
		if !store.state(t, "a").Fenced {
			t.Error("the fence is gone before a lease has passed")
		}
		time.Sleep(time.Nanosecond)
		if got := store.state(t, "a"); got.Fenced || got.Generation != before+1 {
			t.Errorf("the tag is %+v; want generation %d and no fence", got, before+1)
		}
	})
}
