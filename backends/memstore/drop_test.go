package memstore

import (
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// These are the schedules of a tag that is dropped while somebody holds it.

func held(t *testing.T, s *Store, name string) *tag {
	t.Helper()
	if _, err := s.Load(t.Context(), backends.Key{}, []string{name}, make([]backends.TagState, 1)); err != nil {
		t.Fatal(err)
	}
	return s.tags.find(name, maphash.String(s.tags.seed, name))
}

func isFenced(t *testing.T, s *Store, name string) bool {
	t.Helper()
	states := make([]backends.TagState, 1)
	if _, err := s.Load(t.Context(), backends.Key{}, []string{name}, states); err != nil {
		t.Fatal(err)
	}
	return states[0].Fenced
}

// TestFenceOnADroppedTagIsLost is the wrong order: the schedule at dead, with a
// writer that does not look whether its tag is dead.
func TestFenceOnADroppedTagIsLost(t *testing.T) {
	s, f := newStore(t, nil), fence{backends.NewToken(), startClock().now().add(time.Hour)}
	writers := held(t, s, "orders")
	ForgetTag(t, s, "orders")
	writers.state.Store(&tagState{fences: []fence{f}})
	if isFenced(t, s, "orders") {
		t.Error("a fence on a dropped tag is seen: the schedule shows nothing")
	}
}

// TestDeadTagRefusesAFence is the same schedule, with the writer as it is.
func TestDeadTagRefusesAFence(t *testing.T) {
	s, f := newStore(t, nil), fence{backends.NewToken(), startClock().now().add(time.Hour)}
	writers := held(t, s, "orders")
	if !writers.kill(s.clock) { // and the sweep is interrupted before it unlinks
		t.Fatal("a tag without fences was not killed")
	}
	if writers.change(s.clock, func(st *tagState) *tagState { return st.fenced(f) }) {
		t.Error("a dead tag took a fence")
	}
	if err := s.tags.fence("orders", f); err != nil {
		t.Fatal(err)
	}
	if !isFenced(t, s, "orders") {
		t.Error("a fence that was placed again is not seen")
	}
	if got := s.Stats(); got.Tags != 1 || got.DroppedTags != 1 {
		t.Errorf("got %+v; want the dead tag unlinked by the writer", got)
	}
	s.tags.unlink(writers) // the sweep goes on
	if got := s.Stats(); got.Tags != 1 || got.DroppedTags != 1 {
		t.Errorf("got %+v; want the tag counted once", got)
	}
}

// TestFencedTagIsNotKilled has the fence come first.
func TestFencedTagIsNotKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, nil)
		if err := s.Fence(t.Context(), []string{"orders"}, backends.NewToken(), time.Second); err != nil {
			t.Fatal(err)
		}
		orders := held(t, s, "orders")
		if orders.kill(s.clock) {
			t.Error("a fenced tag was killed")
		}
		time.Sleep(time.Second)
		if !orders.kill(s.clock) {
			t.Error("a tag whose only lease ran out was not killed")
		}
	})
}

// TestDropsUnderLoad has far more tags than the store remembers, so that each is
// dropped all the time, and checks what a writer relies on: from its Fence to its
// Lift every load sees a fence, and what was current before the Lift never is after.
func TestDropsUnderLoad(t *testing.T) {
	const goroutines, rounds, names = 8, 3000, 40
	s := newStore(t, &Options{MaxTags: 8})
	var over [names]endings
	var wg sync.WaitGroup
	for i := range goroutines {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 2))
			for range rounds {
				n := r.IntN(names)
				if r.IntN(3) == 0 {
					writeDropped(t, s, n, &over[n])
					continue
				}
				since := over[n].count.Load()
				if g, _ := loadDropped(t, s, n); over[n].has(g, since) {
					t.Errorf("generation %d of tag %d came back", g, n)
				}
			}
		})
	}
	wg.Wait()
	if s.Stats().DroppedTags == 0 {
		t.Error("no tag was dropped: the test shows nothing")
	}
}

func loadDropped(t *testing.T, s *Store, n int) (backends.Generation, bool) {
	var st [1]backends.TagState
	if _, err := s.Load(t.Context(), backends.Key{}, []string{fmt.Sprint("t", n)}, st[:]); err != nil {
		t.Errorf("Load: %v", err)
	}
	return st[0].Generation, st[0].Fenced
}

func writeDropped(t *testing.T, s *Store, n int, over *endings) {
	tags, w := []string{fmt.Sprint("t", n)}, backends.NewToken()
	if err := s.Fence(t.Context(), tags, w, time.Hour); err != nil {
		t.Errorf("Fence: %v", err)
	}
	runtime.Gosched()
	g, fenced := loadDropped(t, s, n)
	if !fenced {
		t.Errorf("tag %d is not fenced while a writer's fence is on it", n)
	}
	if err := s.Lift(t.Context(), tags, w, true); err != nil {
		t.Errorf("Lift: %v", err)
	}
	if after, _ := loadDropped(t, s, n); after == g {
		t.Errorf("generation %d of tag %d is current after the Lift", g, n)
	}
	over.add(g)
}

// endings are the generations of a tag that a Lift has ended, in their order.
type endings struct {
	count  atomic.Int64
	places sync.Map
}

func (e *endings) add(g backends.Generation) { e.places.Store(g, e.count.Add(1)) }

// has reports whether g was among the first since, so that no load that began
// when there were as many may answer it.
func (e *endings) has(g backends.Generation, since int64) bool {
	place, ok := e.places.Load(g)
	return ok && place.(int64) <= since
}

// TestTagsAreMadeOnce has many goroutines add the same tags while a sweep drops
// them: the count stays what the chains hold.
func TestTagsAreMadeOnce(t *testing.T) {
	s := newStore(t, &Options{MaxTags: 16})
	var wg sync.WaitGroup
	var loads atomic.Int64
	for range 8 {
		wg.Go(func() {
			for i := range 2000 {
				loadDropped(t, s, i%64)
				loads.Add(1)
			}
		})
	}
	wg.Wait()
	linked, names := 0, map[string]int{}
	for i := range s.tags.buckets {
		for l := s.tags.buckets[i].Load(); l != nil; l = l.next {
			linked++
			if names[l.tag.name]++; names[l.tag.name] > 1 {
				t.Errorf("tag %s is there twice", l.tag.name)
			}
		}
	}
	if got := s.Stats().Tags; got != linked {
		t.Errorf("got a count of %d; want %d, which are linked", got, linked)
	}
}
