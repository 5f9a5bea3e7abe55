// Package target gives the benchmark a database of its own to run against, a store
// for results, and one small interface, [DB], to whatever API reaches the database,
// with or without the cache.
//
// What it makes it removes: an SQLite file in a temporary directory, or a schema of
// a random name on PostgreSQL; in Redis, the keys below a random prefix. memcached
// cannot tell what it keeps: entries there go at the end of their time, and a few
// dozen small tags when their room is needed. It touches nothing else.
package target
