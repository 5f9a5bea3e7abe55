package tiered

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// copyTTL is how long a copy stays in memory if nothing replaces it or pushes it out.
// It answers only as long as the shared store has the entry.
const copyTTL = time.Hour

// Options adjust a Store. The zero value and nil stand for the defaults.
type Options struct {
	// MaxStaleness is for how long the generations that the shared store told may
	// be trusted: a read may miss what other processes wrote in that time before it
	// began, and an entry may live longer by that time. Where the shared store is a
	// [backends.Watcher], it is mostly much less. Defaults to none: every read asks
	// the shared store.
	MaxStaleness time.Duration
}

// A Store keeps generations, fences, locks and entries in a shared store, and copies
// of entries in a local one. It is a [backends.Store] and, besides, a [backends.Locker],
// a [backends.Looker] and a [backends.Downer]; all methods are safe for concurrent use. They honour ctx as
// the shared store does.
type Store struct {
	local, shared backends.Store
	trust         *trust // nil: none
	counts        counters

	stopWatch context.CancelFunc
	watch     sync.WaitGroup
}

var (
	_ backends.Locker = (*Store)(nil)
	_ backends.Looker = (*Store)(nil)
	_ backends.Downer = (*Store)(nil)
)

// New returns a Store that keeps copies in local, which nobody else uses, of the
// entries in shared. The caller closes it, and then both. A program that uses shared as it
// is may share it: what it keeps is not always found here in the place of an older
// copy, which is a miss.
func New(local, shared backends.Store, opts *Options) (*Store, error) {
	s := &Store{local: local, shared: shared, stopWatch: func() {}}
	if opts == nil || opts.MaxStaleness == 0 {
		return s, nil
	}
	if opts.MaxStaleness < 0 {
		return nil, fmt.Errorf("tiered: MaxStaleness is %v, want 0 for none or more", opts.MaxStaleness)
	}
	s.trust = newTrust(opts.MaxStaleness)
	if w, ok := shared.(backends.Watcher); ok {
		var ctx context.Context
		ctx, s.stopWatch = context.WithCancel(context.Background())
		s.watch.Go(func() {
			_ = w.Watch(ctx, s.changed) // without it, trust goes by the time
		})
	}
	return s, nil
}

// Close ends what MaxStaleness has running in the background. The store still answers
// afterwards. Close may be called more than once.
func (s *Store) Close() {
	s.stopWatch()
	s.watch.Wait()
}

// changed forgets what the shared store says has changed.
func (s *Store) changed(tags []string) {
	if tags == nil {
		s.counts.missed.Add(1)
		s.trust.forgetAll()
		return
	}
	s.counts.changed.Add(uint64(len(tags)))
	s.trust.forget(tags)
}

// Load implements [backends.Store].
func (s *Store) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	entry, how, err := s.load(ctx, key, tags, states)
	s.counts.count(how, err)
	return entry, err
}

func (s *Store) load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, source, error) {
	held, err := s.local.Load(ctx, key, nil, nil)
	switch {
	case err != nil:
		return nil, absent, fmt.Errorf("tiered: load the copy: %w", err)
	case len(held) == 0:
		return s.fetch(ctx, key, tags, states)
	case s.trust != nil && s.trusted(ctx, key, held, tags, states):
		return held, trusted, nil
	}
	asking := s.trust.ask()
	told, err := s.shared.Load(ctx, markKey(key), tags, states)
	if err != nil {
		return nil, absent, err
	}
	if !marks(told, held) {
		return s.fetch(ctx, key, tags, states)
	}
	s.trust.told(asking, tags, states)
	s.keepMark(ctx, key, held, s.trust.left(asking))
	return held, local, nil
}

// fetch loads the entry itself from the shared store, and keeps a copy.
func (s *Store) fetch(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, source, error) {
	asking := s.trust.ask()
	entry, err := s.shared.Load(ctx, key, tags, states)
	if err != nil {
		return nil, absent, err
	}
	s.trust.told(asking, tags, states)
	if entry == nil {
		return nil, absent, nil
	}
	s.keep(ctx, key, entry)
	s.keepMark(ctx, key, entry, s.trust.left(asking))
	return entry, shared, nil
}

