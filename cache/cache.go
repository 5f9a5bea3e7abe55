package cache

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/maypok86/otter/v2"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// A Cache decides for each statement whether the store answers it, and what it
// invalidates. It is safe for concurrent use. Programs make one for each database
// and hand it to a wrapper: package sqlcache for database/sql, pgxcache for pgx.
type Cache struct {
	store     backends.Store
	locker    backends.Locker // nil: the store is none
	downer    backends.Downer // nil: likewise
	token     backends.Token  // of this process, for its elections
	analyzer  sqlparse.Analyzer
	opts      Options
	invalid   error // Options.Check
	namespace string
	epoch     string
	tables    tableRules
	protocol  *invalidation.Protocol
	texts     *otter.Cache[string, *text]
	flights   flights
	counts    counts
	sessions  atomic.Uint64 // that were made
	moving    sync.Mutex    // held by the watcher that moves the epoch, if the store elects nobody

	mu      sync.Mutex
	sources []*Source
}

// New returns a Cache that keeps results in store and understands SQL by analyzer.
// The caller closes it, and then the store. Nil options are every default. With
// options that [Options.Check] rejects the cache keeps nothing, says so in the log,
// in Explain and in its counts, and invalidates what others keep.
func New(store backends.Store, analyzer sqlparse.Analyzer, opts *Options) *Cache {
	if opts == nil {
		opts = &Options{}
	}
	c := &Cache{store: store, analyzer: analyzer, invalid: opts.Check(), opts: opts.withDefaults()}
	if c.invalid != nil {
		c.opts.Logger.Error("gojohnny: the cache is off", "err", c.invalid)
		c.opts = Options{Namespace: c.opts.Namespace, Logger: c.opts.Logger}.withDefaults()
	}
	c.namespace = c.opts.Namespace
	c.epoch = invalidation.EpochTag(c.namespace)
	c.tables, _ = newTableRules(c.opts.Allow, c.opts.Deny) // Check has asked
	c.texts = newTexts(c.opts.MaxTexts)
	c.flights.m = map[backends.Key]*Ticket{}
	c.counts.tables = map[string]*tableCounts{}
	c.locker, _ = store.(backends.Locker)
	c.downer, _ = store.(backends.Downer)
	c.token = backends.NewToken()
	c.protocol = newProtocol(store, c.opts)
	return c
}

func newProtocol(store backends.Store, o Options) *invalidation.Protocol {
	p, err := invalidation.New(store, &invalidation.Options{Mode: o.Writes, Lease: o.Lease, Logger: o.Logger})
	if err != nil {
		panic(err) // Options.Check has asked the same
	}
	return p
}

// addSource remembers a way into the database, for Explain and Invalidate.
func (c *Cache) addSource(src *Source) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.sources) < maxSources {
		c.sources = append(c.sources, src)
	}
}

// maxSources bounds what a program can make the cache remember that makes wrappers all the
// time.
const maxSources = 64

// Close stops the background work and lands the invalidations that a store out of
// reach has not taken yet; it blocks on the store, as long as ctx lets it. An error
// says that some did not land: other processes may serve what they have of those
// tables until it expires. Wrapped databases are closed before.
func (c *Cache) Close(ctx context.Context) error { return c.protocol.Close(ctx) }

// Invalidate drops every kept result that reads one of the tables, in this and every
// process of the namespace, for changes that were made past the cache. What such a change
// cascaded to is not known, so that whatever was resolved by a catalog is dropped, too.
// Names are written as in Options.Allow; one that is none is an error, and nothing is
// dropped. It blocks on the store; what the store does not take, the error says, is
// queued and retried.
func (c *Cache) Invalidate(ctx context.Context, tables ...string) error {
	relations, err := parseRelations(tables)
	if err != nil {
		return err
	}
	var tags invalidation.WriteSet
	if len(relations) > 0 {
		tags.Add([]string{invalidation.BlindTag(c.namespace)})
	}
	for _, r := range relations {
		tags.Add([]string{invalidation.StaticTag(c.namespace, r)})
	}
	return c.protocol.Advance(ctx, tags.Tags())
}

// InvalidateAll drops every kept result of the namespace, as Invalidate does.
func (c *Cache) InvalidateAll(ctx context.Context) error {
	return c.protocol.Advance(ctx, []string{c.epoch})
}
