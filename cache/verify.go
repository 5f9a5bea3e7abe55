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

// A Cut takes a result of a wrapper's apart, into what stands before the rows, and each
// row. It reports false if that cannot be done.
type Cut func(result []byte) (head []byte, rows [][]byte, ok bool)

// CompareBy says how results of the Source's wrapper are taken apart to compare them: the
// order of their rows does not count, since without ORDER BY PostgreSQL gives them in
// any. Without it they are compared byte by byte.
func (src *Source) CompareBy(cut Cut) { src.cut = cut }

// A check is a hit that is compared with the database.
type check struct {
	kept
	cut Cut // nil: see CompareBy
}

// same reports whether two results hold the same rows.
func (c *check) same(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	if c.cut == nil {
		return false
	}
	headA, rowsA, okA := c.cut(a)
	headB, rowsB, okB := c.cut(b)
	if !okA || !okB || !bytes.Equal(headA, headB) || len(rowsA) != len(rowsB) {
		return false
	}
	slices.SortFunc(rowsA, bytes.Compare)
	slices.SortFunc(rowsB, bytes.Compare)
	return slices.EqualFunc(rowsA, rowsB, bytes.Equal)
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
	if had.same(rows, had.rows) {
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
