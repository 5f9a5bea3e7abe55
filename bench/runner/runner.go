package runner

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gojohnny/gojohnny/bench/ceiling"
	"github.com/gojohnny/gojohnny/bench/freshness"
	"github.com/gojohnny/gojohnny/bench/target"
	"github.com/gojohnny/gojohnny/bench/workload"
)

// Config says how hard and how long to drive.
type Config struct {
	Concurrency int
	Turns       int           // in how many turns; other things may run in between
	Duration    time.Duration // how long in all, unless Ops says how much
	Ops         int64         // how many operations in all, if not 0
	Writers     sync.Locker   // held by whoever writes
}

// A Runner drives a workload in turns. The workers of a turn go on where those of
// the last ended.
type Runner struct {
	config   Config
	workload *workload.Workload
	workers  []*worker
	turns    []Turn
	samples  []Sample
	elapsed  time.Duration // of past turns
}

// A Turn is what was done in one.
type Turn struct {
	Elapsed time.Duration
	Ops     int64
}

// New returns a Runner of w against db, in which every row has version 1.
func New(w *workload.Workload, db target.DB, c Config) *Runner {
	ledger, model := freshness.New(w), ceiling.New(w)
	r := &Runner{config: c, workload: w, samples: []Sample{{}}}
	for i := range c.Concurrency {
		r.workers = append(r.workers, &worker{
			db: db, writers: c.Writers, ledger: ledger, model: model, stream: w.Stream(i),
			check: newCheck(ledger), tally: newTally(len(w.Statements)),
		})
	}
	return r
}

// Turn runs the next turn, until it is done, an operation fails or ctx ends.
// Progress, if not nil, hears several times a second how much of all turns is done,
// from 0 to 1, and how many operations that were.
func (r *Runner) Turn(ctx context.Context, progress func(done float64, ops int64)) error {
	for i, w := range r.workers {
		w.last = r.last(i)
	}
	before := r.done()
	runtime.GC() // others' garbage must not count

	g, ctx := errgroup.WithContext(ctx)
	start := time.Now()
	deadline := start.Add(r.config.Duration / time.Duration(r.config.Turns))
	for _, w := range r.workers {
		g.Go(func() error { return w.run(ctx, deadline) })
	}
	r.watch(start, g.Wait, progress)
	if err := g.Wait(); err != nil {
		return err
	}
	turn := Turn{Elapsed: time.Since(start), Ops: r.done() - before}
	r.elapsed += turn.Elapsed
	r.turns = append(r.turns, turn)
	return nil
}

// last is how many operations worker i has done when the next turn ends.
func (r *Runner) last(i int) int64 {
	if r.config.Ops == 0 {
		return maxOps
	}
	share := r.config.Ops / int64(r.config.Concurrency)
	if int64(i) < r.config.Ops%int64(r.config.Concurrency) {
		share++
	}
	return share * int64(len(r.turns)+1) / int64(r.config.Turns)
}

// done is how many operations were.
func (r *Runner) done() int64 {
	var n int64
	for _, w := range r.workers {
		n += w.done.Load()
	}
	return n
}

// sampleEvery is how often progress is told and throughput sampled.
const sampleEvery = 100 * time.Millisecond

// A Sample is how many operations were done after a time, both of all turns.
type Sample struct {
	Elapsed time.Duration
	Ops     int64
}

// watch samples until wait returns.
func (r *Runner) watch(start time.Time, wait func() error, progress func(float64, int64)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = wait() // the caller asks again, for the error
	}()
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			// Not the tick's own time: on a busy machine it is received late.
			s := Sample{Elapsed: r.elapsed + time.Since(start), Ops: r.done()}
			r.samples = append(r.samples, s)
			if progress != nil {
				progress(r.progress(s), s.Ops)
			}
		}
	}
}

func (r *Runner) progress(s Sample) float64 {
	if r.config.Ops > 0 {
		return float64(s.Ops) / float64(r.config.Ops)
	}
	return min(1, s.Elapsed.Seconds()/r.config.Duration.Seconds())
}

func failed(s *workload.Statement, err error) error {
	return fmt.Errorf("%s: %w", s.Name, err)
}
