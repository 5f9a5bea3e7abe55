// Package explain says what the cache makes of SQL texts: whether it keeps the result,
// why not, which tables each reads and writes and by which way it comes to them, and
// what a user can do about it.
//
// It asks the catalog of a PostgreSQL, of which it reads definitions and no rows, or
// nobody: then names are all it has to go by, as a cache without a catalog has.
// With one it says what [cache.Cache.Explain] says, and every reason in place of the first.
package explain
