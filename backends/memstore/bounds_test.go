package memstore

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// TestEntriesStayWithinMaxBytes churns from several goroutines at once and counts
// at every step: the bound may be exceeded by one entry for each of them.
func TestEntriesStayWithinMaxBytes(t *testing.T) {
	const maxBytes, largest, savers = 4 << 20, 256 << 10, 4
	s := newStore(t, &Options{MaxBytes: maxBytes})
	var wg sync.WaitGroup
	for i := range savers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			for range 250 {
				key := backends.Key{byte(r.Uint32()), byte(r.Uint32())}
				if err := s.Save(t.Context(), key, make([]byte, r.IntN(largest)), time.Hour); err != nil {
					t.Errorf("Save: %v", err)
				}
				if got := s.Stats().Bytes; got > maxBytes+savers*(largest+entryOverhead)*5/4 {
					t.Errorf("got %d bytes; want %d and one entry for each saver at most", got, maxBytes)
				}
			}
		})
	}
	wg.Wait()
	st := s.Stats()
	if st.Bytes > maxBytes {
		t.Errorf("got %d bytes after the last Save returned; want at most %d", st.Bytes, maxBytes)
	}
	if st.Evicted == 0 || st.Entries == 0 {
		t.Errorf("got %+v; want entries, and some evicted", st)
	}
}

// TestBytesAreThoseOfLivingEntries replaces an entry many times, and lets it run out.
func TestBytesAreThoseOfLivingEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, nil)
		for i := range 1000 {
			if err := s.Save(t.Context(), backends.Key{}, make([]byte, i), time.Second); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.Stats(); got.Entries != 1 || got.Bytes < 999+entryOverhead || got.Bytes > 1024+entryOverhead {
			t.Errorf("got %+v; want one entry of 999 bytes", got)
		}
		time.Sleep(5 * time.Second)
		if err := s.Save(t.Context(), backends.Key{}, nil, time.Second); err != nil {
			t.Fatal(err)
		}
		if got := s.Stats(); got.Entries != 1 || got.Bytes != 1+entryOverhead && got.Bytes != 8+entryOverhead {
			t.Errorf("got %+v; want one empty entry", got)
		}
	})
}

// TestCostIsReal fills a store with entries of one size and compares what it says
// they take with what the heap says.
func TestCostIsReal(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector has a heap of its own kind")
	}
	for _, size := range []int{0, 100, 1000, 5000, 40000} {
		t.Run(fmt.Sprintf("size=%d", size), func(t *testing.T) {
			n := min(50_000, 64<<20/(size+1))
			before := heap()
			s := newStore(t, &Options{MaxBytes: 1 << 30})
			for i := range n {
				if err := s.Save(t.Context(), backends.Key{byte(i), byte(i >> 8), byte(i >> 16), 5: 1}, make([]byte, size), time.Hour); err != nil {
					t.Fatal(err)
				}
			}
			used := float64(heap() - before - tableBytes(s))
			said := float64(s.Stats().Bytes)
			t.Logf("%d entries of %d bytes: heap %.0f each, counted %.0f each", n, size, used/float64(n), said/float64(n))
			if used > 1.15*said || used < 0.7*said {
				t.Errorf("%d entries of %d bytes: heap grew by %.0f bytes, counted are %.0f", n, size, used, said)
			}
			runtime.KeepAlive(s)
		})
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func tableBytes(s *Store) int64 { return int64(len(s.tags.buckets)) * 8 }

// TestTagsStayWithinMaxTags has a stranger ask for made-up names without end.
func TestTagsStayWithinMaxTags(t *testing.T) {
	const maxTags, strangers = 1000, 20_000
	s := newStore(t, &Options{MaxTags: maxTags})
	ctx, w := t.Context(), backends.NewToken()
	states := make([]backends.TagState, 1)
	load := func(name string) backends.TagState {
		if _, err := s.Load(ctx, backends.Key{}, []string{name}, states); err != nil {
			t.Fatal(err)
		}
		return states[0]
	}
	if err := s.Fence(ctx, []string{"fenced"}, w, time.Hour); err != nil {
		t.Fatal(err)
	}
	fenced, used, lost := load("fenced"), load("used"), 0
	for i := range strangers {
		load(fmt.Sprint("stranger ", i))
		if got := s.Stats().Tags; got > maxTags+maxTags/sweepStep+1 {
			t.Fatalf("got %d tags; want at most %d and a few", got, maxTags)
		}
		if got := load("used"); got != used {
			used = got
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("a tag in constant use was dropped %d times", lost)
	}
	if got := load("fenced"); got != fenced {
		t.Errorf("got %+v; want the fenced tag as it was, %+v", got, fenced)
	}
	if st := s.Stats(); st.DroppedTags < strangers-maxTags {
		t.Errorf("got %+v; want the strangers dropped", st)
	}
}

// TestFencedTagsAreNeverDropped exceeds MaxTags with nothing but fences.
func TestFencedTagsAreNeverDropped(t *testing.T) {
	s := newStore(t, &Options{MaxTags: 10})
	tags, w := make([]string, 500), backends.NewToken()
	for i := range tags {
		tags[i] = fmt.Sprint("t", i)
	}
	if err := s.Fence(t.Context(), tags, w, time.Hour); err != nil {
		t.Fatal(err)
	}
	states := make([]backends.TagState, len(tags))
	if _, err := s.Load(t.Context(), backends.Key{}, tags, states); err != nil {
		t.Fatal(err)
	}
	for i, st := range states {
		if !st.Fenced {
			t.Fatalf("fence %d of %d was lost", i, len(tags))
		}
	}
	if err := s.Lift(t.Context(), tags, w, true); err != nil {
		t.Fatal(err)
	}
	for i := range 100 { // their places are free again
		if _, err := s.Load(t.Context(), backends.Key{}, []string{fmt.Sprint("u", i)}, states[:1]); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Stats().Tags; got > 20 {
		t.Errorf("got %d tags after the fences went; want about 10", got)
	}
}

func TestHitDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	s, tags := newStore(t, nil), []string{"a", "b", "c"}
	key, states := backends.Key{1}, make([]backends.TagState, 3)
	if err := s.Save(t.Context(), key, make([]byte, 1000), time.Hour); err != nil {
		t.Fatal(err)
	}
	load := func() {
		if b, err := s.Load(t.Context(), key, tags, states); b == nil || err != nil {
			t.Error(b, err)
		}
	}
	load() // makes the tags
	if got := testing.AllocsPerRun(10_000, load); got != 0 {
		t.Errorf("a hit: got %v allocations; want 0", got)
	}
	if err := s.Fence(t.Context(), tags, backends.NewToken(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := testing.AllocsPerRun(10_000, load); got != 0 {
		t.Errorf("under a fence: got %v allocations; want 0", got)
	}
}
