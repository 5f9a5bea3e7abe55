package processes

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/invalidation"
)

// redisFaults are what happens to a Redis while programs use it.
var redisFaults = map[string]func(testing.TB, *testservers.RedisServer){
	"Flushed":        onRedis("flushall"),
	"ScriptsFlushed": onRedis("script", "flush"),
	"Cut":            onRedis("client", "kill", "type", "normal", "skipme", "yes"),
	"RestartedEmpty": func(t testing.TB, s *testservers.RedisServer) { s.Kill(t); s.Start(t) },
	"RestartedOld":   func(t testing.TB, s *testservers.RedisServer) { s.Kill(t); s.Start(t) }, // with what prepare saved
}

func onRedis(args ...any) func(testing.TB, *testservers.RedisServer) {
	return func(t testing.TB, s *testservers.RedisServer) {
		rdb := adminOf(t, s)
		defer func() { _ = rdb.Close() }()
		if err := rdb.Do(t.Context(), args...).Err(); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func adminOf(t testing.TB, s *testservers.RedisServer) *redis.Client {
	opts, err := redis.ParseURL(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	return redis.NewClient(opts)
}

// TestFaults has two processes take turns while the store loses what it has, or finds
// what it had, or does not answer, again and again: no read is stale, and between the
// faults the cache answers.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"redis", "tiered"} {
		for name, fault := range redisFaults {
			t.Run("store="+kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				cfg := newConfig(t, kind)
				server := testservers.NewRedis(t)
				cfg.Address = server.URL()
				here, there := newProgram(t, cfg), start(t, cfg)
				if name == "RestartedOld" {
					if err := takeTurns(here, there); err != nil { // tags and an entry, to come back
						t.Fatal(err)
					}
					onRedis("save")(t, server)
				}
				underFaults(t, here, there, func() { fault(t, server) })
			})
		}
	}
	for _, kind := range []string{"redis", "tiered"} {
		t.Run("store="+kind+"/Full", func(t *testing.T) {
			t.Parallel()
			cfg := newConfig(t, kind)
			server := testservers.NewRedis(t)
			cfg.Address = server.URL()
			here := newProgram(t, cfg)
			underFaults(t, here, start(t, cfg), func() {
				onRedis("config", "set", "maxmemory", "1")(t, server)
				if _, err := here.write(); !errors.Is(err, invalidation.ErrRefused) {
					t.Errorf("a write while memory is full: got %v; want ErrRefused", err)
				}
				onRedis("config", "set", "maxmemory", "0")(t, server)
			})
		})
	}
	t.Run("store=memcached/Flushed", func(t *testing.T) {
		t.Parallel()
		cfg := newConfig(t, "memcached")
		cfg.Address = testservers.NewMemcached(t).Addr()
		mc := memcache.New(cfg.Address)
		underFaults(t, newProgram(t, cfg), start(t, cfg), func() {
			if err := mc.FlushAll(); err != nil {
				t.Error(err)
			}
		})
	})
}

const (
	// faultsEach is how many faults a store has to go through.
	faultsEach = 8

	// turnsAtOnce is how often programs take turns before they look whether it is over.
	turnsAtOnce = 40
)

// underFaults has programs take turns while fault happens, each time the cache has
// answered again after the one before.
func underFaults(t *testing.T, here *program, there *process, fault func()) {
	t.Helper()
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		var err error
		for running := true; running && err == nil; {
			select {
			case <-stop:
				running = false // and once more after the last fault
			default:
			}
			err = takeTurns(here, there)
		}
		ended <- err
	}()
	for i := range faultsEach {
		hits := here.cache.Stats().Hits
		await(t, fmt.Sprint("a hit before fault ", i), func() bool {
			return here.cache.Stats().Hits > hits || len(ended) > 0
		})
		fault()
	}
	close(stop)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func takeTurns(here *program, there *process) error {
	stale, err := alternate(here, there, turnsAtOnce)
	if len(stale) > 0 {
		return fmt.Errorf("%d of %d reads stale, the first: %s", len(stale), turnsAtOnce, stale[0])
	}
	return err
}

// TestWrongServers: a store that is none, or lets nobody in, costs the cache and
// nothing else.
func TestWrongServers(t *testing.T) {
	t.Parallel()
	postgres := strings.TrimPrefix(testservers.Postgres(t).URL(), "postgres://")
	postgres = postgres[strings.LastIndexByte(postgres, '@')+1:]
	postgres = postgres[:strings.IndexByte(postgres, '/')]
	redisAddr := adminOf(t, testservers.Redis(t)).Options().Addr
	for _, tt := range []struct{ name, kind, address string }{
		{"NoPassword", "redis", "redis://" + redisAddr},
		{"WrongPassword", "redis", "redis://:wrong@" + redisAddr},
		{"WrongPassword", "tiered", "redis://:wrong@" + redisAddr},
		{"Nobody", "redis", "redis://127.0.0.1:1"},
		{"Memcached", "redis", "redis://" + testservers.Memcached(t).Addr()},
		{"PostgreSQL", "redis", "redis://" + postgres},
		{"Nobody", "memcached", "127.0.0.1:1"},
		{"Redis", "memcached", redisAddr},
		{"PostgreSQL", "memcached", postgres},
	} {
		t.Run("store="+tt.kind+"/"+tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := newConfig(t, tt.kind)
			cfg.Address, cfg.Mode = tt.address, invalidation.Available
			p, err := openProgram(cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = p.close() }() // the store has not taken what was written
			for range 4 {
				want := must(t, p.write)
				if got := must(t, p.read); got != want {
					t.Errorf("got version %d; want %d", got, want)
				}
				want = must(t, p.transact)
				if got := must(t, p.read); got != want {
					t.Errorf("after a transaction: got version %d; want %d", got, want)
				}
			}
			if st := p.cache.Stats(); st.Hits+st.Misses > 0 || st.Bypasses != 8 {
				t.Errorf("got %+v; want 8 reads that were bypassed", st.ReadStats)
			}
		})
	}
}
