// Package workload decides what the benchmark asks of a database: the tables of a
// small shop, the statements a web application would send, and an endless,
// reproducible stream of them for every worker.
//
// Three decisions keep it honest:
//
//   - The shares are those of a shop's pages, written down beside each table in
//     table.go, not those a cache would like. By default one operation in twenty
//     writes (YCSB's workload B and TPC-W's browsing mix), and 70 % of the writes go
//     to three tables, as they do where sessions and carts live in the database.
//   - Keys are zipfian with exponent 0.99, YCSB's default.
//   - Nothing depends on what the database answers. Worker w of seed s asks the same
//     things in the same order on every database, with or without a cache.
//
// Every row carries a version that grows by one with each write, so that a reader
// can tell an old row from a current one. Rows are never deleted, since sums of
// versions must only grow.
package workload
