package redisstore_test

import (
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/backendtest"
	"github.com/gojohnny/gojohnny/backends/redisstore"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

func TestConformance(t *testing.T) {
	for _, protocol := range []int{2, 3} {
		t.Run(fmt.Sprintf("RESP%d", protocol), func(t *testing.T) {
			server := testservers.NewRedis(t)
			client := func(t testing.TB) redis.UniversalClient {
				return dial(t, server, func(o *redis.Options) { o.Protocol = protocol })
			}
			backendtest.Run(t, harness(client, []*testservers.RedisServer{server}, nil))
		})
	}
}

func TestConformanceOnACluster(t *testing.T) {
	cluster := testservers.NewRedisCluster(t, 3)
	client := func(t testing.TB) redis.UniversalClient { return dialCluster(t, cluster) }
	backendtest.Run(t, harness(client, cluster.Nodes, nil))
}

func TestConformanceOfCompressedEntries(t *testing.T) {
	server := testservers.NewRedis(t)
	client := func(t testing.TB) redis.UniversalClient { return dial(t, server) }
	opts := &redisstore.Options{CompressAbove: 1}
	backendtest.Run(t, harness(client, []*testservers.RedisServer{server}, opts))
}

// harness is that of a store whose data is on servers, reached by client.
func harness(client func(testing.TB) redis.UniversalClient, servers []*testservers.RedisServer, opts *redisstore.Options) backendtest.Harness {
	kill := func(t *testing.T) (start func()) {
		for _, s := range servers { // a restart with all data is the hardest
			must(t, dial(t, s).Save(t.Context()).Err())
			s.Kill(t)
		}
		return func() {
			for _, s := range servers {
				s.Start(t)
			}
		}
	}
	return backendtest.Harness{
		Open: func(t *testing.T) (one, other backends.Store) {
			return open(t, client(t), opts), open(t, client(t), opts)
		},
		Forget: func(t *testing.T, _ backends.Store, tag string) {
			must(t, client(t).Del(t.Context(), tagKey(tag)).Err())
		},
		DropFences: func(t *testing.T, _ backends.Store, tag string) {
			rdb := client(t)
			v := must2(rdb.Get(t.Context(), tagKey(tag)).Result())(t)
			must(t, rdb.Set(t.Context(), tagKey(tag), v[:20], 0).Err())
		},
		Restart: func(t *testing.T, _ backends.Store) { kill(t)() },
		Cut:     func(t *testing.T, _ backends.Store) (mend func()) { return kill(t) },
		Corrupt: func(t *testing.T, _ backends.Store, key backends.Key) {
			rdb := client(t)
			v := []byte(must2(rdb.Get(t.Context(), entryKey(key)).Result())(t))
			v[len(v)/2] ^= 1
			must(t, rdb.Set(t.Context(), entryKey(key), v, redis.KeepTTL).Err())
		},
	}
}
