package target

import (
	"context"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// redisURL is the server's address in the form of -store.
func redisURL(s *testservers.RedisServer) string { return strings.TrimSuffix(s.URL(), "/") }

// clusterURL likewise.
func clusterURL(c *testservers.RedisClusterServers) string {
	u, err := url.Parse(c.URL())
	if err != nil {
		panic(err)
	}
	hosts := strings.Join(append([]string{u.Host}, u.Query()["addr"]...), ",")
	return "redis-cluster://" + u.User.String() + "@" + hosts
}

// openStore opens a store, which is closed with the test.
func openStore(t *testing.T, address string) *Store {
	t.Helper()
	s := tryStore(t, address)
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func tryStore(t *testing.T, address string) *Store {
	t.Helper()
	u, err := ParseStore(address)
	if err != nil {
		t.Fatal(err)
	}
	s, err := u.Open(t.Context(), 4)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// roundTrip keeps an entry and reports whether the store has it afterwards.
func roundTrip(t *testing.T, s *Store) {
	t.Helper()
	key, tags, states := backends.Key{1}, []string{"tag"}, make([]backends.TagState, 1)
	if _, err := s.Load(t.Context(), key, tags, states); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context(), key, backends.AppendEntry(nil, key, states, []byte("rows")), time.Minute); err != nil {
		t.Fatal(err)
	}
	if entry, err := s.Load(t.Context(), key, tags, states); err != nil || entry == nil {
		t.Errorf("got %d bytes, %v; want the entry", len(entry), err)
	}
}

func TestEveryStoreOpens(t *testing.T) {
	for name, address := range map[string]func(*testing.T) string{
		"memory":    func(*testing.T) string { return "memory://?size=1MiB" },
		"redis":     func(t *testing.T) string { return redisURL(testservers.Redis(t)) },
		"cluster":   func(t *testing.T) string { return clusterURL(testservers.RedisCluster(t)) },
		"memcached": func(t *testing.T) string { return "memcached://" + testservers.Memcached(t).Addr() },
	} {
		t.Run(name, func(t *testing.T) { roundTrip(t, openStore(t, address(t))) })
		if name != "memory" {
			t.Run("tiered "+name, func(t *testing.T) {
				roundTrip(t, openStore(t, "tiered+"+address(t)+"?size=1MiB&compress=64&prefix=test:&pool=3"))
			})
		}
	}
}

// What was kept for one sandbox must not be found for the next, whose rows differ.
func TestStoresShareNothing(t *testing.T) {
	address := redisURL(testservers.Redis(t)) + "?prefix=same:"
	roundTrip(t, openStore(t, address))
	states := make([]backends.TagState, 1)
	if entry, err := openStore(t, address).Load(t.Context(), backends.Key{1}, []string{"tag"}, states); err != nil || entry != nil {
		t.Errorf("got %d bytes, %v; want none", len(entry), err)
	}
}

func TestRedisKeepsNothing(t *testing.T) {
	server := testservers.NewRedis(t)
	s := tryStore(t, redisURL(server)+"?prefix=*[a]")
	roundTrip(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	o, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(o)
	defer func() { _ = rdb.Close() }() // the test is over
	if keys, err := rdb.Keys(t.Context(), "*").Result(); err != nil || len(keys) > 0 {
		t.Errorf("left %q, %v", keys, err)
	}
}

// deadAddr is one where nobody answers.
func deadAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // that nobody listens is the point
	return l.Addr().String()
}

func TestStoreThatCannotBeUsed(t *testing.T) {
	hosts := func(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
	node := testservers.Redis(t)
	cluster := clusterURL(testservers.RedisCluster(t))
	first, _, _ := strings.Cut(cluster[len("redis-cluster://"):], ",")
	memcached := testservers.Memcached(t).Addr()
	for address, want := range map[string]string{
		"redis://:secret@" + deadAddr(t):                  "connection refused",
		"redis-cluster://:secret@" + deadAddr(t):          "connection refused",
		"tiered+redis://" + deadAddr(t):                   "connection refused",
		"memcached://" + deadAddr(t):                      "connection refused",
		"memcached://" + memcached + "," + deadAddr(t):    "connection refused",
		"redis://" + hosts(redisURL(node)):                "wants a password",
		"redis://me:secret@" + hosts(redisURL(node)):      "no such user and password",
		"redis://" + first:                                "want redis-cluster://",
		"redis-cluster" + redisURL(node)[len("redis"):]:   "want redis://",
		"memcached://" + hosts(redisURL(node)):            "memcached at",
		"redis://" + memcached:                            "redis at",
		"redis://gojohnny-no-such-host.invalid:6379":      "gojohnny-no-such-host.invalid",
		"memcached://gojohnny-no-such-host.invalid:11211": "gojohnny-no-such-host.invalid",
		redisURL(node) + "/99999":                         "DB index",
	} {
		u, err := ParseStore(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		start := time.Now()
		_, err = u.Open(t.Context(), 4)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v; want an error with %q", address, err, want)
			continue
		}
		if text := err.Error(); strings.Contains(text, "secret") || strings.Contains(text, "\n") {
			t.Errorf("%s: error holds the password or a line break: %q", address, text)
		}
		if d := time.Since(start); d > connectTimeout+time.Second {
			t.Errorf("%s: took %v to say so", address, d)
		}
		t.Log(err)
	}
}
