package backendtest

import (
	"encoding/binary"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gojohnny/gojohnny/backends"
)

const (
	concurrentUse = "All methods are safe for concurrent use, by many goroutines and, where the store is a server, many processes."
	oneInstant    = "The generation and fences of one tag are seen at one instant, which lies within the call."
	anyOrder      = "The instants of different tags, and of the entry, may differ, in any order."
)

var concurrencyTests = []subtest{
	{"TagStateIsOneInstant", []string{oneInstant, liftRemoves}, tagStateIsOneInstant},
	{"ConcurrentUse", []string{concurrentUse, oneInstant, fenceNil, liftRemoves, generationInvariant}, concurrentWritersAndReaders},
	{"ConcurrentSavesStayWhole", []string{concurrentUse, entryWhole, entryShared}, concurrentSavesStayWhole},
	{"NoStaleReadUnderTheProtocol", []string{concurrentUse, anyOrder, mustKeep}, noStaleReadUnderTheProtocol},
}

// A ledger remembers which generations must not be seen by a load that begins
// from now on.
type ledger struct {
	mu   sync.Mutex
	over map[backends.Generation]int // to its place in the order
}

func (l *ledger) end(g backends.Generation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over == nil {
		l.over = map[backends.Generation]int{}
	}
	if _, ok := l.over[g]; !ok {
		l.over[g] = len(l.over)
	}
}

// now is the point in the order that a load which begins now is judged by.
func (l *ledger) now() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.over)
}

// endedBefore reports whether g was over at the point since.
func (l *ledger) endedBefore(g backends.Generation, since int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	place, ok := l.over[g]
	return ok && place < since
}

// readers starts n goroutines that call read with a client until stop is called,
// which waits for them.
func (e *env) readers(n int, read func(s backends.Store)) (stop func()) {
	var wg sync.WaitGroup
	var done atomic.Bool
	for i := range n {
		s := e.one
		if i%2 == 1 {
			s = e.other
		}
		wg.Go(func() {
			for !done.Load() && !e.Failed() {
				read(s)
				runtime.Gosched() // or a store that never blocks leaves no turn to the writers
			}
		})
	}
	return func() {
		done.Store(true)
		wg.Wait()
	}
}

// yield lets the others have a turn between two steps of the protocol. A store in
// memory answers too soon to be interrupted by itself.
func yield() {
	for range 5 {
		runtime.Gosched()
	}
}

// tagStateIsOneInstant has one writer, so that the states of the tag follow one
// another: 7, 7 fenced, 8, 8 fenced. A load that begins when 7 was fenced already
// and answers "7, not fenced" put together two instants:
//
//	1: writer: fence             7, fenced
//	2: reader: load              reads the generation 7
//	3: writer: lift, advancing   8
//	4: reader:                   reads that there is no fence
func tagStateIsOneInstant(e *env) {
	const rounds = 300
	tag := e.tag()
	var fencedOver ledger
	stop := e.readers(4, func(s backends.Store) {
		since := fencedOver.now()
		var st [1]backends.TagState
		if _, err := s.Load(e.Context(), backends.Key{}, []string{tag}, st[:]); err != nil {
			e.Errorf("Load: %v", err)
			return
		}
		if !st[0].Fenced && fencedOver.endedBefore(st[0].Generation, since) {
			e.Errorf("generation %d is not fenced after a fence over it was acknowledged", st[0].Generation)
		}
	})
	defer stop()
	for range rounds {
		w := backends.NewToken()
		e.fence(e.one, w, long, tag)
		fencedOver.end(e.state(e.one, tag).Generation)
		yield()
		e.lift(e.one, w, true, tag)
	}
}

// concurrentWritersAndReaders checks what each writer may rely on while all the
// others are at work.
func concurrentWritersAndReaders(e *env) {
	const writers, rounds = 4, 100
	tags := e.tags(2)
	ledgers := make([]ledger, len(tags))
	key := newKey()
	stop := e.readers(4, func(s backends.Store) {
		since := []int{ledgers[0].now(), ledgers[1].now()}
		states := make([]backends.TagState, len(tags))
		if _, err := s.Load(e.Context(), key, tags, states); err != nil {
			e.Errorf("Load: %v", err)
			return
		}
		for i, st := range states {
			if ledgers[i].endedBefore(st.Generation, since[i]) {
				e.Errorf("generation %d came back after a Lift that advanced had returned", st.Generation)
			}
		}
		if err := s.Save(e.Context(), key, someBytes(50), long); err != nil {
			e.Errorf("Save: %v", err)
		}
	})
	defer stop()
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for round := range rounds {
				if e.Failed() {
					return
				}
				e.writeOnce(tags, ledgers, i, round)
			}
		})
	}
	wg.Wait()
}

