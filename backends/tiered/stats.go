package tiered

import "sync/atomic"

// A source is where the entry of a load came from.
type source int

const (
	absent source = iota
	local
	shared
	trusted
)

type counters struct {
	from            [trusted + 1]atomic.Uint64
	failed          atomic.Uint64
	changed, missed atomic.Uint64
}

func (c *counters) count(from source, err error) {
	if err != nil {
		c.failed.Add(1)
		return
	}
	c.from[from].Add(1)
}

// Stats is how the loads of a Store ended since New: they are the sum of the first five
// figures. An entry that was found may be outdated all the same.
type Stats struct {
	Local   uint64 // copies in memory that the shared store confirmed
	Trusted uint64 // copies in memory of which nobody was asked: they may be as old as MaxStaleness
	Shared  uint64 // entries that the shared store sent
	Absent  uint64 // no entry
	Failed  uint64 // errors

	// With MaxStaleness over a backends.Watcher: Changed counts the tags that it said
	// had changed, Missed how often all were forgotten, since it may have missed
	// something. A Missed that goes on growing is a watch that fails.
	Changed, Missed uint64
}

// Stats returns the store's figures. They are not of one instant.
func (s *Store) Stats() Stats {
	return Stats{
		Local:   s.counts.from[local].Load(),
		Trusted: s.counts.from[trusted].Load(),
		Shared:  s.counts.from[shared].Load(),
		Absent:  s.counts.from[absent].Load(),
		Failed:  s.counts.failed.Load(),
		Changed: s.counts.changed.Load(),
		Missed:  s.counts.missed.Load(),
	}
}
