//go:build unix

package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/worker"
	"github.com/gojohnny/gojohnny/internal/servers"
)

// A Kind is a kind of fault.
type Kind string

// The kinds.
const (
	Kill     Kind = "worker killed at random"
	KillAt   Kind = "worker killed at a point"
	Stop     Kind = "worker stopped longer than the lease"
	CutStore Kind = "store cut off"
	SlowDown Kind = "store slow"
	Freeze   Kind = "store hangs"
	Restart  Kind = "store restarted"
	Flush    Kind = "store flushed"
	Evict    Kind = "store out of memory"
	CutDB    Kind = "database cut off"
	SlowDB   Kind = "database slow"
	Backends Kind = "backends terminated"
	Fast     Kind = "database restarted, fast"
	Crash    Kind = "database restarted, immediate"
)

// Kinds are all kinds.
func Kinds() []Kind {
	var all []Kind
	for _, l := range []lane{workerLane, storeLane, databaseLane} {
		for _, w := range l.kinds {
			all = append(all, w.kind)
		}
	}
	return all
}

// A lane is a list of faults that never happen at once.
type lane struct {
	name     string
	database bool // reads may fail
	kinds    []weighted
}

// A weighted is a fault and how often it is chosen, relative to the others of its lane.
type weighted struct {
	weight int
	kind   Kind
	inject func(*Injector, context.Context, *rand.Rand) (about string, err error)
}

var workerLane = lane{name: "workers", kinds: []weighted{
	{4, Kill, (*Injector).kill},
	{6, KillAt, (*Injector).killAt},
	{1, Stop, (*Injector).stop},
}}

var storeLane = lane{name: "store", kinds: []weighted{
	{4, CutStore, (*Injector).cutStore},
	{4, SlowDown, (*Injector).slowStore},
	{3, Freeze, (*Injector).freezeStore},
	{1, Restart, (*Injector).restartStore},
	{1, Flush, (*Injector).flushStore},
	{1, Evict, (*Injector).evict},
}}

var databaseLane = lane{name: "database", database: true, kinds: []weighted{
	{4, CutDB, (*Injector).cutDatabase},
	{4, SlowDB, (*Injector).slowDatabase},
	{8, Backends, (*Injector).terminate},
	{1, Fast, (*Injector).restartFast},
	{1, Crash, (*Injector).crash},
}}

// between returns a time from a to b.
func between(r *rand.Rand, a, b time.Duration) time.Duration {
	return a + time.Duration(r.Int64N(int64(b-a)))
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (i *Injector) kill(_ context.Context, r *rand.Rand) (string, error) {
	place := r.IntN(i.fleet.Size())
	w := i.fleet.Worker(place)
	w.Kill()
	return fmt.Sprintf("process %d", w.Number), i.fleet.Replace(place)
}

func (i *Injector) killAt(_ context.Context, r *rand.Rand) (string, error) {
	place := r.IntN(i.fleet.Size())
	point := worker.Points[r.IntN(len(worker.Points))]
	w := i.fleet.Worker(place)
	w.DieAt(point, i.lease)
	return fmt.Sprintf("process %d %s", w.Number, point), i.fleet.Replace(place)
}

// LongestStop is for how long a worker stands still at most.
func LongestStop(lease time.Duration) time.Duration { return 2 * lease }

func (i *Injector) stop(ctx context.Context, r *rand.Rand) (string, error) {
	w := i.fleet.Worker(r.IntN(i.fleet.Size()))
	w.Stop()
	sleep(ctx, between(r, i.lease*5/4, LongestStop(i.lease)))
	w.Continue()
	return fmt.Sprintf("process %d", w.Number), nil
}

// The store comes back before the lease of a fence can end that was renewed before: a
// store out of reach for longer, while a COMMIT is on its way, is declared.
func (i *Injector) outage(r *rand.Rand) time.Duration { return between(r, i.lease/20, i.lease*2/5) }

func (i *Injector) node(r *rand.Rand) int { return r.IntN(len(i.world.Stores)) }

func (i *Injector) cutStore(ctx context.Context, r *rand.Rand) (string, error) {
	p := i.world.Proxies[i.node(r)]
	p.Cut()
	sleep(ctx, i.outage(r))
	return "", p.Mend()
}

func (i *Injector) slowStore(ctx context.Context, r *rand.Rand) (string, error) {
	p := i.world.Proxies[i.node(r)]
	d := between(r, time.Millisecond, i.lease/20)
	if err := p.Delay(d); err != nil {
		return "", err
	}
	sleep(ctx, i.outage(r))
	p.Hurry()
	return fmt.Sprintf("by %v", d.Round(time.Millisecond)), nil
}

func (i *Injector) freezeStore(ctx context.Context, r *rand.Rand) (string, error) {
	thaw, err := i.world.Stores[i.node(r)].Freeze()
	if err != nil {
		return "", err
	}
	sleep(ctx, i.outage(r))
	thaw()
	return "", nil
}

func (i *Injector) restartStore(ctx context.Context, r *rand.Rand) (string, error) {
	s := i.world.Stores[i.node(r)]
	if err := s.Kill(); err != nil {
		return "", err
	}
	sleep(ctx, i.outage(r))
	return "", s.Start()
}

func (i *Injector) flushStore(ctx context.Context, r *rand.Rand) (string, error) {
	return "", i.world.Stores[i.node(r)].Flush(ctx)
}

func (i *Injector) evict(ctx context.Context, r *rand.Rand) (string, error) {
	return "", i.world.Fill(ctx, i.node(r))
}

func (i *Injector) cutDatabase(ctx context.Context, r *rand.Rand) (string, error) {
	i.world.Database.Cut()
	sleep(ctx, between(r, 10*time.Millisecond, i.lease/4))
	return "", i.world.Database.Mend()
}

// A statement that is on its way when its writer dies arrives within the lease.
func (i *Injector) slowDatabase(ctx context.Context, r *rand.Rand) (string, error) {
	d := between(r, time.Millisecond, i.lease/40)
	if err := i.world.Database.Delay(d); err != nil {
		return "", err
	}
	sleep(ctx, between(r, i.lease/10, i.lease/2))
	i.world.Database.Hurry()
	return fmt.Sprintf("by %v", d.Round(time.Millisecond)), nil
}

func (i *Injector) terminate(ctx context.Context, r *rand.Rand) (string, error) {
	share := []float64{0.1, 0.5, 1}[r.IntN(3)]
	return fmt.Sprintf("%.0f %% of them", share*100), i.world.Exec(ctx, fmt.Sprintf(
		"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "+
			"WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < %f", share))
}

func (i *Injector) restartFast(context.Context, *rand.Rand) (string, error) {
	return "", i.world.Postgres.Restart(servers.Fast)
}

func (i *Injector) crash(context.Context, *rand.Rand) (string, error) {
	return "", i.world.Postgres.Restart(servers.Immediate)
}
