package memstore

// Stats is what a Store holds and what it has let go of.
type Stats struct {
	Entries int   // outdated ones that were not removed yet included
	Bytes   int64 // what the entries take, as MaxBytes counts it

	Evicted uint64 // entries removed for others, since New
	Expired uint64 // entries removed at the end of their time to live, since New

	Tags        int
	DroppedTags uint64 // forgotten because there were more than MaxTags, since New
}

// Stats returns the store's figures. They are not of one instant.
func (s *Store) Stats() Stats {
	return Stats{
		Entries:     s.entries.cache.EstimatedSize(),
		Bytes:       s.entries.bytes.Load(),
		Evicted:     s.entries.evicted.Load(),
		Expired:     s.entries.expired.Load(),
		Tags:        int(s.tags.count.Load()),
		DroppedTags: s.tags.dropped.Load(),
	}
}
