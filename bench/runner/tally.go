package runner

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/gojohnny/gojohnny/bench/workload"
)

// A Latency is the distribution of how long something took, in nanoseconds.
type Latency = hdrhistogram.Histogram

// NewLatency returns an empty one that counts from 1 ns to a minute, to one part in a hundred.
func NewLatency() *Latency { return hdrhistogram.New(1, int64(time.Minute), 2) }

// record counts a duration; what is above a minute counts as a minute.
func record(l *Latency, d time.Duration) {
	_ = l.RecordValue(min(max(int64(d), 1), l.HighestTrackableValue())) // in range
}

// A tally is what one worker counts.
type tally struct {
	statements   []count // by index
	transactions *Latency
	checks       int64
	stale        int64
	examples     []Stale
}

type count struct {
	n           int64
	ceilingHits int64
	latency     *Latency
}

func newTally(statements int) *tally {
	t := &tally{statements: make([]count, statements), transactions: NewLatency()}
	for i := range t.statements {
		t.statements[i].latency = NewLatency()
	}
	return t
}

func (t *tally) read(s *workload.Statement, d time.Duration, ceilingHit bool) {
	c := &t.statements[s.Index]
	c.n++
	if ceilingHit {
		c.ceilingHits++
	}
	record(c.latency, d)
}

func (t *tally) write(s *workload.Statement, d time.Duration) {
	c := &t.statements[s.Index]
	c.n++
	record(c.latency, d)
}

// transaction counts its statements, and its time as a whole.
func (t *tally) transaction(op workload.Op, d time.Duration) {
	for _, step := range op.Steps {
		t.statements[step.Statement.Index].n++
	}
	record(t.transactions, d)
}

// maxExamples of stale reads are kept.
const maxExamples = 5

func (t *tally) checked(stale *Stale) {
	t.checks++
	if stale == nil {
		return
	}
	t.stale++
	if len(t.examples) < maxExamples {
		t.examples = append(t.examples, *stale)
	}
}