// writeOnce is one write of one of several writers. It fences through one client
// and looks through the other.
func (e *env) writeOnce(tags []string, ledgers []ledger, writer, round int) {
	s, look := e.one, e.other
	if writer%2 == 1 {
		s, look = look, s
	}
	ctx, w, states := e.Context(), backends.NewToken(), make([]backends.TagState, len(tags))
	for range 1 + round%2 { // with a renewal in every other round
		if err := s.Fence(ctx, tags, w, long); err != nil {
			e.Errorf("Fence: %v", err)
			return
		}
	}
	yield()
	if _, err := look.Load(ctx, backends.Key{}, tags, states); err != nil {
		e.Errorf("Load: %v", err)
		return
	}
	for i, st := range states {
		if !st.Fenced {
			e.Errorf("tag %d is not fenced while a writer's fence is on it", i)
		}
	}
	advance := round%3 != 0
	if err := s.Lift(ctx, tags, w, advance); err != nil {
		e.Errorf("Lift: %v", err)
		return
	}
	if advance {
		for i, st := range states {
			ledgers[i].end(st.Generation)
		}
	}
}

func concurrentSavesStayWhole(e *env) {
	const savers, rounds = 4, 50
	keys := []backends.Key{newKey(), newKey()}
	stop := e.readers(4, func(s backends.Store) {
		for _, key := range keys {
			entry, err := s.Load(e.Context(), key, nil, nil)
			if err != nil {
				e.Errorf("Load: %v", err)
				continue
			}
			if entry == nil {
				continue
			}
			yield() // held while others save
			if _, err := backends.ParseEntry(key, entry); err != nil {
				e.Errorf("an entry came back mixed up: %v", err)
			}
		}
	})
	defer stop()
	var wg sync.WaitGroup
	for i := range savers {
		wg.Go(func() {
			for round := range rounds {
				key := keys[round%2]
				entry := backends.AppendEntry(nil, key, nil, someBytes(100*i+round*37))
				if err := e.one.Save(e.Context(), key, entry, long); err != nil {
					e.Errorf("Save: %v", err)
				}
			}
		})
	}
	wg.Wait()
}

// noStaleReadUnderTheProtocol is what all of it is for. Two tables, each of which
// is a version number, stand for the database; writers and readers follow the
// protocol. A reader that knows of a version must not be given an older one.
func noStaleReadUnderTheProtocol(e *env) {
	const writers, rounds = 3, 100
	tags, key := e.tags(2), newKey()
	var versions [2]atomic.Uint64
	stop := e.readers(4, func(s backends.Store) { e.readOnce(s, key, tags, &versions) })
	defer stop()
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for round := range rounds {
				from := (i + round) % 2
				e.commitOnce(e.one, tags, &versions, from, min(2, from+1+round%2))
			}
		})
	}
	wg.Wait()
}

// commitOnce writes the tables from to before to: fence, commit, lift.
func (e *env) commitOnce(s backends.Store, tags []string, versions *[2]atomic.Uint64, from, to int) {
	w := backends.NewToken()
	if err := s.Fence(e.Context(), tags[from:to], w, long); err != nil {
		e.Errorf("Fence: %v", err)
		return
	}
	yield()
	for i := from; i < to; i++ {
		versions[i].Add(1)
	}
	yield()
	if err := s.Lift(e.Context(), tags[from:to], w, true); err != nil {
		e.Errorf("Lift: %v", err)
	}
}

// readOnce reads both tables through the cache: load, and on a miss query and save.
func (e *env) readOnce(s backends.Store, key backends.Key, tags []string, versions *[2]atomic.Uint64) {
	known := [2]uint64{versions[0].Load(), versions[1].Load()}
	states := make([]backends.TagState, len(tags))
	b, err := s.Load(e.Context(), key, tags, states)
	if err != nil {
		e.Errorf("Load: %v", err)
		return
	}
	if entry, err := backends.ParseEntry(key, b); err == nil && entry.Current(states) {
		for i := range known {
			if got := binary.LittleEndian.Uint64(entry.Rows[8*i:]); got < known[i] {
				e.Errorf("stale read: got version %d of table %d; want %d or later", got, i, known[i])
			}
		}
		return
	}
	if states[0].Fenced || states[1].Fenced {
		return
	}
	rows := binary.LittleEndian.AppendUint64(nil, versions[0].Load())
	rows = binary.LittleEndian.AppendUint64(rows, versions[1].Load())
	yield()
	if err := s.Save(e.Context(), key, backends.AppendEntry(nil, key, states, rows), long); err != nil {
		e.Errorf("Save: %v", err)
	}
}
