// Bench shows what the cache is worth on a web application's workload, and that it
// never serves an old row while doing so.
//
//	go run ./bench
//
// runs a shop's reads and writes on an embedded SQLite database, once without the
// cache and once with it, and prints both side by side. Every row that is read is
// checked against the versions that writers had committed; a single stale read makes
// the exit status 1. With -db it runs on PostgreSQL, with -api pgx through pgx in the
// place of database/sql, and with -store results are kept in Redis or memcached.
// go run ./bench -h lists what can be changed.
//
//	go run ./bench explain -db postgres://localhost/app "DELETE FROM orders"
//
// says what the cache makes of a SQL text on a database of yours, and runs nothing.
//
//	go run ./bench staleness
//
// attacks the cache with several processes, while faults are injected into them, the
// store and the database, and judges every read: see package staleness.
//
// The rooms: package workload decides what is asked, target where, runner asks and
// measures, freshness and ceiling judge, report tells; package explain explains.
package main
