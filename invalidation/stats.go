package invalidation

import "sync/atomic"

// Stats are counts since the Protocol was made. Every write that got through ends
// one way or is open: Fences + Unfenced = Committed + RolledBack + Abandoned + Open.
type Stats struct {
	Fences   uint64 // writes let through behind their fences
	Unfenced uint64 // Available: writes let through without
	Refused  uint64 // Strict: writes refused

	Committed  uint64 // writes that ended Committed
	RolledBack uint64 // ... RolledBack
	Abandoned  uint64 // ... with their outcome Unknown
	Open       uint64 // ... and writes that have not ended

	Widened  uint64 // writes during which definitions changed, or may have: see Basis
	Renewals uint64 // leases renewed for a write that took long
	Advances uint64 // calls of Advance that the store took at once
	Queued   uint64 // what the store did not take at once
	Pending  uint64 // ... and has not taken yet
}

type counters struct {
	fences, unfenced, refused, committed, rolledBack, abandoned, widened, renewals, advances, queued atomic.Uint64
}

// Stats returns the counts.
func (p *Protocol) Stats() Stats {
	c := &p.counts
	s := Stats{
		Committed:  c.committed.Load(),
		RolledBack: c.rolledBack.Load(),
		Abandoned:  c.abandoned.Load(),
		Fences:     c.fences.Load(), // after the three above: Open is never negative
		Unfenced:   c.unfenced.Load(),
		Refused:    c.refused.Load(),
		Widened:    c.widened.Load(),
		Renewals:   c.renewals.Load(),
		Advances:   c.advances.Load(),
		Queued:     c.queued.Load(),
		Pending:    p.queue.pending(),
	}
	s.Open = s.Fences + s.Unfenced - s.Committed - s.RolledBack - s.Abandoned
	return s
}
