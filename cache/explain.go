package cache

import (
	"context"
	"fmt"
	"strings"

	"github.com/gojohnny/gojohnny/invalidation/catalog"
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

	// Catalog says that the names were looked up in the database's catalog, as it is known to
	// the cache. If not, Blind says why, and what cannot be seen.
	Catalog bool   `json:"catalog"`
	Blind   string `json:"blind"`

	// Read and Written are the tables that the statement reaches, each with the way
	// to it: through a view, a trigger, a foreign key. Empty without the catalog.
	Read    []catalog.Reached `json:"read"`
	Written []catalog.Reached `json:"written"`

	// Opaque says why the statement moves everything, if it does and the catalog knows why.
	Opaque []Reason `json:"opaque"`
}

// Explain says whether the result of sql is kept, why or why not, on which tags it
// depends and which it moves. It analyzes the text as a query would, for a session as
// new ones start, and touches neither the store nor the database: what the catalog says
// is known once the cache has read it, for the first statement that was sent. It is safe for
// concurrent use.
func (c *Cache) Explain(ctx context.Context, sql string) Explanation {
	st := c.Statement(ctx, sql)
	v, blind := c.anyView()
	m := c.meaning(st, v)
	r := c.refusal(st)
	if r.Code == "" || st.fixed && r == st.static.Reason && m.Reason.Code != "" {
		r = m.Reason
	}
	e := Explanation{
		SQL:     st.sql,
		Cached:  r.Code == "",
		Reason:  r,
		Remedy:  RemedyFor(r.Code),
		Reads:   m.Reads,
		Writes:  m.Writes,
		Catalog: v.resolver != nil,
	}
	if !st.settled {
		e.Blind = blind
	}
	if m.resolution != nil {
		e.Read, e.Written, e.Opaque = m.resolution.Read, m.resolution.Written, m.resolution.Opaque
	}
	if len(e.Opaque) > 0 && RemedyFor(e.Opaque[0].Code) != "" {
		e.Remedy = RemedyFor(e.Opaque[0].Code)
	}
	if st.err != nil {
		e.Error = st.err.Error()
	}
	return e
}

// anyView is a new session's view of the first database whose catalog is known, or says why
// there is none.
func (c *Cache) anyView() (v view, blind string) {
	const unseen = "; views, foreign keys, triggers, rules, partitions, row security, types and the functions behind them are not seen"
	c.mu.Lock()
	defer c.mu.Unlock()
	blind = "no database with a catalog" + unseen
	for _, src := range c.sources {
		base := src.base.Load()
		switch w := src.watcher; {
		case w == nil || base != nil && !base.scope.postgres:
			continue
		case w.static.Load():
			blind = "the catalog cannot be read, see the log" + unseen
		case base == nil || w.current.Load() == nil:
			blind = "the catalog has not been read yet, or not lately" + unseen
		default:
			d := w.current.Load()
			return view{resolver: d.resolver(c, base.scope), definitions: d, scope: base.scope}, ""
		}
	}
	return view{}, blind
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
		{"blind", e.Blind},
	} {
		if line.value != "" {
			fmt.Fprintf(&b, "  %-7s %s\n", line.name, line.value)
		}
	}
	for _, o := range e.Opaque {
		fmt.Fprintf(&b, "  %-7s %s\n", "opaque", o)
	}
	for _, list := range [][]catalog.Reached{e.Read, e.Written} {
		for _, x := range list {
			fmt.Fprintf(&b, "  %-7s %s\n", "through", x.Path)
		}
	}
	return b.String()
}
