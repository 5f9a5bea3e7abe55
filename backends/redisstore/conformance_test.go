package redisstore_test

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/backendtest"
	"github.com/gojohnny/gojohnny/backends/redisstore"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

func TestMain(m *testing.M) { testservers.Main(m) }

// dial returns a client of the server at url, adjusted by each of adjust.
func dial(t testing.TB, url string, adjust ...func(*redis.Options)) *redis.Client {
	t.Helper()
	opts, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	opts.ContextTimeoutEnabled = true
	for _, f := range adjust {
		f(opts)
	}
	rdb := redis.NewClient(opts)
	t.Cleanup(func() {
		if err := rdb.Close(); err != nil {
			t.Error(err)
		}
	})
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

func TestConformance(t *testing.T) {
	for name, protocol := range map[string]int{"RESP2": 2, "RESP3": 3} {
		t.Run(name, func(t *testing.T) {
			url := testservers.Redis(t).URL()
			resp := func(o *redis.Options) { o.Protocol = protocol }
			backendtest.Run(t, backendtest.Harness{
				Open: func(t *testing.T) (one, other backends.Store) {
					return open(t, dial(t, url, resp), nil), open(t, dial(t, url, resp), nil)
				},
				Forget: func(t *testing.T, _ backends.Store, tag string) {
					rdb := dial(t, url)
					if err := rdb.Del(context.Background(), "gojohnny:t:"+tag).Err(); err != nil {
						t.Fatal(err)
					}
				},
			})
		})
	}
}
