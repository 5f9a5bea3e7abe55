// Package memstore is a store in the memory of one process: see [New].
//
// Programs on one database that each have a Store of their own do not see each
// other's writes. Use it where one process does all the writing, in tests, or in
// front of a shared store.
//
// # What it loses
//
// Entries, when their time is over or memory is short; generations of tags that
// carry no fence, when there are more than [Options.MaxTags]. It never loses a fence while the process lives. Leases and times
// to live run by the monotonic clock, so that nobody who sets the time of day ends
// one.
//
// # What is behind it
//
// A tag's state is immutable and replaced by compare-and-swap, so a hit takes one
// atomic load for each tag, no lock, and no allocation. Entries are in
// [github.com/maypok86/otter/v2] (Apache-2.0). It was chosen over two others by
// this run of each with 32-byte keys, entries of 512 bytes, a cost bound and times
// to live, on 2 cores (Xeon, Go 1.26, median of 3; take the ratios):
//
//	                          otter 2.4.0   theine 0.6.3   ristretto 2.4.2
//	hit                       77 ns, 0 B    148 ns, 16 B   151 ns, 34 B
//	hit, parallel             36 ns, 0 B    38 ns, 0 B     118 ns, 32 B
//	save, evicting            511 ns        762 ns         321 ns
//	hit rate, zipf 1.1        0.72          0.73           0.62
//	saves read back at once   all           all            none
//	goroutines until Close    1             1              2
//	modules it brings         0             3              3
//
// Ristretto's keys had to be strings, and it saves later than it says, or not at
// all: a second reader of a result would miss what the first has just saved.
// Theine is close; otter costs less alone and brings no further module into a
// build. Otter 2.3 would have brought a test library.
package memstore
