package cache_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
)

// The schedule of flights: a read that has loaded a newer generation does not join a
// query that began under an older one.
func TestReaderDoesNotJoinOlderQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		s := b.session()
		leader := b.lookup(t.Context(), s, orders) // 1: load; its query is slow
		run, err := s.Start(t.Context(), b.cache.Statement(t.Context(), orders), leader.Ticket)
		if err != nil {
			t.Fatal(err)
		}
		b.exec(b.session(), "UPDATE orders SET a = 1") // 2: acknowledged
		reader, got := b.session(), make(chan cache.Answer, 1)
		go func() { got <- b.lookup(t.Context(), reader, orders) }() // 3: leads a query of its own
		synctest.Wait()
		run.End(invalidation.Committed)
		leader.Ticket.Save(t.Context(), append(leader.Ticket.Buffer(0), "old rows"...)) // 4: nobody may see these
		ans := <-got
		if ans.Ticket == nil {
			t.Fatalf("got %+v; want a ticket", ans)
		}
		ans.Ticket.Save(t.Context(), append(ans.Ticket.Buffer(0), "rows"...))
		b.want(b.session(), orders, "hit rows")
		b.close()
	})
}

// A program's Observe that panics leaves nobody waiting.
func TestObservePanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		panics := true
		b := newBench(t, &cache.Options{Observe: func(_ context.Context, e cache.Event) {
			if e.Kind == cache.Miss && panics {
				panics = false
				panic("observe")
			}
		}})
		func() {
			defer func() { _ = recover() }()
			b.lookup(t.Context(), b.session(), orders)
		}()
		start := time.Now()
		b.want(b.session(), orders, "miss")
		if waited := time.Since(start); waited > 0 {
			t.Errorf("waited %v for nobody", waited)
		}
		b.close()
	})
}

func TestConcurrentMissesShareOneQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		leader := b.lookup(t.Context(), b.session(), orders)
		var wg sync.WaitGroup
		for range 10 {
			s := b.session()
			wg.Go(func() {
				if ans, err := s.Lookup(t.Context(), b.cache.Statement(t.Context(), orders), new(cache.Args)); err != nil || string(ans.Rows) != "rows" {
					t.Errorf("got %+v, %v; want the leader's rows", ans, err)
				}
			})
		}
		synctest.Wait() // all ten wait
		leader.Ticket.Save(t.Context(), append(leader.Ticket.Buffer(0), "rows"...))
		wg.Wait()
		if s := b.cache.Stats(); s.Misses != 1 || s.Hits != 10 || s.Shared != 10 {
			t.Errorf("got %d misses, %d hits, %d shared; want 1, 10, 10", s.Misses, s.Hits, s.Shared)
		}
		b.close()
	})
}

// A waiter whose leader brings nothing runs its own query; one whose own context ends
// leaves with its own error; one that holds a transaction's locks does not wait.
func TestWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		leader := b.lookup(t.Context(), b.session(), orders)

		locking := b.session()
		b.exec(locking, "BEGIN")
		b.exec(locking, "LOCK TABLE other")
		if ans := b.lookup(t.Context(), locking, orders); ans.Ticket == nil {
			t.Errorf("in a transaction: got %+v; want a ticket", ans)
		}

		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		impatient, patient := b.session(), b.session()
		wg.Go(func() {
			if _, err := impatient.Lookup(ctx, b.cache.Statement(ctx, orders), new(cache.Args)); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v; want context.Canceled", err)
			}
		})
		wg.Go(func() {
			if ans, err := patient.Lookup(t.Context(), b.cache.Statement(t.Context(), orders), new(cache.Args)); err != nil || ans.Ticket == nil {
				t.Errorf("got %+v, %v; want a ticket", ans, err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		leader.Ticket.Drop(cache.Reason{Code: cache.QueryFailed})
		wg.Wait()
		b.close()
	})
}

// Of two processes one is elected, the other waits for its entry, or for FillWait.
func TestOneProcessFills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := twoElecting(t)
		leader := a.lookup(t.Context(), a.session(), orders)

		var wg sync.WaitGroup
		s := b.session()
		wg.Go(func() {
			if ans, err := s.Lookup(t.Context(), b.cache.Statement(t.Context(), orders), new(cache.Args)); err != nil || string(ans.Rows) != "rows" {
				t.Errorf("got %+v, %v; want the other's rows", ans, err)
			}
		})
		synctest.Wait()
		leader.Ticket.Save(t.Context(), append(leader.Ticket.Buffer(0), "rows"...))
		wg.Wait()

		leader = a.lookup(t.Context(), a.session(), "SELECT * FROM slow")
		start := time.Now()
		if ans := b.lookup(t.Context(), b.session(), "SELECT * FROM slow"); ans.Ticket == nil {
			t.Errorf("got %+v; want a ticket", ans)
		}
		if waited := time.Since(start); waited == 0 || waited > 100*time.Millisecond {
			t.Errorf("waited %v; want up to FillWait", waited)
		}
		a.close()
		b.close()
	})
}

// Who waits for another process's election loads again before its query runs, and keeps its rows
// under what it has then loaded.
func TestElectedLaterKeepsUnderLaterStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := twoElecting(t)
		other := a.lookup(t.Context(), a.session(), orders)
		got := make(chan cache.Answer, 1)
		go func() { got <- b.lookup(t.Context(), b.session(), orders) }()
		synctest.Wait()
		b.exec(b.session(), "UPDATE orders SET a = 1")
		time.Sleep(10 * time.Millisecond) // in the bubble: it loads again
		synctest.Wait()
		other.Ticket.Drop(cache.Reason{Code: cache.QueryFailed})
		ans := <-got
		if ans.Ticket == nil {
			t.Fatalf("got %+v; want a ticket", ans)
		}
		ans.Ticket.Save(t.Context(), append(ans.Ticket.Buffer(0), "rows"...))
		b.want(b.session(), orders, "hit rows")
		a.close()
		b.close()
	})
}

// While leaders load again, others look whether they may join them (the race detector looks on).
func TestJoiningWhileLeadersLoadAgain(t *testing.T) {
	a, b := twoElecting(t)
	defer a.store.Close()
	other := a.lookup(t.Context(), a.session(), orders)
	var wg sync.WaitGroup
	for range 60 {
		s := b.session()
		wg.Go(func() {
			if ans := b.lookup(t.Context(), s, orders); ans.Ticket != nil {
				ans.Ticket.Drop(cache.Reason{Code: cache.QueryFailed})
			}
		})
	}
	for range 40 {
		b.exec(b.session(), "UPDATE orders SET a = 1")
	}
	wg.Wait()
	other.Ticket.Drop(cache.Reason{Code: cache.QueryFailed})
}

// electing is a store that elects who fills an entry, until that gives it up.
type electing struct {
	*memstore.Store
	held sync.Map // backends.Key -> backends.Token
}

func (e *electing) TryLock(_ context.Context, k backends.Key, w backends.Token, _ time.Duration) (bool, error) {
	holder, _ := e.held.LoadOrStore(k, w)
	return holder == w, nil
}

func (e *electing) Unlock(_ context.Context, k backends.Key, w backends.Token) error {
	e.held.CompareAndDelete(k, w)
	return nil
}

// twoElecting are two caches on one store that elects, as of two processes.
func twoElecting(t *testing.T) (a, b *bench) {
	t.Helper()
	store, err := memstore.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	shared := &electing{Store: store}
	return benchWith(t, store, shared, nil), benchWith(t, store, shared, nil)
}
