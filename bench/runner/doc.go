// Package runner drives a workload against a database with many workers at once,
// measures every operation, and checks every row it reads.
//
// The load is a closed loop: a worker starts its next operation when the last has
// ended. Latencies are therefore those of a system that is as busy as its workers
// make it, not those at a given rate of arrivals.
package runner
