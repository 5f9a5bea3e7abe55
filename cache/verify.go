package cache

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// With Options.Verify some hits run on the database all the same, and what that answers
// is compared with what was kept. Both are of one moment only if no table was written
// in between, and a write that was is seen at the generations:
//
//	1: reader: load    a hit, under generation 7
//	2: writer: fence, COMMIT, lift   7 -> 8
//	3: reader: query   the rows of 8, which are others
//	4: reader: load    8: nothing is wrong
//
// A fence that stands in step 4 may be of a COMMIT before step 3 likewise. Without either
// nothing was committed through the library from step 1 to step 4.

// verifies reports whether a hit of q is to be compared with the database. It is not where a
// query that fails would do harm: in a transaction, which it would abort.
func (s *Session) verifies(q *query) bool {
	share := s.cache.opts.Verify
	if share == 0 || s.tx.open {
		return false
	}
	return rand.Float64() < share || q.recheck.Load() && q.recheck.CompareAndSwap(true, false)
}

// CompareBy says how results of the Source's wrapper are compared: same reports whether
// two of them hold the same rows, in whatever order. Without it they are compared byte
// by byte.
func (src *Source) CompareBy(same func(a, b []byte) bool) { src.same = same }

// A check is a hit that is compared with the database.
type check struct {
	kept
	same func(a, b []byte) bool
}

// Kept returns the rows of the hit that the ticket is to verify, and whether it is one: if
// the query fails, they answer it. Nobody writes to them.
func (t *Ticket) Kept() (rows []byte, verifying bool) {
	if t == nil || t.check == nil {
		return nil, false
	}
	return t.check.rows, true
}

// verify compares the database's rows with those that were kept, and reports whether they
// are to be replaced.
func (t *Ticket) verify(ctx context.Context, rows []byte) (replace bool) {
	c := t.cache
	c.counts.verified.Add(1)
	had := t.check
	if bytes.Equal(rows, had.rows) || had.same != nil && had.same(rows, had.rows) {
		return false
	}
	now := make([]backends.TagState, len(t.states))
	if _, err := c.protocol.Load(ctx, t.key, t.reads.Reads, now); err != nil || !slices.Equal(now, t.states) {
		t.text.recheck.Store(true) // once more, at the next hit
		return false
	}
	age := had.age(time.Now())
	c.counts.mismatches.Add(1)
	c.opts.Logger.Error("gojohnny: rows that were kept are not the database's", "tags", t.reads.Reads, "age", age)
	c.observe(ctx, t.text, t.reads, Mismatch, Reason{}, age)
	return true
}
