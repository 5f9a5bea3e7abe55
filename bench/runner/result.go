package runner

import "github.com/gojohnny/gojohnny/bench/workload"

// A Result is what a run measured.
type Result struct {
	Turn         // all of them together
	Turns        []Turn
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

// Result is what the turns so far have measured.
func (r *Runner) Result() *Result {
	res := &Result{
		Turn: Turn{Elapsed: r.elapsed, Ops: r.done()}, Turns: r.turns, Samples: r.samples,
		Reads: NewLatency(), Writes: NewLatency(), Transactions: NewLatency(),
	}
	for _, s := range r.workload.Statements {
		res.Statements = append(res.Statements, Statement{Statement: s, Latency: NewLatency()})
	}
	for _, w := range r.workers {
		res.add(w.tally)
	}
	for _, s := range res.Statements {
		if s.Writes {
			res.Writes.Merge(s.Latency)
		} else {
			res.Reads.Merge(s.Latency)
		}
	}
	return res
}

func (r *Result) add(t *tally) {
	for i, c := range t.statements {
		s := &r.Statements[i]
		s.Calls += c.n
		s.CeilingHits += c.ceilingHits
		s.Latency.Merge(c.latency)
	}
	r.Transactions.Merge(t.transactions)
	r.Checks += t.checks
	r.Stale += t.stale
	room := maxExamples - len(r.Examples)
	r.Examples = append(r.Examples, t.examples[:min(room, len(t.examples))]...)
}
