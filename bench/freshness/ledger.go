// Package freshness knows the oldest version that a read may still return.
//
// A [Ledger] holds a floor for every row and every group of rows. Whoever learns of
// a version raises the floor: a writer once its COMMIT was acknowledged, a reader
// once its rows were read. A read that starts afterwards and returns less was stale:
//
//	1: reader: floor of row 7      is 3
//	2: writer: COMMIT version 4    acknowledged
//	3: writer: raise row 7         3 -> 4
//	4: reader: row 7 is version 3  not stale, it started before 3
//	5: reader: floor of row 7      is 4
//	6: reader: row 7 is version 3  stale
//
// Since readers raise floors too, rows of a transaction that was rolled back are
// found as well: whoever reads after such a reader sees time running backwards.
package freshness

import (
	"sync/atomic"

	"github.com/gojohnny/gojohnny/bench/workload"
)

// A Floor is a value that only grows. The zero Floor is 0.
type Floor struct{ v atomic.Int64 }

// Raise makes the floor at least v.
func (f *Floor) Raise(v int64) {
	for {
		old := f.v.Load()
		if old >= v || f.v.CompareAndSwap(old, v) {
			return
		}
	}
}

// Add raises the floor by n.
func (f *Floor) Add(n int64) { f.v.Add(n) }

// Load returns the floor as of now.
func (f *Floor) Load() int64 { return f.v.Load() }

// A Ledger is used by all workers at once. It never locks.
type Ledger struct {
	rows   [][]Floor // by table and id-1
	groups [][]Group // by table and parent-1
	ids    []atomic.Int64
}

// A Group is what is known of the rows of one parent.
type Group struct {
	Versions Floor // the sum of their versions, as readers saw it
	Added    Floor // how many rows there are by the writers' count
	Rows     Floor // how many there are by the readers' count
	Newest   Floor // the largest id
}

// New returns the ledger of a database in which every row has version 1.
func New(w *workload.Workload) *Ledger {
	l := &Ledger{ids: make([]atomic.Int64, len(w.Tables))}
	for _, t := range w.Tables {
		rows := make([]Floor, t.Rows)
		for i := range rows {
			rows[i].Add(1)
		}
		groups := make([]Group, t.Parents)
		for i := range groups {
			parent := int64(i) + 1
			n := t.Group(parent)
			groups[i].Added.Add(n)
			if n > 0 {
				groups[i].Newest.Add(parent + (n-1)*t.Parents)
			}
		}
		l.rows = append(l.rows, rows)
		l.groups = append(l.groups, groups)
		l.ids[t.Index].Store(t.Rows)
	}
	return l
}

// Row is the floor of a row's version.
func (l *Ledger) Row(t *workload.Table, id int64) *Floor { return &l.rows[t.Index][id-1] }

// Group is what is known of the rows of a parent.
func (l *Ledger) Group(t *workload.Table, parent int64) *Group { return &l.groups[t.Index][parent-1] }

// NextID returns the id for a new row.
func (l *Ledger) NextID(t *workload.Table) int64 { return l.ids[t.Index].Add(1) }
