// Package worker is one of the processes that the staleness checker starts: a program
// with a pool, a cache and a few clients that read and write versioned registers, each
// in its own ways, and note what they saw.
//
// It is told what to do by a [Config] and, on its standard input, by lines: "die" and
// one of the [Points], or "quit". It ends with its standard input. An actor is a worker
// that does what each [Request] says, and nothing else.
package worker
