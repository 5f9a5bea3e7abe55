package memcachestore

import (
	"sync"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// These tests run the schedules of the comments, the wrong ones too.

func scheduleStore(t *testing.T) *Store {
	t.Helper()
	return storeOf(t, testservers.Memcached(t))
}

// storeOf returns a store that shares the server, but no key, with others.
func storeOf(t *testing.T, server *testservers.MemcachedServer) *Store {
	t.Helper()
	mc := memcache.New(server.Addr())
	mc.MaxIdleConns = 200
	mc.Timeout = 10 * time.Second // the machine may be busy
	s, err := New(mc, &Options{Prefix: "gojohnny:" + t.Name() + ":"})
	must(t, err)
	t.Cleanup(func() {
		s.Close()
		_ = mc.Close()
	})
	return s
}

const orders = "app/public.orders"

// must ends the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *Store) stateOf(t *testing.T) backends.TagState {
	t.Helper()
	var st [1]backends.TagState
	_, err := s.Load(t.Context(), backends.Key{}, []string{orders}, st[:])
	must(t, err)
	return st[0]
}

// place puts a fence on orders whose lease is somebody else's affair.
func (s *Store) place(t *testing.T, f fence) {
	t.Helper()
	tags := s.tags([]string{orders})
	must(t, s.read(tags))
	must(t, s.change(t.Context(), tags, change{
		creates: true,
		next:    func(st tagState) tagState { return st.fenced(f) },
	}))
}

// TestLeaseAfterFenceIsWrong is the first schedule of leases.go.
func TestLeaseAfterFenceIsWrong(t *testing.T) {
	s := scheduleStore(t)
	f := fence{writer: backends.NewToken(), lease: backends.NewToken()}
	s.place(t, f)
	s.stateOf(t)
	must(t, s.grant(f.lease, time.Minute))
	if s.stateOf(t).Fenced {
		t.Error("fenced; want the wrong order to lose the fence")
	}
}

// TestFenceStandsWhoeverLoads is the same with the calls as they are.
func TestFenceStandsWhoeverLoads(t *testing.T) {
	s := scheduleStore(t)
	f := fence{writer: backends.NewToken(), lease: backends.NewToken()}
	must(t, s.grant(f.lease, time.Minute))
	s.stateOf(t)
	s.place(t, f)
	s.stateOf(t)
	if !s.stateOf(t).Fenced {
		t.Error("not fenced")
	}
}

// settleWhile runs a load that finds the lease of orders' fence gone, and renew
// before the load writes what it found.
func (s *Store) settleWhile(t *testing.T, renew func()) {
	t.Helper()
	settling := change{creates: true, settles: func(tagState) bool { return true }}
	tags := s.tags([]string{orders})
	must(t, s.read(tags))
	must(t, s.plan(tags, settling))
	renew()
	must(t, each(tags, s.swap))
	if !tags[0].done {
		must(t, s.read(tags))
		must(t, s.change(t.Context(), tags, settling))
	}
}

// TestRenewalOfTheSameLeaseIsWrong is the second schedule of leases.go.
func TestRenewalOfTheSameLeaseIsWrong(t *testing.T) {
	s := scheduleStore(t)
	f := fence{writer: backends.NewToken(), lease: backends.NewToken()}
	s.place(t, f) // without a lease: it has run out
	s.settleWhile(t, func() { must(t, s.grant(f.lease, time.Minute)) })
	if s.stateOf(t).Fenced {
		t.Error("fenced; want the wrong renewal to lose the fence")
	}
}

// TestLateRenewalStands is the same with the calls as they are: the renewal stands,
// and that the lease had run out moved the generation.
func TestLateRenewalStands(t *testing.T) {
	s := scheduleStore(t)
	before := s.stateOf(t)
	f := fence{writer: backends.NewToken(), lease: backends.NewToken()}
	s.place(t, f)
	s.settleWhile(t, func() {
		must(t, s.Fence(t.Context(), []string{orders}, f.writer, time.Minute))
	})
	st := s.stateOf(t)
	if !st.Fenced || st.Generation != before.Generation+1 {
		t.Errorf("got %+v from %+v; want fenced and one generation on", st, before)
	}
}

// TestDeadFencesDoNotPileUp: where nobody reads, writers settle.
func TestDeadFencesDoNotPileUp(t *testing.T) {
	s := scheduleStore(t)
	before := s.stateOf(t)
	for range 3 * manyFences {
		s.place(t, fence{writer: backends.NewToken(), lease: backends.NewToken()})
	}
	w := backends.NewToken()
	must(t, s.Fence(t.Context(), []string{orders}, w, time.Minute))
	tags := s.tags([]string{orders})
	must(t, s.read(tags))
	if got := len(tags[0].item.Value); got != tagFixed+fenceSize {
		t.Errorf("the tag has %d bytes; want those of one fence, %d", got, tagFixed+fenceSize)
	}
	if got := s.stateOf(t); got.Generation != before.Generation+3*manyFences {
		t.Errorf("got generation %d; want %d", got.Generation, before.Generation+3*manyFences)
	}
}

// TestTemporaryTTLKeepsLeases: with the server's option that the package comment
// recommends, memory pressure takes no lease; without it, leases go like all else.
func TestTemporaryTTLKeepsLeases(t *testing.T) {
	t.Parallel()
	const leases, crowd = 50, 30000
	for _, test := range []struct {
		args []string
		want int
	}{
		{[]string{"-m", "2", "-o", "temporary_ttl=61"}, leases},
		{[]string{"-m", "2"}, 0},
	} {
		s := storeOf(t, testservers.NewMemcached(t, test.args...))
		ids := make([]backends.Token, leases)
		for i := range ids {
			ids[i] = backends.NewToken()
			must(t, s.grant(ids[i], 50*time.Second))
		}
		for range crowd { // of the leases' size: memcached makes room among its like
			must(t, s.mc.Set(&memcache.Item{Key: s.keys.lease(backends.NewToken()), Expiration: 3600}))
		}
		got := 0
		for _, id := range ids {
			if _, err := s.mc.Get(s.keys.lease(id)); err == nil {
				got++
			}
		}
		if got != test.want {
			t.Errorf("%q: %d of %d leases stand; want %d", test.args, got, leases, test.want)
		}
	}
}

// TestManyWriters: a hundred writers of one table come through, each in some rounds.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	const writers, rounds = 100, 5
	s := storeOf(t, testservers.NewMemcached(t))
	before := s.stateOf(t)
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range rounds {
				w := backends.NewToken()
				if err := s.Fence(t.Context(), []string{orders}, w, time.Minute); err != nil {
					t.Error(err)
				}
				if err := s.Lift(t.Context(), []string{orders}, w, true); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := s.stateOf(t); got.Fenced || got.Generation != before.Generation+writers*rounds {
		t.Errorf("got %+v from %+v; want %d generations on", got, before, writers*rounds)
	}
	t.Logf("%.1f rounds for each change", 1+float64(s.Stats().Conflicts)/(2*writers*rounds))
}
