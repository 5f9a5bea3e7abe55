// Package invalidation is the protocol that keeps a cached result from being
// served after a write: generations, fences and leases on a store.
//
// A read loads the generations of its tags together with the entry
// ([Protocol.Load]). The entry answers only if it was read under these very
// generations and no tag is fenced. Otherwise the query runs, and its rows are
// kept under the generations that were loaded before it ran.
//
// A write fences its tags before its COMMIT is sent ([Protocol.Fence]), and lifts
// the fences when the outcome is known ([Write.End]): committed, the generations
// advance in the same step; rolled back, they stay; unknown, the fences are left
// to run out, which advances the generations too.
//
// The guarantee: a read that starts after a version was acknowledged to its
// writer, or returned to any reader, returns that version or a later one. It
// rests on one assumption: a commit is resolved within the lease of a writer that
// died. And on the store not losing fences while a commit is under way; see
// [backends.Store].
//
// Why the fence, and why before the COMMIT? Without it, this order serves a stale
// row until the entry's time to live ends:
//
//	1: reader: load            orders is at generation 7, no entry
//	2: reader: query           sees the rows before the write
//	3: writer: advance orders  7 -> 8    (too early: not committed yet)
//	4: writer: COMMIT
//	5: another reader between 3 and 4 loads 8, queries the old rows, saves them under 8
//
// and "advance after COMMIT" serves one from 4 until the advance, for ever if the
// writer dies in between. With the fence, whoever loads between the fence and its
// lift bypasses the cache. The schedules are run, with these wrong orders beside
// the right one, in this package's tests.
package invalidation
