package memcachestore_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memcachestore"
)

// These tests run what the package comment says of losses.

// loseTags loses the tags between a fence and its lift, and says how the reads
// before and after the commit went.
func loseTags(t *testing.T, opts *memcachestore.Options, lose func(*network, *world)) (before, after outcome, stale bool) {
	t.Helper()
	n := newNetwork(t, 1)
	w := newWorld(t, n, opts)
	w.fill()
	w.fence(time.Minute)
	w.want("fenced", "old", bypass)
	lose(n, w)
	_, before = w.read()
	w.commit("new")
	row, after := w.read()
	stale = row == "old"
	w.lift()
	if row, _ := w.read(); row != "new" {
		t.Errorf("after the lift: read %s; want new", row)
	}
	return before, after, stale
}

var losses = map[string]func(*network, *world){
	"restart": func(n *network, _ *world) { n.restart() },
	"eviction": func(n *network, w *world) {
		for _, tag := range w.tags {
			w.check(n.client().Delete(memcachestore.TagKey(tag)))
		}
	},
}

// TestLostTagReopens shows the schedule of the package comment, stale row included.
func TestLostTagReopens(t *testing.T) {
	t.Parallel()
	for name, lose := range losses {
		before, after, stale := loseTags(t, nil, lose)
		if before != miss || after != hit || !stale {
			t.Errorf("%s: got %s, then %s, stale %v; want a miss that fills, then a stale hit", name, before, after, stale)
		}
	}
}

// TestQuarantineClosesIt runs the same with the option.
func TestQuarantineClosesIt(t *testing.T) {
	t.Parallel()
	for name, lose := range losses {
		before, after, stale := loseTags(t, &memcachestore.Options{Quarantine: time.Second}, lose)
		if before != bypass || after != bypass || stale {
			t.Errorf("%s: got %s, then %s, stale %v; want bypasses", name, before, after, stale)
		}
	}
}

// TestLostLeaseReopens shows the other schedule of the package comment.
func TestLostLeaseReopens(t *testing.T) {
	t.Parallel()
	_, after, stale := loseTags(t, nil, func(n *network, w *world) {
		memcachestore.DropLeases(t, n.client(), w.tags[0])
	})
	if after != hit || !stale {
		t.Errorf("got %s, stale %v; want a stale hit", after, stale)
	}
}

// TestServerThatComesBackIsOld shows what New's list of servers must not do: another
// server answers for a while, and then the first one again.
func TestServerThatComesBackIsOld(t *testing.T) {
	t.Parallel()
	n, other := newNetwork(t, 1), newNetwork(t, 1)
	const address = "127.0.0.1:1"
	w := newWorld(t, n, nil)
	w.fill()
	first := n.move(address, other.servers[address])
	w.until(func() bool { _, by := w.read(); return by == hit })
	w.until(func() bool { return w.writer.Fence(t.Context(), w.tags, w.token, time.Minute) == nil })
	w.commit("new")
	w.lift()
	w.want("moved", "new", miss)
	n.move(address, first)
	w.until(func() bool { row, by := w.read(); return row == "old" && by == hit })
}

// TestServersInAnotherOrder shows the other thing that a list of servers must not do:
// programs that name them in different orders have tags and entries of their own, and
// see nothing of what the others write.
func TestServersInAnotherOrder(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		order []string
		want  string
	}{
		{[]string{"127.0.0.1:1", "127.0.0.1:2"}, "new"},
		{[]string{"127.0.0.1:2", "127.0.0.1:1"}, "old"},
	} {
		n := newNetwork(t, 2)
		w := newWorld(t, n, nil)
		mc := memcache.New(test.order...)
		mc.DialContext, mc.Timeout = n.dial, 10*time.Second
		w.writer = open(t, mc, nil)
		w.fill()
		w.fence(time.Minute)
		w.commit("new")
		w.lift()
		if row, _ := w.read(); row != test.want {
			t.Errorf("a writer whose servers are %v: read %s; want %s", test.order, row, test.want)
		}
	}
}

func (w *world) until(done func() bool) {
	for !done() {
	}
}

// TestRestartsAndEvictions has readers and a writer at work while servers lose what
// they have: no read that begins after a lift sees what was before it.
func TestRestartsAndEvictions(t *testing.T) {
	t.Parallel()
	for _, servers := range []int{1, 3} {
		t.Run(fmt.Sprintf("servers=%d", servers), func(t *testing.T) {
			n := newNetwork(t, servers, "-m", "2")
			w := newWorld(t, n, nil)
			outcomes := map[outcome]int{}
			for i := range 240 {
				if i%80 == 79 {
					n.restart("-m", "2")
				}
				w.until(func() bool { return w.writer.Fence(t.Context(), w.tags, w.token, time.Minute) == nil })
				w.commit(fmt.Sprint("v", i))
				w.until(func() bool { return w.writer.Lift(t.Context(), w.tags, w.token, true) == nil })
				for range 2 {
					row, by := w.read()
					outcomes[by]++
					if row != w.row {
						t.Fatalf("read %s by a %s; want %s", row, by, w.row)
					}
					w.crowd()
				}
			}
			if outcomes[hit] == 0 || outcomes[miss] == 0 {
				t.Errorf("got %v; want hits and misses", outcomes)
			}
			if !w.crowdIsThinned() {
				t.Error("nothing was evicted; the test shows nothing")
			}
		})
	}
}

// crowd saves other entries than the world's, of all sizes.
func (w *world) crowd() {
	for i := range 4 {
		key := backends.Key{1, byte(i), byte(rand.N(256)), byte(rand.N(256))}
		_ = w.writer.Save(w.t.Context(), key, make([]byte, 64<<(2*i)+rand.N(64)), time.Hour) // while the server restarts
	}
}

// crowdIsThinned reports whether an entry that is saved does not stay.
func (w *world) crowdIsThinned() bool {
	first := backends.Key{9}
	w.check(w.writer.Save(w.t.Context(), first, make([]byte, 4096), time.Hour))
	for range 1500 {
		w.crowd()
	}
	entry, err := w.writer.Load(w.t.Context(), first, nil, nil)
	w.check(err)
	return entry == nil
}
