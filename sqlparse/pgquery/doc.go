// Package pgquery analyzes SQL texts with PostgreSQL's own parser, through
// [github.com/pganalyze/pg_query_go/v5]. It is the [sqlparse.Analyzer] for
// PostgreSQL and everything that speaks its grammar, and the only package that
// needs cgo; built without it, every analysis fails with [sqlparse.ErrNoCgo].
//
// The grammar is PostgreSQL 16's. What a newer server adds to it cannot be
// parsed, and a text that cannot be parsed is an error.
//
// How a text becomes an analysis: the parser builds the raw parse tree, and a
// walker visits every node of it. The walker has a handler for each node that
// means something (a relation, a call, a statement), and descends into every
// field of the others, found by their types, so that no place where an expression or a
// subquery may stand can be forgotten. A node it has no rule for makes the
// statement opaque.
//
// Literals are read with standard_conforming_strings on, PostgreSQL's default since
// version 9.1; a session that turns it off sends texts which mean something else.
//
// What the text alone cannot tell, this package does not know: views, triggers,
// cascades, defaults, functions behind operators, casts and column notation
// (t.f meaning f(t)), and the sequences behind serial columns. They are the catalog's
// part, and so is a function of a program's own that takes the place of one of PostgreSQL's: one
// with other types of arguments, or in a schema that the search path
// names before pg_catalog. A text in a column that is
// cast to a date and reads 'now' is nobody's: without the catalog col::date may be a cast of anything, and is
// kept; only expressions that make a text are not.
package pgquery
