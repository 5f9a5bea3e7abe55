package cache

import (
	"context"
	"slices"

	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// A view is how a session sees the database's definitions: what names mean along its
// search path. Without a resolver, texts mean what their words say.
type view struct {
	resolver    *catalog.Resolver
	definitions *definitions // nil without a resolver
	scope       *scope       // that it was made for
}

// view returns the session's view, as far as it is known without asking anybody. It
// reports false where the catalog has something to say that is not known now.
func (s *Session) view() (v view, ok bool) {
	w := s.src.watcher
	if w == nil {
		return view{}, true
	}
	sc, d := s.names, w.definitions()
	switch {
	case sc == nil:
		return view{}, false
	case d != nil && s.seen.definitions == d && s.seen.scope == sc:
		return s.seen, true
	case !sc.postgres, w.static.Load():
		return view{}, true
	case sc.reason.Code == TemporaryTables: // which hide others: no snapshot knows them
		return view{}, false
	case d == nil || d.ground != sc.ground:
		return view{}, false
	}
	s.seen = view{resolver: d.resolver(s.cache, sc), definitions: d, scope: sc}
	return s.seen, true
}

// sees reports whether the session has a view that holds now.
func (s *Session) sees() bool {
	return s.src.watcher == nil || s.seen.definitions != nil && s.seen.scope == s.scope && s.seen.definitions == s.src.watcher.definitions()
}

// suits reports whether the names of a scope hold by the definitions that are known.
func (src *Source) suits(sc *scope) bool {
	w := src.watcher
	if w == nil || !sc.postgres || w.static.Load() {
		return true
	}
	d := w.definitions()
	return d == nil || d.ground == sc.ground
}

// await makes the definitions known, if there are any to know.
func (src *Source) await(ctx context.Context) {
	if w := src.watcher; w != nil && w.postgres.Load() {
		w.await(ctx)
	}
}

// ground is what is known of the catalog now.
func (src *Source) ground() *ground {
	if src.watcher == nil {
		return nil
	}
	if d := src.watcher.definitions(); d != nil {
		return d.ground
	}
	return nil
}

// found takes note of a scope, and reports whether that is the first to say that the
// database is PostgreSQL.
func (src *Source) found(sc *scope) bool {
	return src.watcher != nil && sc.postgres && !src.watcher.postgres.Swap(true)
}

// meaning returns what st means in a view.
func (c *Cache) meaning(st Statement, v view) *meaning {
	switch {
	case v.resolver == nil || st.settled:
		return st.static
	case st.parts != nil:
		parts := make([]*meaning, len(st.parts))
		for i, part := range st.parts {
			parts[i] = c.meaning(part, v)
		}
		return joined(parts)
	}
	m := st.resolved.get(v.resolver)
	if m == nil {
		m = c.resolve(st.text, v.resolver)
		st.resolved.put(v.resolver, m)
	}
	return m
}

// understand returns what st means to the session, and the definitions that this rests on, nil
// if it rests on none. It asks for what is not known, outside of transactions; where that
// stays unknown, the words of the text have to do: what they say to be written
// invalidates more.
func (s *Session) understand(ctx context.Context, st Statement) (*meaning, *definitions) {
	if st.settled || s.src.watcher == nil {
		return st.static, nil
	}
	for again := true; ; again = false {
		s.Learn(ctx)
		v, ok := s.view()
		if !ok {
			return s.suspect(st), nil
		}
		m := s.cache.meaning(st, v)
		if again && m.unknownNames() && !s.InTransaction() && s.src.watcher.refresh(ctx, v.definitions) {
			continue
		}
		return m, v.definitions
	}
}

// suspect returns what st may mean to a session of which nobody knows what names mean to it:
// what its words say, and if by some search path it writes, even as a SELECT from a view
// may, everything that was resolved by a catalog.
//
// Of a temporary view nobody knows what functions it calls: a session that has one may write anything
// with whatever reads a relation. The transaction that makes one writes, as far as it knows, what these do.
func (s *Session) suspect(st Statement) *meaning {
	d := s.src.watcher.definitions()
	switch {
	case len(st.static.Writes) > 0:
		return st.static
	case s.views && st.readsRelation():
		all := joined([]*meaning{st.static, {Effect: invalidation.Effect{Writes: []string{s.cache.epoch}}}})
		all.Reason = Reason{Code: TemporaryTables}
		return all
	case d == nil:
		return st.static
	}
	m := s.cache.meaning(st, view{resolver: d.of(s.cache, catalog.Scope{Unknown: true})})
	if len(m.Writes) == 0 {
		return st.static
	}
	blind := &meaning{Effect: invalidation.Effect{Writes: []string{invalidation.BlindTag(s.cache.namespace)}}}
	all := joined([]*meaning{st.static, m, blind})
	all.Reason = m.Reason
	return all
}

// readsRelation reports whether s names a relation that it reads.
func (s Statement) readsRelation() bool {
	if s.parts != nil {
		return slices.ContainsFunc(s.parts, Statement.readsRelation)
	}
	return s.analysis != nil && slices.ContainsFunc(s.analysis.Statements, func(st sqlparse.Statement) bool { return len(st.Reads) > 0 })
}

// basis is what the tags of a write rest on that was resolved by d.
func (c *Cache) basis(d *definitions) invalidation.Basis {
	return invalidation.Basis{Epoch: c.epoch, Generation: d.epoch, Otherwise: invalidation.BlindTag(c.namespace)}
}

// fence fences tags that were resolved by d, nil if they rest on no definitions.
func (c *Cache) fence(ctx context.Context, tags []string, d *definitions) (*invalidation.Write, error) {
	if d == nil {
		return c.protocol.Fence(ctx, tags)
	}
	return c.protocol.FenceOn(ctx, tags, c.basis(d))
}
