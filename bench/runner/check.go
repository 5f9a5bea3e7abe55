package runner

import (
	"github.com/gojohnny/gojohnny/bench/freshness"
	"github.com/gojohnny/gojohnny/bench/target"
	"github.com/gojohnny/gojohnny/bench/workload"
)

// A Stale is a read that returned less than it had to.
type Stale struct {
	Statement string `json:"statement"`
	ID        int64  `json:"id"`   // of the row, or of the parent of the rows
	Want      int64  `json:"want"` // at least this version, sum, id or number of rows
	Got       int64  `json:"got"`
}

// A check judges one read at a time: expect before it starts, row for each of its
// rows, then verdict, and learn unless the rows are not committed.
type check struct {
	ledger *freshness.Ledger
	step   workload.Step

	// The rows of a span: those of one parent from an ordinal on.
	parent, first int64
	floors        []int64 // the least version of each
	versions      []int64 // that were read, 0 for a row that was not
	foreign       int64   // a row outside the span
	rows          int64   // that were read

	aboveFloor, above int64 // the version of the joined parent, as floors and versions
	totalFloor, total int64 // what an aggregate or the newest row tells, likewise

	dest [workload.Count + 1][]any
	scan struct {
		id, version, parentID, parentVersion, number int64
		title, body, parentTitle                     string
	}
}

func newCheck(l *freshness.Ledger) *check {
	c := &check{ledger: l}
	s := &c.scan
	page := []any{&s.id, &s.title, &s.number, &s.version}
	c.dest[workload.Point] = []any{&s.id, &s.parentID, &s.title, &s.body, &s.number, &s.version}
	c.dest[workload.All], c.dest[workload.List], c.dest[workload.Newest] = page, page, page
	c.dest[workload.Join] = []any{&s.id, &s.title, &s.version, &s.parentID, &s.parentTitle, &s.parentVersion}
	c.dest[workload.Total] = []any{&s.id, &s.number, &s.version} // the count, the amount, the sum
	c.dest[workload.Pick] = []any{&s.id, &s.title, &s.version}
	c.dest[workload.Count] = []any{&s.number}
	return c
}

// expect notes what a read that starts now has to return at least.
func (c *check) expect(step workload.Step) {
	c.step, c.foreign, c.rows = step, 0, 0
	c.aboveFloor, c.above, c.totalFloor, c.total = 0, 0, 0, 0
	t := step.Statement.Table
	switch step.Statement.Kind {
	case workload.Point:
		c.span(t.ParentOf(step.ID), t.Ordinal(step.ID), 1)
	case workload.List:
		c.span(step.ID, step.Page*workload.PageRows, workload.PageRows)
	case workload.Join:
		c.span(step.ID, 0, workload.PageRows)
		c.aboveFloor = c.ledger.Row(t.Parent, step.ID).Load()
	case workload.All, workload.Pick:
		c.span(step.ID, 0, t.Rows)
	case workload.Total:
		c.span(step.ID, 0, t.Rows)
		c.totalFloor = c.ledger.Group(t, step.ID).Versions.Load()
		c.totalFloor = max(c.totalFloor, sum(c.floors))
	case workload.Newest:
		c.span(step.ID, 0, 0)
		c.totalFloor = c.ledger.Group(t, step.ID).Newest.Load()
	case workload.Count:
		c.span(step.ID, 0, 0)
		g := c.ledger.Group(t, step.ID)
		c.totalFloor = max(g.Added.Load(), g.Rows.Load())
	}
}

// span notes the floors of up to n rows of a parent, from an ordinal on.
func (c *check) span(parent, first, n int64) {
	t := c.step.Statement.Table
	c.parent, c.first = parent, first
	c.floors, c.versions = c.floors[:0], c.versions[:0]
	for i := first; i < min(first+n, t.Group(parent)); i++ {
		c.floors = append(c.floors, c.ledger.Row(t, parent+i*t.Parents).Load())
		c.versions = append(c.versions, 0)
	}
}

func sum(values []int64) int64 {
	var s int64
	for _, v := range values {
		s += v
	}
	return s
}

// row takes the next row of the result.
func (c *check) row(r target.Row) error {
	kind := c.step.Statement.Kind
	if err := r.Scan(c.dest[kind]...); err != nil {
		return err
	}
	c.rows++
	switch kind {
	case workload.Total:
		c.total = c.scan.version
	case workload.Count:
		c.total = c.scan.number
	case workload.Newest:
		c.total = max(c.total, c.scan.id)
	case workload.Join:
		c.above = c.scan.parentVersion
		c.saw(c.scan.id, c.scan.version)
	default:
		c.saw(c.scan.id, c.scan.version)
	}
	return nil
}

// saw notes the version of a row of the span.
func (c *check) saw(id, version int64) {
	t := c.step.Statement.Table
	i := t.Ordinal(id) - c.first
	if id < 1 || t.ParentOf(id) != c.parent || i < 0 || i >= int64(len(c.versions)) {
		c.foreign = id
		return
	}
	c.versions[i] = version
}

// verdict says what was stale about the read, nil if nothing was.
func (c *check) verdict() *Stale {
	s := c.step.Statement
	stale := func(id, want, got int64) *Stale { return &Stale{Statement: s.Name, ID: id, Want: want, Got: got} }
	switch {
	case c.foreign != 0:
		return stale(c.foreign, 0, 0)
	case c.above < c.aboveFloor:
		return stale(c.step.ID, c.aboveFloor, c.above)
	case c.total < c.totalFloor:
		return stale(c.step.ID, c.totalFloor, c.total)
	case s.Kind == workload.Total:
		return nil
	}
	for i, floor := range c.floors {
		missing := c.versions[i] == 0
		if missing && s.Kind == workload.Pick {
			continue // it picks some
		}
		if c.versions[i] < floor {
			return stale(c.parent+(c.first+int64(i))*s.Table.Parents, floor, c.versions[i])
		}
	}
	return nil
}

// learn makes what was read the least that later reads may return.
func (c *check) learn() {
	t := c.step.Statement.Table
	switch c.step.Statement.Kind {
	case workload.Total:
		c.ledger.Group(t, c.step.ID).Versions.Raise(c.total)
		return
	case workload.Newest:
		c.ledger.Group(t, c.step.ID).Newest.Raise(c.total)
		return
	case workload.Count:
		c.ledger.Group(t, c.step.ID).Rows.Raise(c.total)
		return
	case workload.Join:
		c.ledger.Row(t.Parent, c.step.ID).Raise(c.above)
	}
	for i, v := range c.versions {
		c.ledger.Row(t, c.parent+(c.first+int64(i))*t.Parents).Raise(v)
	}
}
