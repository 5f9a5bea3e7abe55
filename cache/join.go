package cache

import "context"

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

// ReadOnly reports whether st changes neither a table nor the session. It blocks as Start
// does for what it has to know.
func (s *Session) ReadOnly(ctx context.Context, st Statement) bool {
	m, _ := s.understand(ctx, st)
	return len(m.Writes) == 0 && len(m.controls) == 0 && st.err == nil
}
