// Package memstore is a store in the memory of one process: see [New].
//
// Programs on one database that each have a Store of their own do not see each
// other's writes. Use it where one process does all the writing, in tests, or in
// front of a shared store.
//
// It loses entries, and generations of tags that no fence is on; it never loses a
// fence while the process lives. Leases and times to live run by the monotonic clock.
package memstore
