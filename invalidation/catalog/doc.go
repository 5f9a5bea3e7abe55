// Package catalog resolves what SQL texts do by what PostgreSQL's catalog says of the
// names in them: views, rules, triggers, foreign-key actions, partitions and
// inheritance, and the functions behind calls, defaults, constraints, operators,
// casts and domains.
//
// [Load] reads the catalog over one connection, with the rights of an ordinary role,
// into a [Snapshot], which is immutable. A [Resolver] is a Snapshot seen through
// one search path; its Resolve takes the place of [invalidation.Static].
//
// What it does is follow a graph. A statement reads and writes relations and calls
// functions; a view reads relations; a write fires triggers, which call
// functions, whose bodies hold statements; a DELETE deletes from what references its
// table ON DELETE CASCADE. Everything reached is read or written, and the way to
// it is remembered for whoever asks why. What cannot be seen through is a reason not
// to keep the result, and moves the epoch where it may write.
//
// # Tags
//
// A table's tag is [invalidation.TableTag]; partitions and inheritance children
// have the tag of their family's root. Processes with a catalog and processes
// without one may share a namespace:
//
//   - a write that was resolved here moves, beside the table's tag, the static
//     tags of the relation and of the name in the text, on which a static process's
//     reads depend;
//   - a read that was resolved here depends on [invalidation.BlindTag], which every write must
//     move that was resolved without a catalog. A static process does not know what its
//     write cascades to, so nothing finer would be sound.
//
// # Dates
//
// A text that is read as a date may say 'now', and then the rows of SELECT c::date FROM t move with the clock although nothing
// is written. The Snapshot has the types of columns and of what functions and operators return, so that the cast of a date
// is kept, and that of a text is not. An analysis says by names alone where a value comes from
// ([sqlparse.Conversion]); a name that means a date's column here and a text's there counts as a text, and so does one that
// nothing in sight has. PL/pgSQL turns any value into a date that is assigned to one, as does an INOUT cast, so
// that JSON, enumerations and whatever is not known to print no words count as texts, too.
//
// A time without a date that gets a zone gets today's summer time with it: by AT TIME ZONE, which is found in the same
// way, or unasked where it stands beside a time with time zone. A relation that has such a column is refused, since
// comparisons, joins and UNION may convert with no name in the text; it can be vouched for.
//
// # Freshness
//
// A Snapshot is right as long as nobody changes a definition. DDL through
// the library moves the epoch, at which package cache looks with every read and every
// write ([invalidation.Basis]); DDL past it changes the [Fingerprint], which
// is read by one query: about 40 ms in a schema of 2,000 tables, where a Load takes
// about a second. [Roles] is looked at with it: who may use a schema, or what the settings of
// a session are that it did not set, may change under it. What is resolved between such a DDL and the next look at the
// fingerprint is resolved by the old definitions.
//
// # Precision
//
// What may happen is named, whether it does or not. In the corpus a twenty-fifth of the tags that
// are named, 17 of 416, is not touched. They are:
//
//   - the branches of MERGE, ON CONFLICT and WHEN that are not taken, and the rows that a condition leaves none of;
//   - the keys that a BEFORE trigger could have changed, and that an UPDATE of a view could set, since
//     the columns of a view are not mapped to its tables';
//   - the tables in a view's subqueries, which a write to it does not write;
//   - the table of a rule INSTEAD that is not ENABLE ALWAYS: session_replication_role may have switched it off;
//   - functions that the planner found needless: a parameter's default, a column of a view that nobody asks for;
//   - policies, for a role that is above them;
//   - the functions behind a type that is named and not used.
//
// # Limits
//
// What the text of a statement does not say, the types of its arguments, is not
// known: of several overloads each may be the one, and so the statement does
// what any of them does. Functions in C, PostgreSQL's own and an extension's, are
// believed their volatility
// (https://www.postgresql.org/docs/16/xfunc-volatility.html): an immutable one
// depends on nothing, a stable one writes nothing. Those of tablefunc and xml2 that run SQL they are
// given as text are opaque all the same, and functions in other languages are, until they are declared.
//
// A session's temporary relations are not in the Snapshot; the cache bypasses for
// such a session, and its writes to them move the epoch.
package catalog
