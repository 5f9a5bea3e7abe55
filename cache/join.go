package cache

import (
	"context"
	"slices"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// Join returns the statements of a batch as one, which does all that they do, in
// their order: to the cache it is a text of several statements. Nothing is kept of it.
// One statement is returned as it is. There is at least one.
func (c *Cache) Join(sts []Statement) Statement {
	if len(sts) == 1 {
		return sts[0]
	}
	all := &text{several: true, settled: true, fixed: true, parts: sts}
	static := make([]*meaning, len(sts))
	for i, st := range sts {
		all.control = all.control || st.control
		all.settled = all.settled && st.settled
		if all.err == nil {
			all.err = st.err
		}
		static[i] = st.static
	}
	all.static = joined(static)
	return Statement{text: all}
}

// ReadOnly reports whether st is a query, or a batch of queries, that changes neither a table
// nor the session: then each can be answered without the others. Not so what opens a cursor or locks a
// table for those that follow, nor a text that has none or several results. By PostgreSQL's simple
// protocol all of a batch is one text, and each statement in it has a result:
//
//	1: a batch of "SELECT 1; SELECT 2" and a query   is sent
//	2: its second call                               is given the 2, and would keep that as the query's
//
// It blocks as Start does for what it has to know.
func (s *Session) ReadOnly(ctx context.Context, st Statement) bool {
	m, _ := s.understand(ctx, st)
	return len(m.Writes) == 0 && len(m.controls) == 0 && st.queries()
}

// queries reports whether s is one query, or a batch of such.
func (s Statement) queries() bool {
	if s.parts != nil {
		return !slices.ContainsFunc(s.parts, func(part Statement) bool { return !part.queries() })
	}
	return s.analysis != nil && len(s.analysis.Statements) == 1 && s.analysis.Statements[0].Kind == sqlparse.Select
}
