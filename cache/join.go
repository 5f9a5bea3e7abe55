package cache

import (
	"slices"

	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// Join returns the statements of a batch as one, which does all that they do, in
// their order: to the cache it is a text of several statements. Nothing is kept of it.
// One statement is returned as it is. There is at least one.
func (c *Cache) Join(sts []Statement) Statement {
	if len(sts) == 1 {
		return sts[0]
	}
	var writes invalidation.WriteSet
	all := &text{several: true}
	for _, st := range sts {
		writes.Add(st.effect.Writes)
		all.controls = append(all.controls, st.controls...)
		all.control = all.control || st.control
		if all.err == nil {
			all.err = st.err
		}
		for _, tc := range st.writes {
			if !slices.Contains(all.writes, tc) {
				all.writes = append(all.writes, tc)
			}
		}
	}
	all.effect = invalidation.Effect{Writes: writes.Tags(), Reason: Reason{Code: sqlparse.SeveralCommands}}
	return Statement{text: all}
}

// ReadOnly reports whether st changes neither a table nor its session.
func (s Statement) ReadOnly() bool {
	return len(s.effect.Writes) == 0 && len(s.controls) == 0 && s.err == nil
}
