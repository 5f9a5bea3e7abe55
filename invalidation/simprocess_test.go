package invalidation_test

import (
	"context"
	"slices"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A simProcess has a Protocol of its own, whose calls of the store go through
// gates, one for each tag.
type simProcess struct {
	s        *sim
	number   int
	protocol *invalidation.Protocol
	dead     bool    // under s.mu, as gates
	gates    []*gate // that its goroutines wait or waited at
}

var _ backends.Store = (*simProcess)(nil)

func (s *sim) startProcess(number int) *simProcess {
	p := &simProcess{s: s, number: number}
	store := backends.Store(p)
	if s.mutant.above != nil {
		store = s.mutant.above(p)
	}
	protocol, err := invalidation.New(store, &invalidation.Options{Mode: s.mode, Lease: simLease, Logger: silent})
	if err != nil {
		panic(err)
	}
	p.protocol = protocol
	return p
}

func (p *simProcess) isDead() bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.dead
}

// crash kills a process and starts it anew. Commits that it had sent may be with
// the database.
func (s *sim) crash(number int) {
	s.note("process %d: dies", number)
	s.kill(number)
	s.processes[number] = s.startProcess(number)
}

func (s *sim) kill(number int) {
	p := s.processes[number]
	s.mu.Lock()
	p.dead = true
	for _, w := range s.writes {
		if w.orphan && w.process == p {
			w.abandonLocked(leaseOfTheDead) // it may have died before it renewed
		}
	}
	gates := slices.DeleteFunc(p.gates, func(g *gate) bool { return !slices.Contains(s.waiting, g) })
	s.waiting = slices.DeleteFunc(s.waiting, func(g *gate) bool { return slices.Contains(gates, g) })
	s.mu.Unlock()
	for _, g := range gates {
		g.opened <- dead
	}
	synctest.Wait()
	_ = p.protocol.Close(context.Background()) // it cannot: it is dead
}

// call does one step of a write on the store with its fate.
func (p *simProcess) call(name string, step func() error) (fate, error) {
	f := p.s.at(p, true, "%s", name)
	switch f {
	case goAhead:
		return f, step()
	case lost:
		if err := step(); err != nil {
			return f, err
		}
	case delayed:
		p.s.late = append(p.s.late, lateCall{name, func() { _ = step() }}) // in that process, an error went before
	case failed, dead:
	}
	return f, errFault
}

// Fence implements [backends.Store].
func (p *simProcess) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	if p.isDead() {
		return errFault
	}
	write := p.s.writeOf(ctx, p, w)
	for _, tag := range tags {
		f, err := p.call("fence "+tag+" for "+write.name, func() error {
			write.fenced(tag)
			return p.s.store.Fence(context.Background(), []string{tag}, w, lease)
		})
		if err != nil {
			write.faulty = write.faulty || f != dead
			return err
		}
	}
	return nil
}

// Lift implements [backends.Store].
func (p *simProcess) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	if p.isDead() {
		return errFault
	}
	write, verb := p.s.writeOf(ctx, p, w), "lift "
	if advance {
		verb = "lift and advance "
	}
	for _, tag := range tags {
		_, err := p.call(verb+tag+" for "+write.name, func() error {
			if advance {
				write.landed(tag)
			}
			return p.s.store.Lift(context.Background(), []string{tag}, w, advance)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Advance implements [backends.Store], for the wrong stores that split a lift.
func (p *simProcess) Advance(_ context.Context, tags []string) error {
	_, err := p.call("advance", func() error { return p.s.store.Advance(context.Background(), tags) })
	return err
}

// Load implements [backends.Store]: tag by tag, the entry with the first or with the
// last, as the contract allows.
func (p *simProcess) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) (entry []byte, err error) {
	withEntry := len(tags) - 1
	if p.s.started%2 == 0 {
		withEntry = 0
	}
	for i, tag := range tags {
		if p.s.at(p, false, "%v loads %s", ctx.Value(actorName{}), tag) == dead {
			return nil, errFault
		}
		found, err := p.s.store.Load(context.Background(), key, tags[i:i+1], states[i:i+1])
		if err != nil {
			return nil, err
		}
		if i == withEntry {
			entry = found
		}
	}
	return entry, nil
}

// Save implements [backends.Store].
func (p *simProcess) Save(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) error {
	if p.s.at(p, false, "%v saves", ctx.Value(actorName{})) == dead {
		return errFault
	}
	return p.s.store.Save(context.Background(), key, entry, ttl)
}
