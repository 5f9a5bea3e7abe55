// Package ceiling computes the best hit rate that table-level invalidation could
// have had on a run.
//
// The model is an endless cache that costs nothing and loses exactly the entries of
// a table when that table is written: a read is a hit if its statement was asked
// with the same arguments before and none of its tables was written since. It is
// told of the run's operations as they happen, so that it sees the interleaving
// that was really run: a read when it starts, a write when it was acknowledged.
//
//	1: A reads row 7      miss, filled at 1
//	2: B reads row 7      hit, also while A still waits for the database
//	3: C's write acknowledged
//	4: B reads row 7      miss, filled at 4
//
// A row that A's read brings home after 3 does not count: it was filled at 1. What
// no cache could answer is no hit here either: random(), and a transaction's reads of
// what it has written, which the model is not told of.
//
// A real cache gives away what the model does not: reads while a write is on its way,
// evictions, results too large to keep.
package ceiling

import (
	"sync/atomic"

	"github.com/gojohnny/gojohnny/bench/workload"
)

// A Model is used by all workers at once. It never locks.
type Model struct {
	clock   atomic.Uint64
	written []atomic.Uint64   // by table: when
	filled  [][]atomic.Uint64 // by statement and slot: when, 0 for never
}

// New returns the model of an empty cache.
func New(w *workload.Workload) *Model {
	m := &Model{
		written: make([]atomic.Uint64, len(w.Tables)),
		filled:  make([][]atomic.Uint64, len(w.Statements)),
	}
	for i, s := range w.Statements {
		if s.Cacheable && !s.Writes {
			m.filled[i] = make([]atomic.Uint64, s.Slots)
		}
	}
	return m
}

// Read reports whether a read that starts now is a hit.
func (m *Model) Read(step workload.Step) bool {
	s := step.Statement
	if !s.Cacheable {
		return false
	}
	now := m.clock.Add(1)
	entry := &m.filled[s.Index][step.Slot()]
	at := entry.Load()
	hit := at != 0
	for _, t := range s.Tables {
		hit = hit && m.written[t.Index].Load() < at
	}
	if !hit {
		entry.Store(now)
	}
	return hit
}

// Write says that a write of a table was acknowledged.
func (m *Model) Write(t *workload.Table) { m.written[t.Index].Store(m.clock.Add(1)) }
