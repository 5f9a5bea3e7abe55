package redisstore_test

import (
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/redisstore"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

func TestMain(m *testing.M) {
	redis.SetLogger(&logging.VoidLogger{}) // servers that are down are what the tests are about
	testservers.Main(m)
}

// dial returns a client of a server, adjusted by each of adjust.
func dial(t testing.TB, server *testservers.RedisServer, adjust ...func(*redis.Options)) *redis.Client {
	t.Helper()
	opts, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	opts.ContextTimeoutEnabled = true
	for _, f := range adjust {
		f(opts)
	}
	rdb := redis.NewClient(opts)
	t.Cleanup(func() { must(t, rdb.Close()) })
	return rdb
}

// dialCluster returns a client of a cluster, adjusted by each of adjust.
func dialCluster(t testing.TB, cluster *testservers.RedisClusterServers, adjust ...func(*redis.ClusterOptions)) *redis.ClusterClient {
	t.Helper()
	opts, err := redis.ParseClusterURL(cluster.URL())
	if err != nil {
		t.Fatal(err)
	}
	opts.ContextTimeoutEnabled = true
	for _, f := range adjust {
		f(opts)
	}
	rdb := redis.NewClusterClient(opts)
	t.Cleanup(func() { must(t, rdb.Close()) })
	return rdb
}

func open(t testing.TB, rdb redis.UniversalClient, opts *redisstore.Options) *redisstore.Store {
	t.Helper()
	s, err := redisstore.New(rdb, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// must2 passes on a value that came without an error.
func must2[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		must(t, err)
		return v
	}
}

func tagKey(tag string) string { return "gojohnny:t:" + tag }

func entryKey(key backends.Key) string { return "gojohnny:e:" + string(key[:]) }
