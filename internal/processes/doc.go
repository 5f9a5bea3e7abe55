// Package processes tests that processes which share a store never read what
// another has outdated. It has tests only.
//
// The processes are real: the test binary starts itself again, and each has a
// database/sql of its own, wrapped by package sqlcache, on one PostgreSQL, and a
// client of its own on one Redis or memcached. They take turns writing and reading;
// writers are killed, at random instants and at those that matter; the store goes
// away and comes back. Every read is compared with what the database has
// acknowledged or shown before the read began.
//
// Each kind of test is run once with a store that breaks the protocol, and must then
// find a stale read.
//
// Package bench/staleness attacks the whole product with many processes and more kinds
// of faults, at random; here single schedules are run, and waited for.
//
// Longer runs:
//
//	GOJOHNNY_ALTERNATIONS   how often processes take turns, for each store; 3,000 by default
//	GOJOHNNY_KILLS          how many writers are killed, for each store; 10 by default
package processes
