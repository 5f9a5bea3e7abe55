package invalidation_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A sim runs readers and writers of several processes as they are written, and
// stops each of them at a gate before every step that others can see: one tag
// fenced, lifted or loaded, an entry saved, a query, a commit. A list of numbers
// says which gate opens next, what goes wrong there, and what else happens: time
// passes, a process dies, the store forgets. The list is the whole schedule: the
// same one gives the same run.
type sim struct {
	setup
	store     backends.Store // memory, or a wrong one around it
	memory    *memstore.Store
	db        *database
	processes []*simProcess
	actors    sync.WaitGroup
	started   int // actors so far: their names

	mu      sync.Mutex
	waiting []*gate
	writes  []*simWrite // all, by number
	late    []lateCall
	commits map[string][]*simWrite // of each table, in the order of its versions, from 2 on
	trace   []string
	failure string
}

// A setup is what is the same in the whole of a run.
type setup struct {
	mode   invalidation.Mode
	faults bool // of the store
	mutant mutant
}

// A gate is where somebody waits for a turn.
type gate struct {
	name   string
	store  bool // a step of a write on the store: it does not take time
	opened chan fate
}

// A fate is what becomes of a step.
type fate int

const (
	goAhead fate = iota
	failed       // nothing is done, and there is an error
	lost         // it is done, and there is an error
	delayed      // there is an error, and it is done later
	dead         // the process is gone
)

var errFault = errors.New("injected")

// A lateCall is a call on its way to the store that nobody waits for.
type lateCall struct {
	name string
	call func()
}

const simLease = 8 * time.Second

// simulate runs steps and returns what is wrong with a read, with the trace of how
// it came to that; nothing if all is well.
func simulate(t *testing.T, set setup, steps []uint16) (failure string, trace []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		memory, err := memstore.New(&memstore.Options{MaxTags: 8})
		if err != nil {
			t.Fatal(err)
		}
		s := &sim{setup: set, memory: memory, store: memory, db: newDatabase("orders", "lines"), commits: map[string][]*simWrite{}}
		if set.mutant.below != nil {
			s.store = set.mutant.below(memory)
		}
		for i := range 2 {
			s.processes = append(s.processes, s.startProcess(i))
		}
		for _, n := range steps {
			synctest.Wait()
			if s.failure != "" {
				break
			}
			s.step(int(n%16), int(n/16))
		}
		s.finish()
		failure, trace = s.failure, s.trace
	})
	return failure, trace
}

// step does one step of the list: kind says what, n which.
func (s *sim) step(kind, n int) {
	switch {
	case kind < 3:
		s.atOnce(s.start(n, s.reader))
	case kind == 3:
		s.atOnce(s.start(n, s.writer))
	case kind == 8:
		s.start(n, s.reader)
	case kind == 9:
		s.start(n, s.writer)
	case kind == 10:
		s.pass(simLease / 4 * time.Duration(1+n%5))
	case kind == 11 && s.faults:
		s.open(n/8, []fate{failed, lost, delayed}[n%3], true)
	case kind == 12 && len(s.late) > 0:
		s.deliver(n)
	case kind == 13:
		s.resolve(n)
	case kind == 14 && n%4 == 0:
		s.crash(n / 4 % len(s.processes))
	case kind == 15 && n%2 == 0:
		s.forget(n / 2)
	default:
		if !s.open(n, goAhead, false) {
			s.start(n, s.reader)
		}
	}
}

// at waits at a gate, and says with what fate it opened.
func (s *sim) at(p *simProcess, store bool, format string, args ...any) fate {
	g := &gate{name: fmt.Sprintf("process %d: ", p.number) + fmt.Sprintf(format, args...), store: store, opened: make(chan fate)}
	s.mu.Lock()
	if p.dead {
		s.mu.Unlock()
		return dead
	}
	s.waiting = append(s.waiting, g)
	p.gates = append(p.gates, g)
	s.mu.Unlock()
	return <-g.opened
}

// open opens one of the gates, of the store's only if a fault is meant, and reports
// false if there is none.
func (s *sim) open(n int, f fate, storeOnly bool) bool {
	s.mu.Lock()
	gates := slices.Clone(s.waiting)
	s.mu.Unlock()
	if storeOnly {
		gates = slices.DeleteFunc(gates, func(g *gate) bool { return !g.store })
	}
	if len(gates) == 0 {
		return false
	}
	slices.SortFunc(gates, func(a, b *gate) int { return cmp.Compare(a.name, b.name) })
	s.openGate(gates[n%len(gates)], f)
	return true
}

func (s *sim) openGate(g *gate, f fate) {
	s.mu.Lock()
	s.waiting = slices.DeleteFunc(s.waiting, func(other *gate) bool { return other == g })
	s.mu.Unlock()
	s.note("%s%s", g.name, [...]string{"", ": fails", ": done, reply lost", ": delayed, error", ": process is dead"}[f])
	g.opened <- f
	synctest.Wait()
}

// pass lets time pass. Steps of writes on the store take none: a store that takes
// long is a store that fails, which is a fate.
func (s *sim) pass(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for s.openFirstStoreGate() {
		}
		chunk := min(simLease/4, time.Until(end))
		s.resolveBefore(time.Now().Add(chunk))
		s.note("%v pass", chunk)
		time.Sleep(chunk)
		synctest.Wait()
	}
}

func (s *sim) openFirstStoreGate() bool { return s.open(0, goAhead, true) }

// atOnce opens every gate that an actor comes to.
func (s *sim) atOnce(name string) {
	for name != "" {
		synctest.Wait()
		s.mu.Lock()
		i := slices.IndexFunc(s.waiting, func(g *gate) bool { return strings.Contains(g.name, name) })
		if i < 0 {
			s.mu.Unlock()
			return
		}
		g := s.waiting[i]
		s.mu.Unlock()
		s.openGate(g, goAhead)
	}
}

// deliver brings a delayed call to the store.
func (s *sim) deliver(n int) {
	i := n % len(s.late)
	l := s.late[i]
	s.late = slices.Delete(s.late, i, i+1)
	s.note("%s: arrives", l.name)
	l.call()
}

// forget loses generations, as far as the store may, or what a wrong one loses.
func (s *sim) forget(n int) {
	table := tableNames[n%2]
	s.note("store: forgets %s", table)
	if f, ok := s.store.(forgetful); ok {
		f.forget(tableTag(table))
		return
	}
	for i := range 32 { // more tags than it may keep
		_, _ = s.memory.Load(context.Background(), backends.Key{}, []string{fmt.Sprint("other ", i)}, make([]backends.TagState, 1))
	}
}

func (s *sim) note(format string, args ...any) {
	s.trace = append(s.trace, fmt.Sprintf("%d: ", len(s.trace)+1)+fmt.Sprintf(format, args...))
}

// finish ends everything, so that the bubble can end.
func (s *sim) finish() {
	for i := range s.processes {
		s.kill(i)
	}
	s.actors.Wait()
	s.memory.Close()
}
