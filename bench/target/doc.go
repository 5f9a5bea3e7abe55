// Package target gives the benchmark a database of its own to run against, and one
// small interface to whatever API reaches it, with or without the cache.
//
// What it makes it removes: an SQLite file in a temporary directory, or a schema of
// a random name on PostgreSQL. It touches nothing else.
package target
