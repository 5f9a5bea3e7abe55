package tiered_test

import (
	"flag"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/backendtest"
	"github.com/gojohnny/gojohnny/backends/memcachestore"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/backends/redisstore"
	"github.com/gojohnny/gojohnny/backends/tiered"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// TestMain runs many tests at once, on however few processors: most of their time
// they wait for memcached's clock, which counts in seconds.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	testservers.Main(m)
}

const localBytes = 4 << 20

func newMemory(t testing.TB, bytes int64) *memstore.Store {
	t.Helper()
	s, err := memstore.New(&memstore.Options{MaxBytes: bytes, MaxTags: 1000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// over returns a new process's store over shared.
func over(t testing.TB, shared backends.Store, opts *tiered.Options) *tiered.Store {
	t.Helper()
	s, err := tiered.New(newMemory(t, localBytes), shared, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestConformanceOverMemory(t *testing.T) {
	backendtest.Run(t, backendtest.Harness{
		Open: func(t *testing.T) (one, other backends.Store) {
			// A memory elects nobody: what is tested is the store, not the locker.
			shared := newMemory(t, 2*localBytes)
			return struct{ backends.Store }{over(t, shared, nil)}, struct{ backends.Store }{over(t, shared, nil)}
		},
		Around:   synctest.Test,
		TooLarge: 2 * localBytes,
	})
}

func TestConformanceOverMemcached(t *testing.T) {
	backendtest.Run(t, backendtest.Harness{
		Open: func(t *testing.T) (one, other backends.Store) {
			return over(t, memcached(t), nil), over(t, memcached(t), nil)
		},
		Lease:    time.Second,
		TooLarge: 1 << 20,
		Around: func(t *testing.T, subtest func(t *testing.T)) {
			t.Parallel()
			subtest(t)
		},
	})
}

func memcached(t testing.TB) *memcachestore.Store {
	t.Helper()
	mc := memcache.New(testservers.Memcached(t).Addr())
	mc.MaxIdleConns = 64
	mc.Timeout = 10 * time.Second // the machine may be busy
	s, err := memcachestore.New(mc, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		_ = mc.Close()
	})
	return s
}

func TestConformanceOverRedis(t *testing.T) {
	backendtest.Run(t, backendtest.Harness{
		Open: func(t *testing.T) (one, other backends.Store) {
			return over(t, redisServer(t, ""), nil), over(t, redisServer(t, ""), nil)
		},
	})
}

func redisServer(t testing.TB, prefix string) *redisstore.Store {
	t.Helper()
	opts, err := redis.ParseURL(testservers.Redis(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	opts.ContextTimeoutEnabled = true
	rdb := redis.NewClient(opts)
	t.Cleanup(func() { _ = rdb.Close() })
	s, err := redisstore.New(rdb, &redisstore.Options{Prefix: prefix})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