// trusted reports whether held is current under generations that may still be
// trusted, and fills those in.
func (s *Store) trusted(ctx context.Context, key backends.Key, held []byte, tags []string, states []backends.TagState) bool {
	if !s.trust.states(tags, states) {
		return false
	}
	entry, err := backends.ParseEntry(key, held)
	if err != nil || !entry.Current(states) {
		return false
	}
	told, err := s.local.Load(ctx, markKey(key), nil, nil)
	return err == nil && marks(told, held)
}

// Save implements [backends.Store]. An entry that is too large for the local store
// alone is kept in the shared one.
func (s *Store) Save(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) error {
	asking := s.trust.ask()
	mark := markOf(entry)
	marked := make(chan error, 1)
	go func() { marked <- s.shared.Save(ctx, markKey(key), mark[:], ttl) }()
	if err := errors.Join(s.shared.Save(ctx, key, entry, ttl), <-marked); err != nil {
		return err
	}
	s.keep(ctx, key, entry)
	s.keepMark(ctx, key, entry, s.trust.left(asking))
	return nil
}

// keep keeps a copy, or nothing in the place of an older one.
func (s *Store) keep(ctx context.Context, key backends.Key, entry []byte) {
	if err := s.local.Save(ctx, key, entry, copyTTL); err != nil {
		_ = s.local.Save(ctx, key, nil, copyTTL) // an older copy would do no harm but to be asked for each time
	}
}

// keepMark keeps the mark of an entry that the shared store has, for as long as that
// may be trusted.
func (s *Store) keepMark(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) {
	if ttl > 0 {
		mark := markOf(entry)
		_ = s.local.Save(ctx, markKey(key), mark[:], ttl) // without it, the shared store is asked
	}
}

// Fence implements [backends.Store].
func (s *Store) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	defer s.trust.forget(tags)
	return s.shared.Fence(ctx, tags, w, lease)
}

// Lift implements [backends.Store].
func (s *Store) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	defer s.trust.forget(tags)
	return s.shared.Lift(ctx, tags, w, advance)
}

// FenceAndLook implements [backends.Looker]. The shared store is asked for the tag,
// whatever MaxStaleness.
func (s *Store) FenceAndLook(ctx context.Context, tags []string, w backends.Token, lease time.Duration, tag string) (backends.TagState, error) {
	defer s.trust.forget(tags)
	return backends.FenceAndLook(ctx, s.shared, tags, w, lease, tag)
}

// LiftAndLook implements [backends.Looker], as FenceAndLook.
func (s *Store) LiftAndLook(ctx context.Context, tags []string, w backends.Token, advance bool, tag string) (backends.TagState, error) {
	defer s.trust.forget(tags)
	return backends.LiftAndLook(ctx, s.shared, tags, w, advance, tag)
}

// Advance implements [backends.Store].
func (s *Store) Advance(ctx context.Context, tags []string) error {
	defer s.trust.forget(tags)
	return s.shared.Advance(ctx, tags)
}

// Down implements [backends.Downer], as the shared store does. With MaxStaleness it is
// false: what may be trusted answers without the shared store.
func (s *Store) Down() bool {
	d, ok := s.shared.(backends.Downer)
	return ok && s.trust == nil && d.Down()
}

// TryLock implements [backends.Locker]. Where the shared store is no Locker, every
// process gets the lock.
func (s *Store) TryLock(ctx context.Context, key backends.Key, w backends.Token, ttl time.Duration) (bool, error) {
	if l, ok := s.shared.(backends.Locker); ok {
		return l.TryLock(ctx, key, w, ttl)
	}
	return true, ctx.Err()
}

// Unlock implements [backends.Locker].
func (s *Store) Unlock(ctx context.Context, key backends.Key, w backends.Token) error {
	if l, ok := s.shared.(backends.Locker); ok {
		return l.Unlock(ctx, key, w)
	}
	return ctx.Err()
}
