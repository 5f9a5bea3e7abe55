package cache

import (
	"strings"
	"sync"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
)

// definitions are what is known of a database's catalog: a snapshot, and the generation of
// the epoch as of which it is right. They are immutable.
//
// INVARIANT: the epoch was seen at that generation, without a fence, before the catalog
// was read. Whoever sees it so again knows that nobody has changed a definition through
// the cache in between: that takes a fence, and ends in an advance. In the other order
// a definition can slip through:
//
//	1: reader: read the catalog    the old view
//	2: admin:  CREATE OR REPLACE VIEW, behind a fence; the epoch goes 7 -> 8
//	3: reader: load the epoch      8
//	4: reader: resolves by the old view what it keeps under 8
type definitions struct {
	*ground
	epoch backends.Generation
	seen  time.Time     // when they were looked at
	took  time.Duration // that look
}

// A ground is what the scopes of sessions rest on: definitions, and who may use them. It stays
// the same one until either changes. Then a scope is learned anew, or its names mean what they did
// when it was learned:
//
//	1: session: learn            search path mine, public; its role may not use mine
//	2: admin:   GRANT            it may; mine.t hides public.t
//	3: session: query, save      rows of mine.t, under the tag of public.t
//	4: writer:  write mine.t
//	5: session: load             a hit, and stale
type ground struct {
	snapshot  *catalog.Snapshot
	roles     string // [catalog.Roles]
	resolvers *resolvers
}

// resolvers are those of one snapshot, one for each search path and role.
type resolvers struct {
	mu sync.Mutex
	m  map[string]*catalog.Resolver
}

// maxResolvers bounds them: all are forgotten then.
const maxResolvers = 1024

// resolver returns the resolver for a scope.
func (d *definitions) resolver(c *Cache, sc *scope) *catalog.Resolver {
	return d.of(c, catalog.Scope{Schemas: sc.schemas, Role: sc.role})
}

// of returns the resolver of what names mean in a scope.
func (d *definitions) of(c *Cache, names catalog.Scope) *catalog.Resolver {
	key := names.Role + "\x00" + strings.Join(names.Schemas, "\x00")
	rs := d.resolvers
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.m[key]
	if r == nil {
		if len(rs.m) >= maxResolvers {
			clear(rs.m)
		}
		r = d.snapshot.Resolver(c.namespace, names, &c.opts.Declarations)
		rs.m[key] = r
	}
	return r
}
