// Package pgxcache answers pgx from the cache. It wraps a pgxpool.Pool and has its
// methods:
//
//	pool, err := pgxpool.New(ctx, url)
//	...
//	c := cache.New(store, pgquery.New(), nil)
//	db := pgxcache.New(pool, c)
//
// What goes on through db stays as it was, with three differences.
//
// Rows that can be kept are read to their end before Query returns, up to
// cache.Options.MaxEntry, and their connection is released then. [pgx.Rows.Conn] of
// such rows, and of those that the cache answers, is nil, as pgx allows.
//
// A hit needs no connection, so that it works while all of them are busy or the
// database is down. To know the types of its arguments, the first query of a text in a
// process costs one round trip more, if it has any.
//
// Where SQL has SET something on a connection that went back to the pool, whoever is given it next is to
// see it: reads then take a connection before they are looked up, until it is as new ones are, or closed.
// What DO, CALL or a function has set, and a temporary table that hides another, does not count so: a Pool's hits are
// what a new session would see.
//
// One connection more than the pool's is for the cache: over it the catalog is read. It
// has seen BeforeConnect, and no other hook; it is closed with the pool, or when that has not been
// used for cache.Options.CatalogAge.
//
// Whoever asks for the connection itself ([Conn.Conn], [Tx.Conn], Rows.Conn of rows that
// are not kept) gets it, and its session is then no longer followed: its reads bypass
// the cache for as long as the connection lives. The methods that pgxpool.Conn lacks
// and that need no connection of one's own, [Conn.Prepare] and
// [Conn.WaitForNotification], are on [Conn].
//
// # Hooks of the pool
//
// The hooks of pgxpool.Config are given the connection past the cache. AfterConnect
// may do what it likes: types, prepared statements and settings are learned from the
// connection. AfterRelease may change settings, which are learned again. PrepareConn
// and BeforeAcquire run for each user of a connection with that user's context, and
// may set what no one else is to have: with one of them, reads bypass the cache.
//
// A QueryTracer sees what the database sees; of what the cache answers
// cache.Options.Observe is told.
//
// # Keys
//
// A query is keyed by its text, the settings of the session, the formats that its
// rows are wanted in, and its arguments as pgx sends them: their wire bytes and types.
// Named arguments and other rewriters have run by then.
package pgxcache
