package memstore

import (
	"fmt"
	"hash/maphash"
	"math/bits"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gojohnny/gojohnny/backends"
)

const (
	// tagsPerBucket is how long a chain is on average when the table is full.
	tagsPerBucket = 4
	minBuckets    = 64

	// sweepStep is how many tags one insertion into a full table looks at: the
	// bound on what a stranger's tag name can cost. Where all of them are in use,
	// the table grows for as many insertions as the sweep needs for a round, by
	// one tag in sweepStep.
	sweepStep = 256
)

// A tagTable finds tags by name without a lock: a fixed array of chains, and
// every change of a chain replaces its immutable head.
//
// sync.Map would allocate on every hit, to make the name an interface; a map
// under a read-write mutex would have all cores write to the mutex of the one
// tag that every read depends on, the epoch.
type tagTable struct {
	clock   clock
	seed    maphash.Seed
	max     int64
	buckets []atomic.Pointer[link] // a power of two of them
	count   atomic.Int64
	dropped atomic.Uint64

	sweeping sync.Mutex
	hand     int // the bucket the next sweep starts at
}

// A link is immutable.
type link struct {
	tag  *tag
	next *link
}

func newTagTable(maxTags int, c clock) *tagTable {
	n := max(minBuckets, maxTags/tagsPerBucket)
	return &tagTable{
		clock:   c,
		seed:    maphash.MakeSeed(),
		max:     int64(maxTags),
		buckets: make([]atomic.Pointer[link], 1<<bits.Len(uint(n-1))),
	}
}

// load returns the settled state of a tag, and makes the tag where there is none.
func (tt *tagTable) load(name string) (*tagState, error) {
	hash := maphash.String(tt.seed, name)
	for {
		t := tt.find(name, hash)
		if t == nil {
			fresh := &tagState{generation: backends.NewGeneration()}
			added, err := tt.add(name, hash, fresh)
			if err != nil {
				return nil, err
			}
			if added {
				return fresh, nil
			}
			continue
		}
		if s := t.read(tt.clock); s != nil {
			return s, nil
		}
		tt.unlink(t)
	}
}

// fence puts f on a tag, and makes the tag where there is none.
func (tt *tagTable) fence(name string, f fence) error {
	hash := maphash.String(tt.seed, name)
	for {
		t := tt.find(name, hash)
		if t == nil {
			fresh := &tagState{generation: backends.NewGeneration(), fences: []fence{f}}
			added, err := tt.add(name, hash, fresh)
			if added || err != nil {
				return err
			}
			continue
		}
		if t.change(tt.clock, func(s *tagState) *tagState { return s.fenced(f) }) {
			return nil
		}
		tt.unlink(t)
	}
}

// lift removes w's fence from a tag. A tag that is not there has neither fence
// nor generation, and what it starts with is random: nothing to do.
func (tt *tagTable) lift(name string, w backends.Token, advance bool) {
	if t := tt.find(name, maphash.String(tt.seed, name)); t != nil {
		t.change(tt.clock, func(s *tagState) *tagState { return s.lifted(w, advance) })
	}
}

// advance moves a tag's generation. As in lift, one that is not there needs none.
func (tt *tagTable) advance(name string) {
	if t := tt.find(name, maphash.String(tt.seed, name)); t != nil {
		t.change(tt.clock, (*tagState).advanced)
	}
}

// find returns the tag called name, dead or alive, nil if there is none.
func (tt *tagTable) find(name string, hash uint64) *tag {
	for l := tt.bucket(hash).Load(); l != nil; l = l.next {
		if t := l.tag; t.hash == hash && t.name == name {
			if !t.used.Load() { // a write would cost the other cores their copy
				t.used.Store(true)
			}
			return t
		}
	}
	return nil
}

// add puts a new tag with its first state into the table, and reports false if
// somebody else put a tag of that name there first.
func (tt *tagTable) add(name string, hash uint64, first *tagState) (bool, error) {
	if name == "" || len(name) > backends.MaxTagLen {
		return false, fmt.Errorf("tag of %d bytes, want 1 to %d", len(name), backends.MaxTagLen)
	}
	// A copy: the caller's string may be a piece of a large one.
	t := &tag{name: strings.Clone(name), hash: hash}
	t.state.Store(first)
	bucket := tt.bucket(hash)
	for {
		head := bucket.Load()
		for l := head; l != nil; l = l.next {
			if l.tag.hash == hash && l.tag.name == name {
				return false, nil
			}
		}
		if bucket.CompareAndSwap(head, &link{tag: t, next: head}) {
			break
		}
	}
	if tt.count.Add(1) > tt.max {
		tt.sweep()
	}
	return true, nil
}

// unlink takes a dead tag out of its chain, whoever killed it: nobody waits for a
// goroutine that was interrupted between killing it and this.
func (tt *tagTable) unlink(t *tag) {
	bucket := tt.bucket(t.hash)
	for {
		head := bucket.Load()
		rest, found := head.without(t)
		if !found {
			return
		}
		if bucket.CompareAndSwap(head, rest) {
			tt.count.Add(-1)
			tt.dropped.Add(1)
			return
		}
	}
}

// without returns a chain that lacks t, and whether l had it.
func (l *link) without(t *tag) (*link, bool) {
	if l == nil {
		return nil, false
	}
	if l.tag == t {
		return l.next, true
	}
	rest, found := l.next.without(t)
	return &link{tag: l.tag, next: rest}, found
}

// sweep drops tags until the table is within its bound or sweepStep of them were
// looked at: those that nobody looked up since it last came by and that carry no
// fence (the clock algorithm). A tag is born as not looked up, so that names
// which come once push out each other and not the ones in use.
func (tt *tagTable) sweep() {
	tt.sweeping.Lock()
	defer tt.sweeping.Unlock()
	seen := 0
	for range tt.buckets {
		bucket := &tt.buckets[tt.hand]
		tt.hand = (tt.hand + 1) % len(tt.buckets)
		for l := bucket.Load(); l != nil; l = l.next {
			if tt.count.Load() <= tt.max || seen == sweepStep {
				return
			}
			seen++
			if !l.tag.used.Swap(false) && l.tag.kill(tt.clock) {
				tt.unlink(l.tag)
			}
		}
	}
}

func (tt *tagTable) bucket(hash uint64) *atomic.Pointer[link] {
	return &tt.buckets[hash&uint64(len(tt.buckets)-1)]
}
