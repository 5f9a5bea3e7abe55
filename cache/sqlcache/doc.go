// Package sqlcache puts a [cache.Cache] under database/sql. A program changes the
// line in which it opens its database:
//
//	db := sql.OpenDB(sqlcache.Connector(connector, c))
//
// and every query of db that the cache may answer is answered from it, every write
// invalidates what it changes. All else is the driver's as before: its values, its
// column types, its errors, its arguments, and each of its optional interfaces that
// database/sql asks for. What the driver lacks, database/sql sees lacking.
//
// # Connections
//
// A connection of the pool is dialled when the database is first needed on it: a
// hit costs none, and works while the database is down. The pool counts and limits
// such connections as any others, so db.Stats tells of more than the server sees. A
// driver's ResetSession, which database/sql calls before it reuses a connection,
// waits for that moment too.
//
// What shapes the results of a session (its search_path, role, TimeZone, ...) is
// learned from the server when a connection is first used, and followed through the
// SQL that passes here. A hook that cleans up when a connection is reused (pgx's
// OptionResetSession) is followed, too. One that sets something else for each user of
// the connection, such as a tenant's search_path taken from the context, is seen only
// if it does so the first time: one connector for each tenant is safe. So are drivers'
// options that change how values are decoded, with one cache for each setting of them.
//
// One connection more than the pool's is for the cache: over it the catalog of a
// PostgreSQL is read. It is closed with the database, or when that has not been used for
// [cache.Options].CatalogAge.
//
// [sql.Conn.Raw] hands out this package's connection; see [Unwrap].
//
// # Arguments
//
// A query is kept if its arguments are plain data: basic types, bytes, times, pointers
// to and lists of such, under any name, and known types: sql.Null and its kin, those of
// net, netip and encoding/json, UUIDs, pgx's pgtype and NamedArgs. With any other (a
// struct, a map, a Valuer made of such) it bypasses the cache, which counts that as
// [cache.ArgumentType] and does not touch the argument. Convert it for the call, if the
// query is worth it.
//
// What the methods of a plain type tell a driver (Value, String, MarshalText and
// MarshalJSON) must be a function of its value while the query runs: a read that may be
// kept calls them more than once.
//
// # Rows
//
// A result that may be kept is read to its end before the caller gets the first row,
// up to [cache.Options].MaxEntry, so that QueryRow and an early Close leave a whole
// result behind. The query's memory is bounded by that, and its connection free as
// soon as the query is done.
package sqlcache
