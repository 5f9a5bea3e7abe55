package redisstore

import "sync/atomic"

// Stats is what a Store has seen, since New.
type Stats struct {
	// Settled counts loads that took a second round trip: a tag was new or lost,
	// or carried a fence.
	Settled uint64

	// Foreign counts values that something else put, or damage left, where a tag
	// or an entry is kept. The tag's generation was begun anew; the entry was
	// taken for a miss. A damaged entry that still looks like one is found by
	// its checksum, and counted, by the cache.
	Foreign uint64

	// Outlived counts tags that the server had from an earlier incarnation of
	// its own or another server's: after a restart, a failover, or the
	// migration of a slot. Their generations were begun anew.
	Outlived uint64

	// Opened counts how often calls began to be refused because a server did
	// not answer.
	Opened uint64

	// Watched counts the connections that Watch has made.
	Watched uint64

	// Compressed counts the bytes that compression kept off the wire to the
	// server.
	Compressed uint64
}

type counters struct {
	settled, foreign, outlived, watched, compressed atomic.Uint64
}

// Stats returns the store's figures. They are not of one instant.
func (s *Store) Stats() Stats {
	st := Stats{
		Settled:    s.counts.settled.Load(),
		Foreign:    s.counts.foreign.Load(),
		Outlived:   s.counts.outlived.Load(),
		Watched:    s.counts.watched.Load(),
		Compressed: s.counts.compressed.Load(),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.nodes {
		st.Opened += n.breaker.Opened()
	}
	return st
}
