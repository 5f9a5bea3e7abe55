// Package behind tests that the wrappers see what PostgreSQL does behind the SQL: views,
// foreign keys, triggers, rules, partitions, functions, and definitions that change. It has
// tests only.
//
// Everything runs on a real PostgreSQL, through database/sql and through pgx. Each
// test makes sure first that a result is kept, so that without the catalog it would be
// served when it is stale.
//
// TestRandom compares every read with the database, over schemas and statements at
// random; TestRandomSessions with what the session sees past the cache, over settings,
// roles, transactions and temporary tables. Longer runs:
//
//	GOJOHNNY_STEPS           how many reads TestRandom compares; 24,000 by default
//	GOJOHNNY_SESSION_STEPS   how many TestRandomSessions compares; 8,000 by default
//	-rapid.seed              to have one again
package behind
