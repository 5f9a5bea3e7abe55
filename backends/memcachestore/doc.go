// Package memcachestore is a store in one or more memcached servers: see [New].
//
// # What it costs
//
// A hit is one round trip to each server that keeps one of the tags or the entry, to
// all at once. A load that meets a fence takes one more, to look whether its lease
// stands.
//
// A write of n tables is, on one server, 2n+3 requests in four steps: the lease
// beside the reading of the tags, the tags; after the COMMIT, the reading of the tags,
// the tags. memcached has no scripts, hence what a tag holds is read before it is
// changed, and where another writer was faster, it is done again. A write whose tables the
// database's catalog told takes one request more, to look at the epoch behind its fence.
//
// A hit costs what the client's GetMulti of the same keys does and about a tenth more.
// That is twice what its Get of one key does, even on one server, because GetMulti
// starts a goroutine for each server and waits for it, which wakes another thread:
// with the one server's keys asked for by the goroutine that called, four keys took
// 11 microseconds in the place of 24. That is for the client to change; it has no other
// call that asks for several keys at once.
//
// After three failures in a row, calls to a server are refused at once, until it answers
// a ping; a read asks [Store.Down] first, and pays nothing while no server answers.
//
// # What it may lose, and what that reopens
//
// memcached promises to keep nothing. A lost entry is a miss. A lost tag is a miss
// too: its generation starts anew at random. What hurts is the loss of a fence:
//
//	1: writer: fence orders
//	2: server: loses orders     evicted, flushed, restarted
//	3: reader: load orders      a new generation, not fenced: reads old rows, saves them
//	4: writer: COMMIT
//	5: reader: load orders      hits the old rows
//	6: writer: lift             advances the generation
//
// A write that was acknowledged is still seen by every read after it, because step 6
// comes before. Between steps 4 and 6 a reader who has learnt of the write in another
// way may read old rows; and where the writer dies between them, everybody may until
// the entry expires. [Options.Quarantine] closes it: in step 3 the tag is fenced,
// for longer than the writer's lease.
//
// The lease of a fence is an item of its own, which the server ends. If it is evicted,
// the fence ends early, with an advance: the same steps from 3 on, for which there is
// no option here, but one of memcached's: run it with -o temporary_ttl=61, and leases of
// less than a minute are never evicted.
// Where there are several servers, the lease may live on another one than the tag,
// and is lost if that one is restarted.
//
// # What must not happen
//
// A server that comes back with what it had before brings old generations back, and
// with them old rows. memcached does not do that by itself; do not make it:
//
//   - All programs name the same servers, in the same order, and the list does not
//     change while one of them runs. A server that was taken out of the list, and
//     others in its place, must be flushed before it is put back.
//   - No proxy or selector moves the keys of a server that is down to another one.
//     While it is down, what lives there is read from the database.
//   - No restart with memory kept in a file (-e).
//
// A server that runs without compare-and-swap (-C) is found out: its writes fail.
//
// # Time
//
// Leases and times to live run by the servers' clocks, which count in seconds: a lease
// may last two seconds longer than asked for, and an entry lives a second less.
package memcachestore
