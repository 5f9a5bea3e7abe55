// Package authors is what sqlc makes of schema.sql and query.sql for pgx/v5, with a
// batch and a copy. It is not edited: the tests of pgxcache run it on a wrapped pool
// unchanged.
package authors

import _ "embed" // the schema

// Schema creates the tables.
//
//go:embed schema.sql
var Schema string
