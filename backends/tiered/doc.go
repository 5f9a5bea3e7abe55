// Package tiered puts a store in memory in front of one that is shared: see [New].
//
// # What it costs
//
// A hit on a copy in memory is one round trip to the shared store, which brings the
// generations and eight bytes more, no rows. The first hit of a process brings the
// rows too, and one after another process has replaced them takes a second round trip;
// so does the miss after the entry is gone. To keep a result is one small entry more in the shared store.
//
// # What it may lose
//
// Fences, generations, advances and locks are the shared store's, and so is what it
// may lose. A copy in memory answers only under the generations that the shared store
// has just told, and only as long as it still keeps an entry there: it is never
// older, and never lives longer, than without this package.
//
// # Bounded staleness
//
// With [Options.MaxStaleness] that is given up, knowingly: a hit may then ask nobody,
// and a read may miss what other processes wrote within that time before it began. It
// still sees all that this process wrote. Reads are not monotonic: one that went to
// the database may have seen more than the next, which hits. [Stats] counts each hit
// that asked nobody.
//
// Where the shared store is a [backends.Watcher], which a single Redis is (client-side
// tracking), what it says has changed is forgotten at once, and everything when it may
// have missed something. Most reads then see a write within the milliseconds that it
// takes the server to tell of it, which it does after it has answered the writer. None
// of that is promised: a message may be late, or a connection dead without anybody
// having noticed, and then MaxStaleness bounds what is served, as it does over a
// cluster and memcached, which tell nothing.
package tiered
