package cache

import (
	"context"
	"time"
)

// An Event is what the cache did with one read, for Options.Observe.
type Event struct {
	Kind   EventKind
	SQL    string        // without comments and without arguments
	Tags   []string      // that the read depends on; nobody writes to them
	Reason Reason        // of a Bypass
	Age    time.Duration // of a Hit and a Mismatch: how long ago the rows were kept, by the hosts' clocks, to a second
}

// An EventKind says what an Event tells of.
type EventKind string

// The kinds of events. A read is a Hit, a Miss or a Bypass; a Mismatch comes on top.
const (
	Hit      EventKind = "hit"      // answered without the database
	Miss     EventKind = "miss"     // about to run on the database, to be kept or, with Options.Verify, compared
	Bypass   EventKind = "bypass"   // about to run on the database, and not kept
	Mismatch EventKind = "mismatch" // rows that were kept are not the database's: see Options.Verify
)

// observe tells the program of a read.
func (c *Cache) observe(ctx context.Context, t *text, m *meaning, kind EventKind, r Reason, age time.Duration) {
	if c.opts.Observe != nil {
		c.opts.Observe(ctx, Event{Kind: kind, SQL: t.sql, Tags: m.Reads, Reason: r, Age: age})
	}
}
