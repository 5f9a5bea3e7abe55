package invalidation

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// brokenStore takes nothing, until it is mended.
type brokenStore struct {
	backends.Store
	mended        atomic.Bool
	lifts, fences [][]string
}

var errBroken = errors.New("broken")

func (s *brokenStore) Lift(_ context.Context, tags []string, _ backends.Token, _ bool) error {
	if !s.mended.Load() {
		return errBroken
	}
	s.lifts = append(s.lifts, tags)
	return nil
}

func (s *brokenStore) Fence(_ context.Context, tags []string, _ backends.Token, _ time.Duration) error {
	if !s.mended.Load() {
		return errBroken
	}
	s.fences = append(s.fences, tags)
	return nil
}

func (s *brokenStore) Advance(context.Context, []string) error { return errBroken }

// The queue grows with the number of tables and not with the number of writes, and
// what is merged is held until the whole has landed.
func TestQueueIsMerged(t *testing.T) {
	for _, outcome := range []Outcome{Committed, Unknown} {
		synctest.Test(t, func(t *testing.T) {
			store := &brokenStore{}
			p, err := New(store, &Options{Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			tag := func(i int) string { return strconv.Itoa(i % 10) }
			for i := range 2 * maxLandings {
				w, err := p.Fence(t.Context(), []string{tag(i), tag(i + 1)})
				if err != nil {
					t.Fatal(err)
				}
				if i > 0 {
					w.End(Committed)
					continue
				}
				w.End(outcome)  // one is enough
				synctest.Wait() // it was tried, and waits with the others
			}
			if got := p.queue.pending(); got > maxLandings+1 {
				t.Errorf("%d landings wait; want %d at most, and one on trial", got, maxLandings)
			}
			for i := range 10 {
				if !p.queue.holds([]string{tag(i)}) {
					t.Errorf("tag %d is not held", i)
				}
			}
			synctest.Wait()
			store.mended.Store(true)
			time.Sleep(2 * lastRetry)
			synctest.Wait()
			if got := p.queue.pending(); got != 0 || len(p.queue.held) != 0 || p.queue.holding.Load() != 0 {
				t.Errorf("%d landings wait, held are %v; want none", got, p.queue.held)
			}
			if landed := len(store.lifts) + len(store.fences); landed > maxLandings+2 {
				t.Errorf("%d landings for %d writes; want them merged", landed, 2*maxLandings)
			}
			if (len(store.fences) > 0) != (outcome == Unknown) {
				t.Errorf("%d landings were fences; the outcome of the first was %d", len(store.fences), outcome)
			}
			if err := p.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
