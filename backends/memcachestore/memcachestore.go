package memcachestore

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends"
)

const (
	defaultPrefix   = "gojohnny:"
	defaultMaxEntry = 1<<20 - 1<<10 // a server's default -I, less what it adds to an item

	// maxPrefix leaves room in a key's 250 bytes for a digest.
	maxPrefix = 100
)

// Options adjust a Store. The zero value and nil stand for the defaults.
type Options struct {
	// Prefix begins every key in the servers. Defaults to "gojohnny:". Programs
	// that write to one database have to share it. At most 100 bytes, without
	// spaces and control characters.
	Prefix string

	// MaxEntry is the size in bytes above which an entry, compressed or not, is not
	// sent. Defaults to 1 MiB less 1 KiB, which is what a server takes without -I.
	MaxEntry int

	// CompressAbove is the size in bytes above which entries are compressed, with
	// S2. Defaults to 0: none are. Programs with different settings understand
	// one another.
	CompressAbove int

	// Quarantine is for how long a tag that the server did not know is taken for
	// fenced, so that a fence that was lost with it does no harm: set it to the
	// protocol's lease to be safe against evictions and restarts. The price is
	// that nothing is cached on a tag for that long after it was first used, or
	// lost. Defaults to none.
	Quarantine time.Duration
}

func (o *Options) check() error {
	switch {
	case len(o.Prefix) > maxPrefix:
		return fmt.Errorf("memcachestore: Prefix has %d bytes, want at most %d", len(o.Prefix), maxPrefix)
	case !legal(o.Prefix):
		return fmt.Errorf("memcachestore: Prefix is %q, want one without spaces and control characters", o.Prefix)
	case o.MaxEntry < 0:
		return fmt.Errorf("memcachestore: MaxEntry is %d, want 0 for the default or more", o.MaxEntry)
	case o.CompressAbove < 0:
		return fmt.Errorf("memcachestore: CompressAbove is %d, want 0 or more", o.CompressAbove)
	case o.Quarantine < 0 || o.Quarantine > maxLease:
		return fmt.Errorf("memcachestore: Quarantine is %v, want 0 to %v", o.Quarantine, maxLease)
	}
	return nil
}

// A Store keeps generations, fences and entries in one or more memcached servers.
// It is a [backends.Store] and, besides, a [backends.Locker], a [backends.Looker] and a
// [backends.Downer]; all methods are safe for concurrent use.
//
// The client knows no contexts: a method looks at its context before each round
// trip, and one that is on its way ends by itself or with the client's Timeout.
type Store struct {
	mc      *memcache.Client
	opts    Options
	keys    keyring
	servers *servers
	counts  counters
}

var (
	_ backends.Locker = (*Store)(nil)
	_ backends.Looker = (*Store)(nil)
	_ backends.Downer = (*Store)(nil)
)

// New returns a Store that uses mc, which the caller closes after it. It does not
// connect.
//
// It wraps mc.DialContext, to learn which servers do not answer, so that mc must not
// be in use yet. Set mc.MaxIdleConns to the number of calls at once, several for a
// write: what is more opens connections that are not kept. mc.Timeout bounds every
// round trip. The error says what is out of range in opts.
func New(mc *memcache.Client, opts *Options) (*Store, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	o.Prefix = cmp.Or(o.Prefix, defaultPrefix)
	o.MaxEntry = cmp.Or(o.MaxEntry, defaultMaxEntry)
	return &Store{mc: mc, opts: o, keys: keyring{prefix: o.Prefix}, servers: watch(mc)}, nil
}

// Close ends the goroutines that wait for servers to come back. The store still
// answers afterwards, but what lives on a server that was down stays out of reach.
// Close may be called more than once.
func (s *Store) Close() { s.servers.close() }

// Down implements [backends.Downer]. Of several servers it takes all that were ever
// asked.
func (s *Store) Down() bool { return s.servers.group.Down() }

// Load implements [backends.Store]. Where no tag is new or fenced, it is one round
// trip to each server that keeps one of the tags or the entry, to all at once.
func (s *Store) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("memcachestore: load: %w", err)
	}
	if err := checkTags(tags); err != nil {
		return nil, fmt.Errorf("memcachestore: load: %w", err)
	}
	if len(states) != len(tags) {
		return nil, fmt.Errorf("memcachestore: load: %d states for %d tags", len(states), len(tags))
	}
	keys := s.keys.load(tags, key)
	items, err := s.get(keys)
	if err != nil {
		return nil, fmt.Errorf("memcachestore: load: %w", err)
	}
	var rest []*tag
	for i, name := range tags {
		item := items[keys[i]]
		if item != nil {
			if g, ok := quietGeneration(item.Value); ok {
				states[i] = backends.TagState{Generation: g}
				continue
			}
		}
		rest = append(rest, &tag{name: name, key: keys[i], item: item, place: i})
	}
	if len(rest) > 0 {
		if err := s.settle(ctx, rest, states); err != nil {
			return nil, fmt.Errorf("memcachestore: load: %w", err)
		}
	}
	return s.entry(items[keys[len(tags)]]), nil
}

// settle brings the tags of a load in order that are not there or carry fences, and
// fills in their states.
func (s *Store) settle(ctx context.Context, rest []*tag, states []backends.TagState) error {
	if err := s.change(ctx, rest, change{creates: true, settles: func(tagState) bool { return true }}); err != nil {
		return err
	}
	for _, t := range rest {
		states[t.place] = backends.TagState{Generation: t.state.generation, Fenced: len(t.state.fences) > 0}
	}
	return nil
}

func checkTags(tags []string) error {
	for _, name := range tags {
		if name == "" || len(name) > backends.MaxTagLen {
			return fmt.Errorf("tag of %d bytes, want 1 to %d", len(name), backends.MaxTagLen)
		}
	}
	return nil
}
