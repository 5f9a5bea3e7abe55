//go:build unix

package declared

// cases are in the order of the table in invalidation/PROTOCOL.md.
var cases = []Case{
	{
		Name: "written past the cache", run: writtenPast,
		Done:  "an UPDATE on a connection of its own",
		Bound: "the time to live", Remedy: "Cache.Invalidate",
	},
	{
		Name: "written in another namespace", run: otherNamespace,
		Done:  "an UPDATE by a program with another Options.Namespace",
		Bound: "the time to live", Remedy: "one namespace",
	},
	{
		Name: "defined past the cache", run: definedPast,
		Done:  "CREATE OR REPLACE VIEW on a connection of its own",
		Bound: "twice CatalogAge, and a look", Remedy: "Cache.InvalidateAll",
	},
	{
		Name: "made past the cache, and dropped before it looks", run: definedAndDropped,
		Done:  "CREATE FUNCTION, an overload that a query calls, and DROP on a connection of its own",
		Bound: "the time to live", Remedy: "Cache.InvalidateAll",
	},
	{
		Name: "defined while a write is on the wire", run: definedDuring,
		Done:   "a trigger's function is replaced while an UPDATE that fires it waits for a lock; the lift is held up",
		Bound:  "the write's end",
		Remedy: "a renewal before the commit: a quarter of a lease",
	},
	{
		Name: "defined while a write is on the wire, and the writer dies", run: definedDuringAndDies,
		Done:   "a trigger's function is replaced while an UPDATE that fires it waits for a lock; SIGKILL before the lift",
		Bound:  "the time to live",
		Remedy: "a renewal before the commit: a quarter of a lease",
	},
	{
		Name: "committed after the lease of a dead writer", run: resolvedLate,
		Done:  "a process is killed while its UPDATE waits for a lock, which is released after the lease",
		Bound: "the time to live", Remedy: "a longer Lease",
	},
	{
		Name: "Redis's clock set forward while a write is on the wire", run: clockForward,
		Done:  "by two leases at once, while an UPDATE waits for a lock; the lift is held up",
		Bound: "the write's end", Remedy: "slewed: a twelfth faster, chrony's fastest",
	},
	{
		Name: "Redis's clock set forward, and the writer dies", run: clockForwardAndDies,
		Done:  "a process is killed while its UPDATE waits for a lock; by two leases at once; the lock is released",
		Bound: "the time to live", Remedy: "slewed: a twelfth faster, chrony's fastest",
	},
	{
		Name: "Redis's clock set back, then a write past the cache", run: clockBack,
		Done:  "by a lease at once, then an UPDATE on a connection of its own",
		Bound: "the time to live, and the step", Remedy: "Cache.Invalidate",
	},
	{
		Name: "stopped between fence and COMMIT", run: stopped,
		Done:  "SIGSTOP there for longer than the lease; the store is slow for the writer as it goes on",
		Bound: "the write's end", Remedy: "a longer Lease",
	},
	{
		Name: "fence lost: Redis flushed", run: func(s *stage) { lostFence(s, flushed) },
		Done:  "FLUSHALL between fence and COMMIT; the lift is held up",
		Bound: "the write's end", Remedy: "Quarantine",
	},
	{
		Name: "fence lost: Redis restarted", run: func(s *stage) { lostFence(s, restarted) },
		Done:  "killed and started between fence and COMMIT; the lift is held up",
		Bound: "the write's end", Remedy: "Quarantine",
	},
	{
		Name: "fence lost: Redis restarted with an older RDB", run: func(s *stage) { lostFence(s, restored) },
		Done:  "SAVE before the fence; killed and started between fence and COMMIT; the lift is held up",
		Bound: "the write's end", Remedy: "Quarantine",
	},
	{
		Name: "fence lost: the writer dies", run: lostFenceAndWriter,
		Done:  "FLUSHALL between fence and COMMIT; SIGKILL before the lift",
		Bound: "the time to live", Remedy: "Quarantine",
	},
	{
		Name: "fence lost: Redis evicts it", run: evicted,
		Done:  "memory filled between fence and COMMIT, maxmemory-policy allkeys-lru; the lift is held up",
		Bound: "the write's end", Remedy: "volatile-lru",
	},
	{
		Name: "fence lost: failover to a late replica", run: failover,
		Done:  "a replica that was cut off before the fence is promoted, and the master killed, between fence and COMMIT",
		Bound: "the write's end", Remedy: "WaitReplicas",
	},
	{
		Name: "fence lost: memcached flushed", run: memcachedFlushed,
		Done:  "flush_all between fence and COMMIT; the lift is held up",
		Bound: "the write's end", Remedy: "Quarantine",
	},
	{
		Name: "lease lost: memcached evicts it", run: leaseEvicted,
		Done:  "memory filled with small items between fence and COMMIT; the lift is held up",
		Bound: "the write's end", Remedy: "-o temporary_ttl=61",
	},
	{
		Name: "back in time: RESTORE", run: backInTime,
		Done:  "what DUMP said of the tags before a write is put back after it",
		Bound: "the time to live", Remedy: "the same by a restart with an older RDB: found out",
	},
	{
		Name: "back in time: two masters", run: twoMasters,
		Done:  "the writer's connections go to another master, the reader's to the old one",
		Bound: "the time to live",
	},
	{
		Name: "back in time: memcached's keys moved and back", run: movedAndBack,
		Done:  "a proxy puts another memcached in the place of one, and that back after a write",
		Bound: "the time to live", Remedy: "flush it before",
	},
	{
		Name: "Available, the store out of the writer's reach", run: available,
		Done:  "the writer is cut off from the store, writes, and is connected again",
		Bound: "the store is told", Remedy: "Strict",
	},
	{
		Name: "Available, and the writer dies", run: availableDies,
		Done:  "the writer is cut off from the store, writes, and is killed",
		Bound: "the time to live", Remedy: "Strict",
	},
	{
		Name: "out of reach for a lease while COMMIT is on the wire", run: outDuring,
		Done:  "the writer, Strict, is cut off from the store for longer than a lease while its UPDATE waits for a lock",
		Bound: "the store is told", Remedy: "a longer Lease",
	},
	{
		Name: "tiered, MaxStaleness", run: maxStaleness,
		Done:  "an UPDATE by another process, over memcached, which tells of no changes",
		Bound: "MaxStaleness", Remedy: "0, the default",
	},
	{
		Name: "PostgreSQL loses a commit", run: lostCommit,
		Done:  "synchronous_commit off, an UPDATE that is read, an immediate shutdown",
		Bound: "the time to live", Remedy: "synchronous_commit on",
	},
}
