package cache

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// ReadStats count how reads were answered: Reads = Hits + Misses + Bypasses.
type ReadStats struct {
	Reads    uint64 `json:"reads"`
	Hits     uint64 `json:"hits"`     // answered without the database
	Misses   uint64 `json:"misses"`   // run on the database, to be kept
	Bypasses uint64 `json:"bypasses"` // run on the database and not kept, each for a Reason
}

// HitRate is Hits over Reads, 0 without any.
func (s ReadStats) HitRate() float64 {
	if s.Reads == 0 {
		return 0
	}
	return float64(s.Hits) / float64(s.Reads)
}

// StatementStats count the reads of one SQL text, since it was last remembered.
type StatementStats struct {
	SQL string `json:"sql"`
	ReadStats
}

// TableStats count the reads that depend on a table, and the statements that write
// it. A read of two tables counts at both.
type TableStats struct {
	Table string `json:"table"`
	ReadStats
	Writes uint64 `json:"writes"`
}

// Stats are counts since the Cache was made.
type Stats struct {
	ReadStats
	Shared uint64 `json:"shared"` // of the hits: answered by another read's miss

	// Misses = Stored + the sum of NotStored + those still running.
	Stored    uint64                         `json:"stored"`
	NotStored map[sqlparse.ReasonCode]uint64 `json:"not_stored"`

	BypassReasons map[sqlparse.ReasonCode]uint64 `json:"bypass_reasons"` // their sum is Bypasses

	Verified   uint64 `json:"verified"`   // misses that were hits and were compared with the database: see Options.Verify
	Mismatches uint64 `json:"mismatches"` // of these, the ones whose rows were not the database's

	Writes  uint64 `json:"writes"`  // statements that write, in transactions or not
	Parses  uint64 `json:"parses"`  // texts analyzed: a repeated statement adds none
	Loads   uint64 `json:"loads"`   // times that the database's catalog was read
	Damaged uint64 `json:"damaged"` // entries that were not one: misses

	Protocol invalidation.Stats `json:"protocol"`

	Statements []StatementStats `json:"statements"` // most reads first
	Tables     []TableStats     `json:"tables"`     // most reads first
}

// readCounts are the counts behind ReadStats. Reads is their sum, so that the parts
// add up at every moment.
type readCounts struct {
	hits             counter
	misses, bypasses atomic.Uint64
}

func (c *readCounts) stats() ReadStats {
	s := ReadStats{Hits: c.hits.load(), Misses: c.misses.Load(), Bypasses: c.bypasses.Load()}
	s.Reads = s.Hits + s.Misses + s.Bypasses
	return s
}

type tableCounts struct {
	readCounts
	name   string
	writes atomic.Uint64
}

// maxTables bounds what is counted by table: made-up names must not fill memory.
// What is more counts under "(other)".
const maxTables = 10_000

// reasonCounts count by reason.
type reasonCounts struct{ m sync.Map } // sqlparse.ReasonCode -> *atomic.Uint64

func (c *reasonCounts) add(code sqlparse.ReasonCode) {
	n, ok := c.m.Load(code)
	if !ok {
		n, _ = c.m.LoadOrStore(code, new(atomic.Uint64))
	}
	n.(*atomic.Uint64).Add(1)
}

// all returns the counts and their sum.
func (c *reasonCounts) all() (map[sqlparse.ReasonCode]uint64, uint64) {
	counts, sum := map[sqlparse.ReasonCode]uint64{}, uint64(0)
	for code, n := range c.m.Range {
		v := n.(*atomic.Uint64).Load()
		counts[code.(sqlparse.ReasonCode)] = v
		sum += v
	}
	return counts, sum
}

type counts struct {
	hits counter

	misses, shared, stored, writes, parses, loads, damaged, verified, mismatches atomic.Uint64
	bypassed, notStored                                                          reasonCounts

	mu     sync.Mutex
	tables map[string]*tableCounts // by tag
}

// table returns the counts of a relation.
func (c *counts) table(tag, name string) *tableCounts {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.tables) >= maxTables && c.tables[tag] == nil {
		tag, name = "", "(other)"
	}
	tc := c.tables[tag]
	if tc == nil {
		tc = &tableCounts{name: name}
		c.tables[tag] = tc
	}
	return tc
}

func (c *counts) hit(s *Session, q *query) { c.addHits(s, q, 1) }

// unhit takes a hit back.
func (c *counts) unhit(s *Session, q *query) { c.addHits(s, q, ^uint64(0)) }

func (c *counts) addHits(s *Session, q *query, n uint64) {
	c.hits.add(s, n)
	q.counts.hits.add(s, n)
	for _, tc := range q.reads {
		tc.hits.add(s, n)
	}
}

func (c *counts) miss(t *text, m *meaning) {
	c.misses.Add(1)
	t.counts.misses.Add(1)
	for _, tc := range m.reads {
		tc.misses.Add(1)
	}
}

func (c *counts) bypass(t *text, m *meaning, r Reason) {
	c.bypassed.add(r.Code)
	t.counts.bypasses.Add(1)
	for _, tc := range m.reads {
		tc.bypasses.Add(1)
	}
}

func (c *counts) write(m *meaning) {
	c.writes.Add(1)
	for _, tc := range m.writes {
		tc.writes.Add(1)
	}
}

// Stats returns the counts, and those of every statement and table. It costs time
// in proportion to how many there are, and blocks no read.
func (c *Cache) Stats() Stats {
	s := c.counts.snapshot()
	s.Protocol = c.protocol.Stats()
	for _, t := range c.texts.All() {
		if st := t.counts.stats(); st.Reads > 0 {
			s.Statements = append(s.Statements, StatementStats{SQL: t.sql, ReadStats: st})
		}
	}
	slices.SortFunc(s.Statements, func(a, b StatementStats) int {
		return cmp.Or(cmp.Compare(b.Reads, a.Reads), cmp.Compare(a.SQL, b.SQL))
	})
	return s
}

func (c *counts) snapshot() Stats {
	s := Stats{
		Shared:  c.shared.Load(),
		Stored:  c.stored.Load(),
		Writes:  c.writes.Load(),
		Parses:  c.parses.Load(),
		Loads:   c.loads.Load(),
		Damaged: c.damaged.Load(),

		Verified:   c.verified.Load(),
		Mismatches: c.mismatches.Load(),
	}
	s.NotStored, _ = c.notStored.all()
	s.BypassReasons, s.Bypasses = c.bypassed.all()
	s.Hits, s.Misses = c.hits.load(), c.misses.Load()
	s.Reads = s.Hits + s.Misses + s.Bypasses

	c.mu.Lock()
	defer c.mu.Unlock()
	for _, tc := range c.tables {
		s.Tables = append(s.Tables, TableStats{Table: tc.name, ReadStats: tc.stats(), Writes: tc.writes.Load()})
	}
	slices.SortFunc(s.Tables, func(a, b TableStats) int {
		return cmp.Or(cmp.Compare(b.Reads, a.Reads), cmp.Compare(a.Table, b.Table))
	})
	return s
}
