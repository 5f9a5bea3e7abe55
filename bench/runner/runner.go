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
	Duration    time.Duration // how long, unless Ops says how much
	Ops         int64         // how many operations in all, if not 0
	Writers     sync.Locker   // held by whoever writes

	// Progress hears several times a second how much is done, from 0 to 1, and
	// how many operations that were.
	Progress func(done float64, ops int64)
}

// Run drives w against db, in which every row has version 1, until it is done, an
// operation fails or ctx ends.
func Run(ctx context.Context, w *workload.Workload, db target.DB, c Config) (*Result, error) {
	ledger, model := freshness.New(w), ceiling.New(w)
	workers := make([]*worker, c.Concurrency)
	for i := range workers {
		workers[i] = &worker{
			db: db, writers: c.Writers, ledger: ledger, model: model, stream: w.Stream(i),
			check: newCheck(ledger), tally: newTally(len(w.Statements)), left: c.share(i),
		}
	}
	runtime.GC() // what was garbage before must not count

	g, ctx := errgroup.WithContext(ctx)
	start := time.Now()
	for _, worker := range workers {
		g.Go(func() error { return worker.run(ctx, start.Add(c.Duration)) })
	}
	samples := c.watch(workers, start, g.Wait)
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return newResult(w, workers, time.Since(start), samples), nil
}

// share is how many operations are the part of worker i; 0 means until time is up.
func (c Config) share(i int) int64 {
	n := c.Ops / int64(c.Concurrency)
	if int64(i) < c.Ops%int64(c.Concurrency) {
		n++
	}
	return n
}

// sampleEvery is how often progress is told and throughput sampled.
const sampleEvery = 100 * time.Millisecond

// A Sample is how many operations were done after a time.
type Sample struct {
	Elapsed time.Duration
	Ops     int64
}

// watch samples until wait returns.
func (c Config) watch(workers []*worker, start time.Time, wait func() error) []Sample {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = wait() // the caller asks again, for the error
	}()
	samples := []Sample{{}}
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		var now time.Time
		select {
		case <-done:
			return append(samples, take(workers, time.Since(start)))
		case now = <-tick.C:
		}
		s := take(workers, now.Sub(start))
		samples = append(samples, s)
		if c.Progress != nil {
			c.Progress(c.done(s), s.Ops)
		}
	}
}

func take(workers []*worker, elapsed time.Duration) Sample {
	s := Sample{Elapsed: elapsed}
	for _, w := range workers {
		s.Ops += w.done.Load()
	}
	return s
}

func (c Config) done(s Sample) float64 {
	if c.Ops > 0 {
		return float64(s.Ops) / float64(c.Ops)
	}
	return min(1, s.Elapsed.Seconds()/c.Duration.Seconds())
}

func failed(s *workload.Statement, err error) error {
	return fmt.Errorf("%s: %w", s.Name, err)
}
