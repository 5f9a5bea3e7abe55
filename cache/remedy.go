package cache

import (
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// RemedyFor says in words what a user can do about a reason not to keep a result. It is
// empty for one that is as it should be.
func RemedyFor(code sqlparse.ReasonCode) string { return remedies[code] }

var remedies = map[sqlparse.ReasonCode]string{
	sqlparse.AmbientCall:       "pass the time or the user as an argument instead",
	sqlparse.SpecialInput:      "pass the date as an argument instead",
	sqlparse.TextAsDate:        "read the text with to_date or to_timestamp and a format, which know no 'now', or store a date",
	sqlparse.RandomSample:      "add REPEATABLE (seed)",
	sqlparse.SeveralCommands:   "send one statement at a time",
	sqlparse.UnknownCall:       "let the cache read the catalog of the database, which has what the function does",
	sqlparse.VolatileCall:      "declare a function of your own STABLE or IMMUTABLE in the database, if it is",
	invalidation.TooManyTables: "split the query",
	catalog.UnknownRelation:    "create it through the cache, or wait for the next look at the catalog; temporary tables stay as they are",
	catalog.UnknownFunction:    "create it through the cache, or wait for the next look at the catalog",
	catalog.OpaqueFunction:     "declare what the function reads and writes: Options.Declarations.Functions",
	catalog.RowSecurity:        "vouch for the table, if its policies depend on the role and the tables in them alone: Options.Declarations.Vouched",
	catalog.TimeWithZone:       "make it a time or a timestamptz, or vouch for the table, if it is compared with its like alone: Options.Declarations.Vouched",
	catalog.WrittenAtLogin:     "declare what the event trigger's function writes: Options.Declarations.Functions",
	catalog.Foreign:            "vouch for the table, if nobody but this database writes it: Options.Declarations.Vouched",
	catalog.Subscribed:         "vouch for the table, if rows that another database sends may show late: Options.Declarations.Vouched",
	Unparsable:                 "see the error; syntax newer than PostgreSQL 16 is not understood",
	Denied:                     "see Options.Deny and Options.Allow",
	NotAskedFor:                "use cache.Use(ctx), or /* gojohnny: use */, or leave Options.OptIn off",
	Skipped:                    "drop cache.Skip, or the comment",
	BadDirective:               "the comment knows skip, refresh, use and ttl=DURATION, with commas between",
	BadOptions:                 "see the log, or Options.Check",
}
