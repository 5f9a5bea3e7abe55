package processes

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memcachestore"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/backends/redisstore"
	"github.com/gojohnny/gojohnny/backends/tiered"
	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/invalidation"
)

var kinds = []string{"redis", "memcached", "tiered"}

// newConfig makes a database and names a shared server and a part of it that no
// other test uses. Writes are refused where the store does not answer in time, so
// that a busy machine fails a test by an error and not by a stale read.
func newConfig(t testing.TB, kind string) config {
	t.Helper()
	cfg := config{
		Database: testservers.Postgres(t).URL(), Kind: kind, Prefix: rand.Text() + ":",
		Lease: 10 * time.Second, Mode: invalidation.Strict,
	}
	if kind == "memcached" {
		cfg.Address = testservers.Memcached(t).Addr()
	} else {
		cfg.Address = testservers.Redis(t).URL()
	}
	if _, err := newBare(t, cfg).Exec(schema); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// The points at which a hookStore can stop its process.
const (
	fenced    = "fenced"    // the fence stands, COMMIT was not sent
	committed = "committed" // COMMIT was answered, the lift was not sent
)

// The ways a hookStore breaks the protocol.
const (
	wrongLift  = "lift"  // a lift does not advance
	wrongFence = "fence" // no fence is placed
	wrongQueue = "queue" // fences fail, and lifts and advances are said to be done
)

// A hookStore is a store that stops its process where it is told to, and breaks the
// protocol where a test wants to see that it would notice.
type hookStore struct {
	backends.Locker
	closers []func()
	wrong   string
	parkAt  atomic.Value // string; the next call there never returns
	parked  func()       // is called before
}

func (s *hookStore) park(point string) {
	if s.parkAt.Load() == point {
		s.parked()
		select {} // until somebody kills the process
	}
}

func (s *hookStore) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	switch s.wrong {
	case wrongFence:
	case wrongQueue:
		return errors.New("not placed")
	default:
		if err := s.Locker.Fence(ctx, tags, w, lease); err != nil {
			return err
		}
	}
	s.park(fenced)
	return nil
}

func (s *hookStore) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	s.park(committed)
	if s.wrong == wrongQueue {
		return nil
	}
	return s.Locker.Lift(ctx, tags, w, advance && s.wrong != wrongLift)
}

// FenceAndLook implements backends.Looker, which all of the stores are.
func (s *hookStore) FenceAndLook(ctx context.Context, tags []string, w backends.Token, lease time.Duration, tag string) (backends.TagState, error) {
	if s.wrong != "" { // as Fence does it
		return backends.FenceAndLook(ctx, struct{ backends.Store }{s}, tags, w, lease, tag)
	}
	st, err := s.Locker.(backends.Looker).FenceAndLook(ctx, tags, w, lease, tag)
	if err == nil {
		s.park(fenced)
	}
	return st, err
}

func (s *hookStore) LiftAndLook(ctx context.Context, tags []string, w backends.Token, advance bool, tag string) (backends.TagState, error) {
	if s.wrong != "" {
		return backends.LiftAndLook(ctx, struct{ backends.Store }{s}, tags, w, advance, tag)
	}
	s.park(committed)
	return s.Locker.(backends.Looker).LiftAndLook(ctx, tags, w, advance, tag)
}

func (s *hookStore) Advance(ctx context.Context, tags []string) error {
	if s.wrong == wrongQueue {
		return nil
	}
	return s.Locker.Advance(ctx, tags)
}

// Down implements backends.Downer, which all of the stores are.
func (s *hookStore) Down() bool { return s.Locker.(backends.Downer).Down() }

func (s *hookStore) close() {
	for _, f := range s.closers {
		f()
	}
}

// openStore opens a client and a store on it.
func openStore(cfg config) (*hookStore, error) {
	s := &hookStore{wrong: cfg.Wrong, parked: func() {}}
	s.parkAt.Store("")
	var err error
	switch cfg.Kind {
	case "memcached":
		err = s.openMemcached(cfg)
	case "redis", "tiered":
		err = s.openRedis(cfg)
	default:
		err = fmt.Errorf("no store %q", cfg.Kind)
	}
	return s, err
}

func (s *hookStore) openMemcached(cfg config) error {
	mc := memcache.New(cfg.Address)
	mc.MaxIdleConns, mc.Timeout = 32, time.Second
	store, err := memcachestore.New(mc, &memcachestore.Options{Prefix: cfg.Prefix})
	if err != nil {
		return err
	}
	s.Locker, s.closers = store, []func(){store.Close, func() { _ = mc.Close() }}
	return nil
}

func (s *hookStore) openRedis(cfg config) error {
	opts, err := redis.ParseURL(cfg.Address)
	if err != nil {
		return err
	}
	opts.ContextTimeoutEnabled, opts.ReadTimeout, opts.MaxRetries = true, 500*time.Millisecond, 1
	rdb := redis.NewClient(opts)
	s.closers = []func(){func() { _ = rdb.Close() }}
	shared, err := redisstore.New(rdb, &redisstore.Options{Prefix: cfg.Prefix})
	if err != nil || cfg.Kind == "redis" {
		s.Locker = shared
		return err
	}
	local, err := memstore.New(nil)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, local.Close)
	s.Locker, err = tiered.New(local, shared, nil)
	return err
}
