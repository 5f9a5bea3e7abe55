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
// version 9.1; a session that turns it off sends texts which mean something else, if
// [sqlparse.Analysis] marks them with Backslash.
//
// What the text alone cannot tell, this package does not know, and says nothing of. It is
// the catalog's part, as far as that goes:
//
//   - views, rules, triggers, cascades, row security, the functions behind operators, casts,
//     domains and the defaults of columns, generated columns and the sequences behind serial ones;
//   - sequences that are read by a star: SELECT * FROM seq is kept, and nextval in a default moves it unseen;
//   - column notation for a function of the program's own: o.touch and (o).touch may be touch(o);
//   - functions of the program's own that take the place of one of PostgreSQL's: overloads with other types
//     of arguments, or a namesake in a schema that the search path names before pg_catalog;
//   - foreign tables, which change without a statement, and unlogged ones, which a crash of the server
//     empties without one;
//   - event triggers, which the catalog has, for the definitions that are not opaque: indexes, comments, temporary relations;
//   - the types of columns, functions and operators, and so whether col::date reads a text, which may say 'now' and
//     then means another moment each time.
//
// Of the last, what surely is a text is not kept: a literal that says so, an expression that makes a text on the spot.
// What may be one is a [sqlparse.Conversion], with all that the names in it may stand for: columns of subqueries and WITH, of
// functions and lists of names in FROM, a function's parameters and variables. The catalog refuses what is a
// text or may be one. Without a catalog col::date is kept: it is most often the cast of a timestamp, and so frequent that to doubt it
// would refuse most reports by day, while nothing else behind the names is seen there either.
//
// The time AT TIME ZONE is another one in summer, as of today; whether it is a time is found in the same way. So is a time
// that is compared with a time with time zone, unasked: the catalog refuses relations that have one.
package pgquery
