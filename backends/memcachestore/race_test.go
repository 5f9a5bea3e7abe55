package memcachestore_test

import (
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memcachestore"
)

// A race is a database of two tables, each a version number, with readers and
// writers in two processes.
type race struct {
	t                   *testing.T
	stores              [2]*memcachestore.Store
	tags                []string
	key                 backends.Key
	versions            [2]atomic.Uint64 // what is committed
	acknowledged        [2]atomic.Uint64 // what a writer knows to be committed
	hits, misses, fails atomic.Int64
}

// write fences one table or both, commits, and lifts: whatever happens to the
// servers, until both are done.
func (r *race) write(s *memcachestore.Store, from, to int) {
	w, ctx := backends.NewToken(), r.t.Context()
	r.insist(func() error { return s.Fence(ctx, r.tags[from:to], w, time.Minute) })
	var committed [2]uint64
	for i := from; i < to; i++ {
		committed[i] = r.versions[i].Add(1)
	}
	r.insist(func() error { return s.Lift(ctx, r.tags[from:to], w, true) })
	for i := from; i < to; i++ {
		raise(&r.acknowledged[i], committed[i])
	}
}

func (r *race) insist(call func() error) {
	for call() != nil && !r.t.Failed() {
		r.fails.Add(1)
	}
}

func raise(v *atomic.Uint64, to uint64) {
	for old := v.Load(); old < to && !v.CompareAndSwap(old, to); old = v.Load() {
	}
}

// read reads both tables by the protocol: what was acknowledged before it begins, it
// must see.
func (r *race) read(s *memcachestore.Store) {
	known := [2]uint64{r.acknowledged[0].Load(), r.acknowledged[1].Load()}
	states := make([]backends.TagState, len(r.tags))
	b, err := s.Load(r.t.Context(), r.key, r.tags, states)
	if err != nil {
		r.fails.Add(1)
		return
	}
	if e, err := backends.ParseEntry(r.key, b); err == nil && e.Current(states) {
		r.hits.Add(1)
		for i := range known {
			if got := binary.LittleEndian.Uint64(e.Rows[8*i:]); got < known[i] {
				r.t.Errorf("table %d: read version %d; want %d or later", i, got, known[i])
			}
		}
		return
	}
	r.misses.Add(1)
	if states[0].Fenced || states[1].Fenced {
		return
	}
	rows := binary.LittleEndian.AppendUint64(nil, r.versions[0].Load())
	rows = binary.LittleEndian.AppendUint64(rows, r.versions[1].Load())
	_ = s.Save(r.t.Context(), r.key, backends.AppendEntry(nil, r.key, states, rows), time.Hour) // a miss more
}

// TestRaceWithFaults has servers lost and connections cut while readers and writers
// are at work.
func TestRaceWithFaults(t *testing.T) {
	t.Parallel()
	for _, servers := range []int{1, 3} {
		t.Run(fmt.Sprintf("servers=%d", servers), func(t *testing.T) {
			n := newNetwork(t, servers)
			r := &race{t: t, tags: testTags(2), key: backends.Key{3}}
			r.stores = [2]*memcachestore.Store{n.store(nil), n.store(nil)}
			var writers, readers sync.WaitGroup
			var done atomic.Bool
			for i := range 4 {
				s := r.stores[i%2]
				writers.Go(func() {
					for round := range 150 {
						from := (i + round) % 2
						r.write(s, from, min(2, from+1+round%2))
						for range 3 {
							r.read(s)
						}
					}
				})
				readers.Go(func() {
					for !done.Load() {
						r.read(s)
					}
				})
			}
			for i := range 9 {
				r.awaitWrites(uint64(50 * (i + 1)))
				switch i % 3 {
				case 0:
					n.restart()
				case 1:
					n.disconnect()
				case 2:
					n.setCut(true)
					r.awaitFailures()
					n.setCut(false)
				}
			}
			writers.Wait()
			done.Store(true)
			readers.Wait()
			t.Logf("%d hits, %d misses, %d calls without an answer", r.hits.Load(), r.misses.Load(), r.fails.Load())
			if r.hits.Load() == 0 {
				t.Error("nothing was hit; the test shows nothing")
			}
		})
	}
}

func (r *race) awaitWrites(n uint64) {
	for r.acknowledged[0].Load()+r.acknowledged[1].Load() < n && !r.t.Failed() {
		r.read(r.stores[0])
	}
}

func (r *race) awaitFailures() {
	for before := r.fails.Load(); r.fails.Load() < before+10 && !r.t.Failed(); {
		r.read(r.stores[0])
	}
}

// TestDeadWriters has writers die between COMMIT and lift, each on a table of its
// own: nobody reads what was before, and the table is cached again after the lease.
func TestDeadWriters(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, 3)
	reader, writer := n.store(nil), n.store(nil)
	worlds := make([]*world, 200)
	for i := range worlds {
		worlds[i] = &world{
			t: t, reader: reader, writer: writer,
			tags: []string{fmt.Sprintf("app/public.dead%d", i)}, key: backends.Key{5, byte(i)}, row: "old",
		}
		worlds[i].fill()
		worlds[i].fence(time.Second)
		worlds[i].commit("new")
	}
	for _, w := range worlds {
		for {
			row, by := w.read()
			if row != "new" {
				t.Fatalf("read %s by a %s; want new", row, by)
			}
			if by == hit {
				break
			}
		}
	}
	if got := reader.Stats().Settled; got != uint64(len(worlds)) {
		t.Errorf("%d fences were settled; want %d", got, len(worlds))
	}
}
