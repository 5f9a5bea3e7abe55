package memcachestore

import "sync/atomic"

type counters struct {
	settled, conflicts, foreign, tooLarge, compressed atomic.Uint64
}

// Stats is what a Store has met with since New.
type Stats struct {
	Settled    uint64 // fences whose lease was gone
	Conflicts  uint64 // compare-and-swaps that another was faster than, and that were tried again
	Foreign    uint64 // values that something else had put under our keys, and that were taken for none
	TooLarge   uint64 // entries that were not kept because of their size
	Compressed uint64 // bytes that compression kept off the wire
	Opened     uint64 // times a server was given up until it answers again
}

// Stats returns the store's figures. They are not of one instant.
func (s *Store) Stats() Stats {
	return Stats{
		Settled:    s.counts.settled.Load(),
		Conflicts:  s.counts.conflicts.Load(),
		Foreign:    s.counts.foreign.Load(),
		TooLarge:   s.counts.tooLarge.Load(),
		Compressed: s.counts.compressed.Load(),
		Opened:     s.servers.opened(),
	}
}
