package runner

import (
	"time"

	"github.com/gojohnny/gojohnny/bench/workload"
)

// A Result is what a run measured.
type Result struct {
	Elapsed      time.Duration
	Ops          int64
	Statements   []Statement // in the workload's order
	Reads        *Latency    // of statements outside transactions
	Writes       *Latency    // likewise
	Transactions *Latency
	Checks       int64 // reads checked for staleness: all
	Stale        int64
	Examples     []Stale
	Samples      []Sample
}

// A Statement is what was measured of one statement. Latency is that of its calls
// outside transactions.
type Statement struct {
	*workload.Statement
	Calls       int64
	CeilingHits int64
	Latency     *Latency
}

func newResult(w *workload.Workload, workers []*worker, elapsed time.Duration, samples []Sample) *Result {
	r := &Result{
		Elapsed: elapsed, Samples: samples,
		Reads: NewLatency(), Writes: NewLatency(), Transactions: NewLatency(),
	}
	for _, s := range w.Statements {
		r.Statements = append(r.Statements, Statement{Statement: s, Latency: NewLatency()})
	}
	for _, w := range workers {
		r.add(w)
	}
	for _, s := range r.Statements {
		if s.Writes {
			r.Writes.Merge(s.Latency)
		} else {
			r.Reads.Merge(s.Latency)
		}
	}
	return r
}

func (r *Result) add(w *worker) {
	r.Ops += w.done.Load()
	for i, c := range w.tally.statements {
		s := &r.Statements[i]
		s.Calls += c.n
		s.CeilingHits += c.ceilingHits
		s.Latency.Merge(c.latency)
	}
	r.Transactions.Merge(w.tally.transactions)
	r.Checks += w.tally.checks
	r.Stale += w.tally.stale
	if room := maxExamples - len(r.Examples); room > 0 {
		r.Examples = append(r.Examples, w.tally.examples[:min(room, len(w.tally.examples))]...)
	}
}
