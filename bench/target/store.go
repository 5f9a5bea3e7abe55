package target

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/backends/tiered"
)

// A Store is a place for results that somebody named by a URL. It belongs to one
// [Sandbox]: another one's rows would be wrong answers.
type Store struct {
	backends.Store
	closers []func(context.Context) error
}

// Open opens the store for as many workers at once and makes sure that it answers.
func (u *StoreURL) Open(ctx context.Context, workers int) (*Store, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	s := &Store{}
	if err := u.open(ctx, s, workers); err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	return s, nil
}

// open adds to the store what closes it as it goes, so that half of one can be closed.
func (u *StoreURL) open(ctx context.Context, s *Store, workers int) error {
	var err error
	switch u.scheme {
	case "memory":
		return u.openMemory(s)
	case "memcached":
		err = u.openMemcached(s, workers)
	default:
		err = u.openRedis(ctx, s, workers)
	}
	if err != nil {
		return fmt.Errorf("%s at %s: %w", u.scheme, strings.Join(u.hosts, ","), oneLine(err))
	}
	if !u.tiered {
		return nil
	}
	return u.addTier(s)
}

// addTier puts memory before a store.
func (u *StoreURL) addTier(s *Store) (err error) {
	shared := s.Store
	if err := u.openMemory(s); err != nil {
		return err
	}
	t, err := tiered.New(s.Store, shared, &tiered.Options{MaxStaleness: u.options.maxStaleness})
	if err != nil {
		return err
	}
	s.Store = t
	s.closeLater(func(context.Context) error { t.Close(); return nil })
	return nil
}

func (u *StoreURL) openMemory(s *Store) error {
	m, err := memstore.New(&memstore.Options{MaxBytes: u.options.size})
	if err != nil {
		return err
	}
	s.Store = m
	s.closeLater(func(context.Context) error { m.Close(); return nil })
	return nil
}

func (s *Store) closeLater(f func(context.Context) error) { s.closers = append(s.closers, f) }

// Close closes the store, the last of its parts first, and removes from Redis what it
// kept there. It works when ctx has ended.
func (s *Store) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
	defer cancel()
	var err error
	for _, f := range slices.Backward(s.closers) {
		err = errors.Join(err, f(ctx))
	}
	return err
}

// prefix begins the keys of a store that others may use. It is another one for each
// store: the statements of all sandboxes are the same, the rows are not.
func (u *StoreURL) prefix() string {
	p := u.options.prefix
	if p == "" {
		p = "gojohnny:bench:"
	}
	return p + strings.ToLower(rand.Text()[:10]) + ":"
}
