//go:build unix

package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/fleet"
	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/staleness/judge"
	"github.com/gojohnny/gojohnny/bench/staleness/world"
)

// A Fault is one that was injected.
type Fault struct {
	Kind     Kind
	About    string // what was hit, and how
	Database bool   // the database was out of reach, or went away on some
	Span     judge.Span
}

// An Injector injects faults until it is stopped.
type Injector struct {
	world *world.World
	fleet *fleet.Fleet
	lease time.Duration
	every time.Duration
	only  []string

	mu     sync.Mutex
	faults []Fault
	err    error
}

// New returns an Injector that waits for every between two faults of a lane, on
// average. Of the kinds it takes those whose names contain one of only, or all if there
// are none.
func New(w *world.World, f *fleet.Fleet, lease, every time.Duration, only []string) *Injector {
	return &Injector{world: w, fleet: f, lease: lease, every: every, only: only}
}

// Run injects faults until ctx ends, and has undone all of them when it returns.
func (i *Injector) Run(ctx context.Context, seed uint64) error {
	var wg sync.WaitGroup
	for n, l := range []lane{workerLane, storeLane, databaseLane} {
		if l.name == storeLane.name && len(i.world.Stores) == 0 {
			continue
		}
		l.kinds = slices.DeleteFunc(slices.Clone(l.kinds), func(w weighted) bool { return !Named(w.kind, i.only) })
		if len(l.kinds) > 0 {
			wg.Go(func() { i.drive(ctx, l, rand.New(rand.NewPCG(seed, uint64(n)+1))) })
		}
	}
	wg.Wait()
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.err
}

// Named reports whether the name of a kind contains one of some, or there are none.
func Named(k Kind, some []string) bool {
	return len(some) == 0 || slices.ContainsFunc(some, func(part string) bool { return strings.Contains(string(k), part) })
}

// drive goes down a lane. Each fault is finished even if ctx ends meanwhile.
func (i *Injector) drive(ctx context.Context, l lane, r *rand.Rand) {
	for {
		sleep(ctx, between(r, i.every/2, i.every*3/2))
		if ctx.Err() != nil {
			return
		}
		w := l.choose(r)
		begin := history.Now()
		about, err := w.inject(i, ctx, r)
		i.note(Fault{w.kind, about, l.database, judge.Span{Begin: begin, End: history.Now()}})
		if err != nil && ctx.Err() == nil {
			i.fail(fmt.Errorf("%s: %w", w.kind, err))
			return
		}
	}
}

func (l lane) choose(r *rand.Rand) weighted {
	sum := 0
	for _, w := range l.kinds {
		sum += w.weight
	}
	n := r.IntN(sum)
	for _, w := range l.kinds {
		if n -= w.weight; n < 0 {
			return w
		}
	}
	panic("unreachable: n is less than the sum")
}

func (i *Injector) note(f Fault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.faults = append(i.faults, f)
}

func (i *Injector) fail(err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.err == nil {
		i.err = err
	}
}

// Err is what went wrong with injecting, nil so far.
func (i *Injector) Err() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.err
}

// Faults are those so far, in the order in which they ended.
func (i *Injector) Faults() []Fault {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.faults)
}
