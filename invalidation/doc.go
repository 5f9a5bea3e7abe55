// Package invalidation is the protocol that keeps a cached result from being
// served after a write: generations, fences and leases on a store.
//
// A read loads the generations of its tags together with the entry
// ([Protocol.Load]). The entry answers only if it was read under these very
// generations and no tag is fenced. Otherwise the query runs, and where no tag was
// fenced its rows are kept under the generations that were loaded before it ran.
//
// A write fences its tags before its COMMIT is sent ([Protocol.Fence]), and says
// what became of it ([Write.End]): committed, the generations advance and the fences
// go in the same step; rolled back, the fences go; unknown, the fences are left to
// their leases, which end in an advance too.
//
// # Why a fence
//
// An advance before COMMIT comes too early:
//
//	1: writer: advance orders  7 -> 8
//	2: reader: load            orders is at 8, no entry
//	3: reader: query           the rows before the write
//	4: reader: save            under 8
//	5: writer: COMMIT          from here on whoever hits the entry is served a stale row
//
// An advance after it comes too late, or never if the writer dies:
//
//	1: writer: COMMIT
//	2: reader: load            orders is at 7: a hit, and stale
//	3: writer: advance orders  7 -> 8
//
// and one before and one after leave both gaps open until the second. A fence that
// stands from before COMMIT until the advance closes them: whoever loads in between
// asks the database and keeps nothing; who loaded before, and saves later, does it
// under a generation that has passed. These schedules and some twenty more are run
// in this package's tests, with each wrong order beside the right one. PROTOCOL.md shows
// them, says what becomes of each assumption where it does not hold, and what a model
// checker has visited of all this (package model).
//
// # What is guaranteed, and on what condition
//
// A read that starts after a version was acknowledged to its writer, or returned to
// any reader, returns that version or a later one, in every process that shares the
// store. What that rests on:
//
//   - The database resolves a commit within a lease of losing the writer's
//     connection, and within three quarters of one if the writer's process has died.
//   - The store does not lose a fence while it stands; see [backends.Store].
//   - A process is not stopped (SIGSTOP, a paused machine) for longer than the lease
//     just between Fence's return and the sending of what it was called for.
//   - The store is within reach of the writer. If not, Strict refuses the write.
//     Available lets it through: the guarantee holds in the writer's process, and
//     in the others once that process has told the store, or if it dies first, when
//     their entries' time to live ends. In both modes, a store that goes out of
//     reach for a lease while COMMIT is on the wire is the second case.
//   - What a write reaches is known: see [Basis]. Where a definition changes while a write
//     is on the wire, entries that readers have made by the new one meanwhile are
//     outdated when the write ends, and not before.
package invalidation
