// Package staleness is the command "bench staleness": it attacks the cache, and other
// ways to invalidate one, and counts stale reads.
//
// Real processes, each with a pool and a cache of its own, read and write versioned
// registers in a private PostgreSQL through a shared store, while faults are injected
// into all of them. What they did is judged afterwards.
//
// A stale read that the protocol's documentation allows for is counted apart, with the
// reason and how long it lasted: see judge.Verdict.Declared. The command "bench staleness
// declared" produces each such case at will (package declared). Results are kept in
// bench/results.
//
// The rooms: package worker is one of the processes, history what they note, judge the
// verdict, fleet the processes, world the servers, faults what breaks them, wrong the
// orders in which others invalidate.
package staleness
