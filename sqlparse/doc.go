// Package sqlparse says what a SQL text reads, writes and changes, in words
// that do not depend on a parser.
//
// It is the vocabulary between an [Analyzer], which understands SQL, and the
// cache, which decides. The analyzer for PostgreSQL is in the package pgquery
// below this one; a program's main chooses it and hands it to the cache.
//
// An analysis knows names, not what they mean: that orders is a view, or that a
// DELETE cascades, only the database's catalog can tell.
//
// Beside the vocabulary stand the parts of the work that need no parser:
// [StripComments], [Classify] for PostgreSQL's own functions, and [SpecialDate].
//
// Whoever implements an Analyzer follows one rule: what is not known is said,
// never left out. A relation too many costs a cache hit, one too few serves a
// stale row. A statement that may write what it does not name is
// [Statement.Opaque]; a result that must not be kept has a [Reason].
package sqlparse
