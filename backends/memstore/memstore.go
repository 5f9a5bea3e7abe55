package memstore

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

const (
	defaultMaxBytes = 64 << 20
	defaultMaxTags  = 1 << 16
)

// Options says how much a Store holds. The zero value and nil stand for the
// defaults.
type Options struct {
	// MaxBytes is how many bytes of memory the entries may take: their own and
	// what it costs to keep them, about 200 bytes each. Defaults to 64 MiB.
	// While several goroutines save at once, one entry of each may come on top
	// for a moment.
	MaxBytes int64

	// MaxTags is how many tags are remembered; each takes about 120 bytes and
	// its name. Above it, one that no read has asked for lately is forgotten, and
	// the entries that depend on it miss. Defaults to 65536, which is more than
	// most databases have tables. A tag with a fence is never forgotten, so the
	// number of writes under way comes on top.
	MaxTags int
}

// A Store keeps generations, fences and entries in the memory of this process.
// It is a [backends.Store], and no [backends.Locker], since within one process the
// cache itself elects who fills an entry. All methods are safe for concurrent use.
// They look at ctx when they start: no call takes long enough to be cancelled.
type Store struct {
	clock   clock
	tags    *tagTable
	entries *entryCache
}

var _ backends.Store = (*Store)(nil)

// New returns an empty Store, which the caller closes. The error names the
// option that is out of range: sizes come from flags and environments, so a wrong
// one is input, not a mistake in the program.
func New(opts *Options) (*Store, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	switch {
	case o.MaxBytes < 0:
		return nil, fmt.Errorf("memstore: MaxBytes is %d, want 0 for the default or more", o.MaxBytes)
	case o.MaxTags < 0:
		return nil, fmt.Errorf("memstore: MaxTags is %d, want 0 for the default or more", o.MaxTags)
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = defaultMaxBytes
	}
	if o.MaxTags == 0 {
		o.MaxTags = defaultMaxTags
	}
	entries, err := newEntryCache(o.MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("memstore: new: %w", err)
	}
	c := startClock()
	return &Store{
		clock:   c,
		tags:    newTagTable(o.MaxTags, c),
		entries: entries,
	}, nil
}

// Close stops the goroutine that removes outdated entries. The store still
// answers afterwards. Close may be called more than once.
func (s *Store) Close() { s.entries.close() }

// Load implements [backends.Store]. It does not allocate where every tag is known
// and no lease ran out. The entry it returns is shared with the store.
func (s *Store) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("memstore: load: %w", err)
	}
	if len(states) != len(tags) {
		return nil, fmt.Errorf("memstore: load: %d states for %d tags", len(states), len(tags))
	}
	for i, name := range tags {
		st, err := s.tags.load(name)
		if err != nil {
			return nil, fmt.Errorf("memstore: load: %w", err)
		}
		states[i] = backends.TagState{Generation: st.generation, Fenced: len(st.fences) > 0}
	}
	return s.entries.get(key), nil
}

// Save implements [backends.Store]. An entry is too large if alone it takes
// nearly MaxBytes or more.
func (s *Store) Save(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memstore: save: %w", err)
	}
	if err := s.entries.set(key, entry, ttl); err != nil {
		return fmt.Errorf("memstore: save: %w", err)
	}
	return nil
}

// Fence implements [backends.Store]. When ctx is over before it starts, no tag is
// fenced.
func (s *Store) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memstore: fence: %w", err)
	}
	if lease <= 0 {
		return fmt.Errorf("memstore: fence: lease of %v", lease)
	}
	f := fence{writer: w, until: s.clock.now().add(lease)}
	for _, name := range tags {
		if err := s.tags.fence(name, f); err != nil {
			return fmt.Errorf("memstore: fence: %w", err)
		}
	}
	return nil
}

// Lift implements [backends.Store].
func (s *Store) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memstore: lift: %w", err)
	}
	for _, name := range tags {
		s.tags.lift(name, w, advance)
	}
	return nil
}

// Advance implements [backends.Store].
func (s *Store) Advance(ctx context.Context, tags []string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memstore: advance: %w", err)
	}
	for _, name := range tags {
		s.tags.advance(name)
	}
	return nil
}

var errTTL = errors.New("time to live is not positive")

// A clock is the store's own: it only goes forward, whatever happens to the
// host's time of day.
type clock struct{ start time.Time }

// An instant is how much time had passed on a clock.
type instant time.Duration

func startClock() clock { return clock{start: time.Now()} }

func (c clock) now() instant { return instant(time.Since(c.start)) }

// add returns the instant d later, or the last there is.
func (i instant) add(d time.Duration) instant {
	if d > math.MaxInt64-time.Duration(i) {
		return math.MaxInt64
	}
	return i + instant(d)
}
