// Package behind tests that the wrappers see what PostgreSQL does behind the SQL: views,
// foreign keys, triggers, rules, partitions, functions, and definitions that change. It has
// tests only.
//
// Everything runs on a real PostgreSQL, through database/sql and through pgx. Each
// test makes sure first that a result is kept, so that without the catalog it would be
// served when it is stale.
//
// TestRandom compares every read with the database, over schemas and statements at
// random. Longer runs:
//
//	GOJOHNNY_STEPS   how many steps it takes, for each wrapper; 6,000 by default
//	GOJOHNNY_SEED    of the first schema; 1 by default
package behind
