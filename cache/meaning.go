package cache

import (
	"slices"
	"sync/atomic"

	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// A meaning is what a text does: by its words alone, or by what the database's catalog
// says of the names in it to the sessions of one resolver. All but its counts is fixed.
type meaning struct {
	invalidation.Effect
	digest   digest // of the text and the tags it reads
	scoped   atomic.Pointer[scoped]
	controls []sqlparse.Control

	reads, writes []*tableCounts // of the tables it reads, and writes

	resolution *catalog.Resolution // nil: by its words alone
}

// A scoped is the digest of a text in a scope.
type scoped struct{ scope, sum digest }

// in returns the digest of the text in a scope. The latest scope's is remembered: nearly
// always there is one, since the names in a text mean something else along another
// search path.
func (m *meaning) in(scope *digest) *digest {
	s := m.scoped.Load()
	if s == nil || s.scope != *scope {
		s = &scoped{scope: *scope, sum: scopedDigest(&m.digest, scope)}
		m.scoped.Store(s)
	}
	return &s.sum
}

// static gives the meaning of a text by its words alone.
func (c *Cache) static(sql string, a *sqlparse.Analysis) *meaning {
	m := &meaning{Effect: invalidation.Static(c.namespace, a)}
	for i := range a.Statements {
		st := &a.Statements[i]
		m.controls = append(m.controls, st.Controls...)
		for _, r := range st.Reads {
			m.reads = c.countTable(m.reads, invalidation.StaticTag(c.namespace, r), r.Name)
		}
		for _, w := range st.Writes {
			m.writes = c.countTable(m.writes, invalidation.StaticTag(c.namespace, w.Relation), w.Name)
		}
	}
	if m.Reason.Code == "" {
		m.Reason = c.tables.judge(a.Statements[0].Reads, nil)
	}
	m.digest = textDigest(c.namespace, m.Reads, sql)
	return m
}

// resolve gives the meaning of a text to the sessions of r.
func (c *Cache) resolve(t *text, r *catalog.Resolver) *meaning {
	res := r.Resolve(t.analysis)
	m := &meaning{Effect: res.Effect, controls: res.Controls, resolution: &res}
	for _, x := range res.Read {
		m.reads = c.countTable(m.reads, x.Tag, x.Name)
	}
	for _, x := range res.Written {
		m.writes = c.countTable(m.writes, x.Tag, x.Name)
	}
	if m.Reason.Code == "" {
		m.Reason = c.tables.judge(t.analysis.Statements[0].Reads, res.Read)
	}
	m.digest = textDigest(c.namespace, m.Reads, t.sql)
	return m
}

// unknownNames reports whether the text has names that the catalog had not when it was
// read.
func (m *meaning) unknownNames() bool {
	unknown := func(r Reason) bool { return r.Code == catalog.UnknownRelation || r.Code == catalog.UnknownFunction }
	return m.resolution != nil && (slices.ContainsFunc(m.resolution.Reasons, unknown) || slices.ContainsFunc(m.resolution.Opaque, unknown))
}

// countTable adds the counts of a table to a list, once.
func (c *Cache) countTable(list []*tableCounts, tag, name string) []*tableCounts {
	tc := c.counts.table(tag, name)
	if slices.Contains(list, tc) {
		return list
	}
	return append(list, tc)
}

// meanings remembers what one text means by each of the latest resolvers that asked, a
// few. The zero value is empty. It is safe for concurrent use.
type meanings struct {
	list atomic.Pointer[[]remembered] // the latest first; replaced, never changed
}

type remembered struct {
	resolver *catalog.Resolver
	meaning  *meaning
}

// maxRemembered bounds meanings: sessions of one program have few search paths, or so
// many that each comes too seldom.
const maxRemembered = 8

// get returns what is remembered, nil if nothing is.
func (ms *meanings) get(r *catalog.Resolver) *meaning {
	if list := ms.list.Load(); list != nil {
		for i := range *list {
			if (*list)[i].resolver == r {
				return (*list)[i].meaning
			}
		}
	}
	return nil
}

func (ms *meanings) put(r *catalog.Resolver, m *meaning) {
	old := ms.list.Load()
	list := append(make([]remembered, 0, maxRemembered), remembered{r, m})
	if old != nil {
		list = append(list, (*old)[:min(len(*old), maxRemembered-1)]...)
	}
	ms.list.CompareAndSwap(old, &list) // or another one is remembered
}

// joined is what several texts do, one after the other.
func joined(parts []*meaning) *meaning {
	var writes invalidation.WriteSet
	all := &meaning{}
	for _, m := range parts {
		writes.Add(m.Writes)
		all.controls = append(all.controls, m.controls...)
		for _, tc := range m.writes {
			if !slices.Contains(all.writes, tc) {
				all.writes = append(all.writes, tc)
			}
		}
	}
	all.Effect = invalidation.Effect{Writes: writes.Tags(), Reason: Reason{Code: sqlparse.SeveralCommands}}
	return all
}
