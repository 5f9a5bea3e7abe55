// Package cache is the engine: it decides for each statement whether the store
// answers it, and what it invalidates. It works on opaque bytes and knows neither
// database/sql nor pgx.
//
// A program makes a [Cache] from a store and an analyzer, and hands it to a wrapper
// of its database access:
//
//	store, err := memstore.New(nil)
//	c := cache.New(store, pgquery.New(), nil)
//	db := sql.OpenDB(sqlcache.Connector(connector, c))
//
// From then on every cacheable SELECT is kept until a table it reads is written
// through a program of the same [Options.Namespace] and store. Nothing else needs to
// be done. What can be said about one call: [Skip], [Refresh], [WithTTL], [Use], or
// a comment /* gojohnny: ttl=30s */ in the SQL. What is kept and what is not, and
// why, [Cache.Explain] and [Cache.Stats] say.
//
// # What is behind the SQL
//
// What the names in a statement mean, PostgreSQL's catalog knows: that one is a view, that a
// DELETE cascades, that a function writes. The cache reads it over a connection of its own
// (one for each wrapped database, closed when nobody has used the database for
// [Options].CatalogAge), when the first statement comes and when definitions have changed. For as
// long as they are not known, reads bypass it ([CatalogUnknown]), and writes invalidate whatever may
// depend on them; a statement waits for them two seconds at most, and not in a transaction.
//
// DDL through any process of the namespace counts at once, in all of them. DDL past the
// cache is noticed at the next look, and then invalidates everything.
//
// What cannot be seen through is named by [Cache.Explain], and can be declared:
// [Options].Declarations.
//
// # For wrappers
//
// The rest of the package is for those who wrap a way into the database. A wrapper
// has one [Source] for a pool of connections, which it closes, and one [Session] for each. It brings
// every statement before it:
//
//	st := c.Statement(ctx, sql)
//	answer, err := session.Lookup(ctx, st, args)           // queries only
//	run, err := session.Start(ctx, st, answer.Ticket)      // unless answer.Hit
//	...the database...
//	answer.Ticket.Save(ctx, b)                             // if there is a ticket; b: its Buffer and the rows
//	run.End(outcome)
//
// and tells it of what the driver does without SQL: [Session.Learn] and
// [Session.Begun], [Session.Commit], [Session.RolledBack], [Session.Reset],
// [Session.Lose].
package cache
