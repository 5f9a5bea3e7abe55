//go:build unix

package fleet

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/staleness/judge"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
)

// A Fleet always has the same number of processes: for one that ended there is a new
// one. It is safe for concurrent use.
type Fleet struct {
	dir  string
	base worker.Config

	mu   sync.Mutex
	all  []*Worker // those that ended, too
	live []*Worker // by place
}

// New starts n workers, whose logs are in dir.
func New(n int, dir string, base worker.Config) (*Fleet, error) {
	f := &Fleet{dir: dir, base: base, live: make([]*Worker, n)}
	for i := range n {
		if err := f.Replace(i); err != nil {
			return nil, errors.Join(err, f.Quit())
		}
	}
	return f, nil
}

// Size is how many workers there are at a time.
func (f *Fleet) Size() int { return len(f.live) }

// Worker is the one at a place.
func (f *Fleet) Worker(place int) *Worker {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.live[place]
}

// Replace starts a new worker at a place.
func (f *Fleet) Replace(place int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	cfg := f.base
	cfg.Process = uint32(len(f.all) + 1)
	cfg.Log = filepath.Join(f.dir, fmt.Sprintf("process-%d", cfg.Process))
	w, err := Start(cfg, nil)
	if err != nil {
		return err
	}
	f.all = append(f.all, w)
	f.live[place] = w
	return nil
}

// everyone is all workers there have been.
func (f *Fleet) everyone() []*Worker {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all[:len(f.all):len(f.all)]
}

// Started is how many workers there have been.
func (f *Fleet) Started() int { return len(f.everyone()) }

// Check is an error if a worker has ended that was not meant to.
func (f *Fleet) Check() error {
	for _, w := range f.everyone() {
		if err := w.lost(); err != nil {
			return err
		}
	}
	return nil
}

// Report is the sum of what all workers said.
func (f *Fleet) Report() worker.Report {
	sum := worker.Report{Reasons: map[string]uint64{}}
	for _, w := range f.everyone() {
		r := w.Report()
		sum.Reads += r.Reads
		sum.Writes += r.Writes
		sum.Hits += r.Hits
		sum.Misses += r.Misses
		sum.Bypasses += r.Bypasses
		sum.Refused += r.Refused
		sum.Failed, sum.Open = append(sum.Failed, r.Failed...), append(sum.Open, r.Open...)
		for reason, n := range r.Reasons {
			sum.Reasons[reason] += n
		}
	}
	return sum
}

// Quit ends all workers.
func (f *Fleet) Quit() error {
	err := f.Check()
	var wg sync.WaitGroup
	for _, w := range f.everyone() {
		wg.Go(w.Quit)
	}
	wg.Wait()
	return err
}

// History is what all workers noted. They must have ended.
func (f *Fleet) History() (*judge.History, error) {
	h := &judge.History{
		Processes: map[uint32]*judge.Process{}, Keys: f.base.Mix.Keys(), Home: f.base.Mix.Home,
	}
	for _, w := range f.everyone() {
		records, err := history.ReadLog(w.Log)
		if err != nil {
			return nil, err
		}
		h.Processes[w.Number] = &judge.Process{Records: records, Stops: w.Stops()}
	}
	return h, nil
}
