package freshness

import (
	"sync"
	"testing"

	"github.com/gojohnny/gojohnny/bench/workload"
)

func TestFloorNeverSinks(t *testing.T) {
	var f Floor
	for _, step := range []struct{ raise, want int64 }{{3, 3}, {2, 3}, {4, 4}, {4, 4}} {
		f.Raise(step.raise)
		if got := f.Load(); got != step.want {
			t.Errorf("after Raise(%d): %d; want %d", step.raise, got, step.want)
		}
	}
}

func TestFloorIsTheHighestOfAll(t *testing.T) {
	var f Floor
	var wg sync.WaitGroup
	for w := range int64(8) {
		wg.Go(func() {
			for v := range int64(1000) {
				f.Raise(v*8 + w)
			}
		})
	}
	wg.Wait()
	if got := f.Load(); got != 7999 {
		t.Errorf("floor is %d; want 7999", got)
	}
}

func TestLedgerStartsWithVersionOne(t *testing.T) {
	w := workload.New(workload.Config{Tables: 10, Rows: 100, Skew: 1})
	l := New(w)
	for _, table := range w.Tables {
		if got := l.Row(table, table.Rows).Load(); got != 1 {
			t.Errorf("%s: last row has version %d; want 1", table.Name, got)
		}
		var rows, newest int64
		for parent := int64(1); parent <= table.Parents; parent++ {
			rows += l.Group(table, parent).Added.Load()
			newest = max(newest, l.Group(table, parent).Newest.Load())
		}
		if rows != table.Rows || newest != table.Rows {
			t.Errorf("%s: %d rows, newest %d; want %d of both", table.Name, rows, newest, table.Rows)
		}
		if got := l.NextID(table); got != table.Rows+1 {
			t.Errorf("%s: next id is %d; want %d", table.Name, got, table.Rows+1)
		}
	}
}
