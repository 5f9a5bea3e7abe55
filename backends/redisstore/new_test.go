package redisstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/redisstore"
	"github.com/gojohnny/gojohnny/internal/imports"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

func TestImports(t *testing.T) {
	imports.Only(t,
		"github.com/gojohnny/gojohnny/backends", "github.com/gojohnny/gojohnny/backends/breaker",
		"github.com/gojohnny/gojohnny/backends/compress",
		"github.com/redis/go-redis/v9", "github.com/redis/go-redis/v9/...",
		"github.com/cespare/xxhash/v2", "go.uber.org/atomic", "golang.org/x/sys/cpu", // go-redis's
		"github.com/klauspost/compress/...",
	)
}

func TestNewRefuses(t *testing.T) {
	single := func(o redis.Options) redis.UniversalClient { return redis.NewClient(&o) }
	cluster := func(o redis.ClusterOptions) redis.UniversalClient { return redis.NewClusterClient(&o) }
	for _, c := range []struct {
		name string
		rdb  redis.UniversalClient
		opts redisstore.Options
		want string
	}{
		{"nothing", nil, redisstore.Options{}, "neither"},
		{"a Ring", redis.NewRing(&redis.RingOptions{}), redisstore.Options{}, "would return"},
		{"a cache", single(redis.Options{ClientSideCacheConfig: &redis.ClientSideCacheConfig{}}), redisstore.Options{}, "ClientSideCache"},
		{"reads from replicas", cluster(redis.ClusterOptions{ReadOnly: true}), redisstore.Options{}, "replicas"},
		{"the nearest", cluster(redis.ClusterOptions{RouteByLatency: true}), redisstore.Options{}, "replicas"},
		{"any", cluster(redis.ClusterOptions{RouteRandomly: true}), redisstore.Options{}, "replicas"},
		{"negative", single(redis.Options{}), redisstore.Options{Quarantine: -1}, "Quarantine is -1ns"},
		{"negative", single(redis.Options{}), redisstore.Options{CompressAbove: -1}, "CompressAbove is -1"},
		{"negative", single(redis.Options{}), redisstore.Options{WaitReplicas: -1}, "WaitReplicas is -1"},
		{"negative", single(redis.Options{}), redisstore.Options{WaitTimeout: -1}, "WaitTimeout is -1ns"},
		{"cannot wait", single(redis.Options{ReadTimeout: 300 * time.Millisecond}), redisstore.Options{WaitReplicas: 1}, "ReadTimeout of 300ms"},
		{"cannot wait", cluster(redis.ClusterOptions{}), redisstore.Options{WaitReplicas: 1, WaitTimeout: time.Minute}, "ReadTimeout of 5s"},
	} {
		s, err := redisstore.New(c.rdb, &c.opts)
		if s != nil || err == nil || !strings.HasPrefix(err.Error(), "redisstore: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v; want one that says %q", c.name, err, c.want)
		}
		if c.rdb != nil {
			must(t, c.rdb.Close())
		}
	}
}

// What is wrong with the server, the first call says.
func TestWrongServer(t *testing.T) {
	server := testservers.Redis(t)
	for want, adjust := range map[string]func(*redis.Options){
		"connection refused": func(o *redis.Options) { o.Addr = "127.0.0.1:1" },
		"NOAUTH":             func(o *redis.Options) { o.Password = "" },
		"WRONGPASS":          func(o *redis.Options) { o.Password = "wrong" },
	} {
		rdb := dial(t, server, adjust, func(o *redis.Options) { o.MaxRetries, o.DialerRetries = -1, 1 })
		_, err := open(t, rdb, nil).Load(t.Context(), newKey(), newTags(1), make([]backends.TagState, 1))
		if err == nil || !strings.HasPrefix(err.Error(), "redisstore: load: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want it to say %s", err, want)
		}
	}
}

// A client of one node is told what the cluster says.
func TestClientOfOneNodeOfACluster(t *testing.T) {
	node := testservers.RedisCluster(t).Nodes[0]
	for _, replicas := range []int{0, 1} {
		s := open(t, dial(t, node), &redisstore.Options{WaitReplicas: replicas, WaitTimeout: time.Millisecond})
		tags := newTags(8)
		if err := s.Fence(t.Context(), tags, backends.NewToken(), hour); !redis.HasErrorPrefix(err, "CROSSSLOT") {
			t.Errorf("got %v; want CROSSSLOT", err)
		}
		await(t, "a tag of another node", func() bool {
			_, moved := redis.IsMovedError(s.Advance(t.Context(), newTags(1)))
			return moved
		})
	}
}

func TestReplicaIsRefused(t *testing.T) {
	first, second := testservers.NewRedis(t, syncAtOnce...), testservers.NewRedis(t)
	replicate(t, dial(t, first), dial(t, second))
	_, err := open(t, dial(t, second), nil).Load(t.Context(), newKey(), nil, nil)
	if err == nil || !strings.Contains(err.Error(), "replica") {
		t.Errorf("got %v; want it to name the replica", err)
	}
}

func TestArgumentsOutOfRange(t *testing.T) {
	s := open(t, dial(t, testservers.Redis(t)), nil)
	ctx, w, key := t.Context(), backends.NewToken(), newKey()
	_, loadErr := s.Load(ctx, key, newTags(2), make([]backends.TagState, 1))
	_, lockErr := s.TryLock(ctx, key, w, 0)
	for name, err := range map[string]error{
		"Load":    loadErr,
		"Save":    s.Save(ctx, key, nil, 0),
		"Fence":   s.Fence(ctx, newTags(1), w, 0),
		"Advance": s.Advance(ctx, []string{strings.Repeat("x", backends.MaxTagLen+1)}),
		"Lift":    s.Lift(ctx, []string{""}, w, true),
		"TryLock": lockErr,
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// One hash tag in the prefix keeps everything together, and odd ones apart.
func TestPrefix(t *testing.T) {
	cluster := dialCluster(t, testservers.RedisCluster(t))
	for _, prefix := range []string{"{app}:", "odd{", "}", "x y\n"} {
		w := newWorld(t, open(t, cluster, &redisstore.Options{Prefix: prefix}))
		w.read("v1", miss)
		w.read("v1", hit)
		w.write("v2")
		w.read("v2", miss)
		if n := must2(cluster.Exists(t.Context(), prefix+"t:"+w.tags[0]).Result())(t); n != 1 {
			t.Errorf("prefix %q: the tag is not where it should be", prefix)
		}
	}
}

// A client that was used before knows servers that have no hooks yet.
func TestClusterClientThatWasUsedBefore(t *testing.T) {
	rdb := dialCluster(t, testservers.RedisCluster(t))
	for _, tag := range newTags(30) {
		set(t, rdb, tag, "")
	}
	w := newWorld(t, open(t, rdb, nil))
	w.tags = newTags(12)
	w.read("v1", miss)
	w.read("v1", hit)
}
