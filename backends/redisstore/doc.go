// Package redisstore is a store in Redis, for many processes on one database: see
// [New].
//
// It works with Redis 6.2 and newer and with Valkey, on a single server, with
// Sentinel and on a cluster, in RESP2 and RESP3. A hit is one round trip, or on a
// cluster one to each node that has a key of it, at once; an autocommit write takes
// two. On a cluster, tags and entries live wherever their keys fall; a write whose tables
// the database's catalog told takes four there, and with [Options.WaitReplicas], since
// it looks at the epoch when its fences stand, and again at its end.
//
// A hit costs 1.02 to 1.10 times what the bare client takes to fetch the same keys, for 1
// to 8 tags and entries of 0.2 to 20 KiB (medians of n = 5, on two busy cores).
//
// The user that the client logs in as needs the commands MGET, GET, SET, DEL, TIME,
// EVAL, EVALSHA, INFO and PING, WAIT for [Options.WaitReplicas], HELLO and CLIENT
// TRACKING for [Store.Watch] (the MaxStaleness of package tiered), and the keys below
// [Options.Prefix]. Nothing else should write there.
//
// # Guarantees
//
// A generation never comes back, whatever becomes of the server: where it lost a
// tag, the tag starts at a random generation; where it went back in time, every
// tag does. So what the server loses, or brings back, costs misses. One thing can
// hurt, and only between the COMMIT of a write and the lift that follows it: that
// a fence was lost.
//
//	what happens                       generations       fences
//	restart without saved data         begin anew        lost
//	restart with saved data (RDB,      begin anew        those that were saved
//	  AOF), however old                                    stand, others are lost
//	failover, by Sentinel or in a      begin anew        those that had been
//	  cluster, however late the                            replicated stand
//	  replica was
//	FLUSHALL, FLUSHDB, DEL of a tag    begin anew        lost
//	SCRIPT FLUSH                       stay              stay
//	migration of a slot                begin anew        stay
//	memory full, noeviction            stay              stay; new ones fail
//	memory full, volatile-*            stay              stay: tags have no time to live
//	memory full, allkeys-*             begin anew        may be lost
//	connection cut, server hangs       stay              stay; new ones fail
//
// A lost fence lets a reader fill an entry from rows of before a commit that is on
// its way, and others read it until the writer lifts; if the writer dies before it
// has, until the entry's time to live ends. It takes a loss between fence and
// commit, which is a few milliseconds for most writes. [Options.Quarantine] closes
// the window, [Options.WaitReplicas] makes failover keep the fences, and the
// policies volatile-* and noeviction keep Redis from evicting them.
//
// How the store knows that a server went back in time: every tag names the
// incarnation of the server that began its generation, made of run_id and
// master_replid of INFO. A server is asked for INFO after connections were made to
// it. Hence three things it cannot see: data that is replaced under a living process
// (RESTORE, DEBUG RELOAD, or REPLICAOF there and back without closing
// connections), a restart behind a proxy that keeps its own connections to clients
// open, and two masters at a time while a network is split: who still reaches only
// the old one reads what it has, until Sentinel or the cluster closes it. Redis's
// min-replicas-to-write has the old master refuse fences meanwhile.
//
// Leases run by the server's clock, its time of day. If that is set forward, a
// fence may end early; keep it slewed, as NTP daemons do.
//
// When memory is full and nothing can be evicted, fences fail, and the mode of
// the protocol decides about the write. A lift gets through: a tag without other
// fences is deleted when its new generation cannot be kept.
//
// # The client
//
// The store adds hooks to the client, which stay there. These of its options
// matter:
//
//	ContextTimeoutEnabled   set it: otherwise a deadline only counts between tries.
//	                        Cancelling a context never interrupts a try.
//	ReadTimeout, MaxRetries a server that hangs costs the first calls
//	                        ReadTimeout * (MaxRetries+1): 5 s * 4 by default;
//	                        500 ms and 1 are plenty
//	PoolSize                how many calls can be under way at once
//	ReadOnly, RouteByLatency, RouteRandomly, ReplicaOnly
//	                        refused: replicas lag behind
//	ClientSideCache         refused: it lags behind
//
// New has to be given the client itself, not what its WithTimeout returns, which
// makes connections past the hooks.
//
// After three failures in a row, calls to a server are refused at once, with an
// error that wraps [github.com/gojohnny/gojohnny/backends/breaker.ErrOpen], until it answers a ping: a dead server costs
// about a microsecond for each call, and a read, which asks [Store.Down] first, no more
// than one past the cache. On a cluster this goes by node.
//
// # Memory
//
// A tag takes about 100 bytes and its name, for ever; there are as many as tables. An
// entry takes its size and about 150 bytes, and has a time to live. Set maxmemory
// and the policy volatile-lru or volatile-lfu.
//
// Compression is off by default: it pays where memory or the network is scarce. The
// package compress has the figures.
package redisstore
