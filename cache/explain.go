package cache

import (
	"context"
	"fmt"
	"strings"

	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// An Explanation says what the cache does with a SQL text, as far as the text, the
// context and the options tell: not what a session adds (its isolation level, what
// its transaction wrote).
type Explanation struct {
	SQL    string   `json:"sql"`    // without comments, as it is keyed
	Cached bool     `json:"cached"` // the result may be kept
	Reason Reason   `json:"reason"` // why not; Code is empty if it may
	Remedy string   `json:"remedy"` // what would change that, in words; empty if nothing would, or needs to
	Reads  []string `json:"reads"`  // the tags that the result depends on
	Writes []string `json:"writes"` // the tags that the statement moves
	Error  string   `json:"error"`  // the analyzer's, if it did not understand the text
}

// Explain says whether the result of sql is kept, why or why not, on which tags it
// depends and which it moves. It analyzes the text as a query would and touches
// neither the store nor the database. It is safe for concurrent use.
func (c *Cache) Explain(ctx context.Context, sql string) Explanation {
	st := c.Statement(ctx, sql)
	r := c.refusal(st)
	e := Explanation{
		SQL:    st.sql,
		Cached: r.Code == "",
		Reason: r,
		Remedy: remedies[r.Code],
		Reads:  st.effect.Reads,
		Writes: st.effect.Writes,
	}
	if st.err != nil {
		e.Error = st.err.Error()
	}
	return e
}

// String gives the explanation in a few lines for people.
func (e Explanation) String() string {
	var b strings.Builder
	verdict := "cached"
	if !e.Cached {
		verdict = "not cached: " + e.Reason.String()
	}
	fmt.Fprintln(&b, verdict)
	for _, line := range []struct{ name, value string }{
		{"error", e.Error},
		{"remedy", e.Remedy},
		{"reads", strings.Join(e.Reads, " ")},
		{"writes", strings.Join(e.Writes, " ")},
	} {
		if line.value != "" {
			fmt.Fprintf(&b, "  %-7s %s\n", line.name, line.value)
		}
	}
	return b.String()
}

// remedies say what a user can do about a reason. A reason without one is as it
// should be.
var remedies = map[sqlparse.ReasonCode]string{
	sqlparse.AmbientCall:       "pass the time or the user as an argument instead",
	sqlparse.SpecialInput:      "pass the date as an argument instead",
	sqlparse.RandomSample:      "add REPEATABLE (seed)",
	sqlparse.SeveralCommands:   "send one statement at a time",
	invalidation.TooManyTables: "split the query",
	Unparsable:                 "see the error; syntax newer than PostgreSQL 16 is not understood",
	Denied:                     "see Options.Deny and Options.Allow",
	NotAskedFor:                "use cache.Use(ctx), or /* gojohnny: use */, or leave Options.OptIn off",
	Skipped:                    "drop cache.Skip, or the comment",
	BadDirective:               "the comment knows skip, refresh, use and ttl=DURATION, with commas between",
	BadOptions:                 "see the log, or Options.Check",
}
