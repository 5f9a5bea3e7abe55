// Package declared produces, at will, each case in which the documentation says that a read
// may be stale, and measures for how long it was: invalidation/PROTOCOL.md has them in its
// table of what the guarantee rests on.
//
// A [Case] is a schedule that real processes run on real servers, behind proxies: they are
// stopped and killed at the points that matter, and the servers flushed, restarted and
// cut off. Between its steps one process reads through the cache again and again, and each
// time the database is asked just before. A read that returns less is stale. The case must
// have some, none after what bounds it has happened, and none at all when the same schedule
// runs with the remedy that the documentation names.
package declared
