package runner

import (
	"fmt"
	"testing"

	"github.com/gojohnny/gojohnny/bench/freshness"
	"github.com/gojohnny/gojohnny/bench/workload"
)

// values is a row of these values: int64 or string.
type values []any

func (v values) Scan(dest ...any) error {
	if len(v) != len(dest) {
		return fmt.Errorf("%d values for %d destinations", len(v), len(dest))
	}
	for i, d := range dest {
		switch d := d.(type) {
		case *int64:
			*d = int64(v[i].(int))
		case *string:
			*d = v[i].(string)
		}
	}
	return nil
}

// Products of 200 rows have 20 categories: category 3 has 3, 23, 43, ... 183.
func testCheck(t *testing.T) (*check, *workload.Workload) {
	t.Helper()
	w := workload.New(workload.Config{Tables: 10, Rows: 200, Skew: 1})
	return newCheck(freshness.New(w)), w
}

func step(t *testing.T, w *workload.Workload, name string, id int64) workload.Step {
	t.Helper()
	for _, s := range w.Statements {
		if s.Name == name {
			return workload.Step{Statement: s, ID: id}
		}
	}
	t.Fatal("no statement ", name)
	return workload.Step{}
}

// judge returns the verdict on a read of these rows.
func judge(t *testing.T, c *check, s workload.Step, rows ...values) *Stale {
	t.Helper()
	c.expect(s)
	for _, r := range rows {
		if err := c.row(r); err != nil {
			t.Fatal(err)
		}
	}
	return c.verdict()
}

func product(id, version int) values { return values{id, 1, "title", "body", 5, version} }

func TestReadBelowTheFloorIsStale(t *testing.T) {
	c, w := testCheck(t)
	s := step(t, w, "products.point", 7)
	c.ledger.Row(s.Statement.Table, 7).Raise(4)
	for version, stale := range map[int]bool{3: true, 4: false, 5: false} {
		if got := judge(t, c, s, product(7, version)); (got != nil) != stale {
			t.Errorf("version %d after 4: verdict %v", version, got)
		}
	}
}

func TestWhatAReaderSawBindsTheNext(t *testing.T) {
	c, w := testCheck(t)
	s := step(t, w, "products.point", 7)
	if got := judge(t, c, s, product(7, 2)); got != nil {
		t.Errorf("version 2 after 1: verdict %v", got)
	}
	c.learn()
	if got := judge(t, c, s, product(7, 1)); got == nil {
		t.Error("time ran backwards and nobody noticed")
	}
}

func TestWriteDuringAReadDoesNotCount(t *testing.T) {
	c, w := testCheck(t)
	s := step(t, w, "products.point", 7)
	c.expect(s)
	c.ledger.Row(s.Statement.Table, 7).Raise(2)
	if err := c.row(product(7, 1)); err != nil {
		t.Fatal(err)
	}
	if got := c.verdict(); got != nil {
		t.Errorf("verdict %v; want none: the read began before the write was acknowledged", got)
	}
}

func TestMissingAndForeignRowsAreStale(t *testing.T) {
	c, w := testCheck(t)
	list := step(t, w, "products.list", 3)
	var rows []values
	for id := 3; id <= 183; id += 20 {
		rows = append(rows, values{id, "title", 5, 1})
	}
	if got := judge(t, c, list, rows...); got != nil {
		t.Errorf("whole page: verdict %v", got)
	}
	if got := judge(t, c, list, rows[:9]...); got == nil || got.ID != 183 {
		t.Errorf("without row 183: verdict %v", got)
	}
	rows[0] = values{4, "title", 5, 1}
	if got := judge(t, c, list, rows...); got == nil {
		t.Error("a row of another category went unnoticed")
	}
	if got := judge(t, c, step(t, w, "products.point", 7)); got == nil {
		t.Error("a missing row went unnoticed")
	}
}

func TestSumsAndCountsHaveFloors(t *testing.T) {
	c, w := testCheck(t)
	total := step(t, w, "products.total", 3)
	if got := judge(t, c, total, values{10, 0, 10}); got != nil {
		t.Errorf("sum of 10 rows of version 1: verdict %v", got)
	}
	c.ledger.Row(total.Statement.Table, 23).Raise(3)
	if got := judge(t, c, total, values{10, 0, 11}); got == nil || got.Want != 12 {
		t.Errorf("sum 11 after two writes: verdict %v; want 12 at least", got)
	}
	judge(t, c, total, values{10, 0, 15})
	c.learn()
	if got := judge(t, c, total, values{10, 0, 14}); got == nil || got.Want != 15 {
		t.Errorf("sum 14 after 15 was seen: verdict %v", got)
	}

	count := step(t, w, "events.count", 3)
	g := c.ledger.Group(count.Statement.Table, 3)
	if got := judge(t, c, count, values{2}); got != nil {
		t.Errorf("two rows of two: verdict %v", got)
	}
	g.Added.Add(1)
	if got := judge(t, c, count, values{2}); got == nil {
		t.Error("two rows of three went unnoticed")
	}
}

func TestJoinedParentHasAFloor(t *testing.T) {
	c, w := testCheck(t)
	join := step(t, w, "products.join", 3)
	c.ledger.Row(join.Statement.Table.Parent, 3).Raise(2)
	for version, stale := range map[int]bool{1: true, 2: false} {
		var rows []values
		for id := 3; id <= 183; id += 20 {
			rows = append(rows, values{id, "title", 1, 3, "category", version})
		}
		if got := judge(t, c, join, rows...); (got != nil) != stale {
			t.Errorf("parent of version %d after 2: verdict %v", version, got)
		}
	}
}
