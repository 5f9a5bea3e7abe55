package testservers

import (
	"sync"
	"testing"

	"github.com/gojohnny/gojohnny/internal/servers"
)

// A RedisClusterServers is a Redis Cluster of masters without replicas. It takes a
// Redis 7 or a Valkey that is installed.
type RedisClusterServers struct {
	Nodes []*RedisServer // with equal shares of the slots, in their order

	url string
}

// RedisCluster returns a cluster of three masters that all tests of the binary
// share: whoever uses it keeps to a key prefix of its own.
func RedisCluster(t testing.TB) *RedisClusterServers {
	t.Helper()
	c, err := sharedRedisCluster()
	check(t, err)
	return c
}

// NewRedisCluster returns an empty cluster of the test's own, which ends with the
// test.
func NewRedisCluster(t testing.TB, masters int) *RedisClusterServers {
	t.Helper()
	c, err := startRedisCluster(masters)
	check(t, err)
	closeLater(t, c)
	s := &RedisClusterServers{url: c.URL().String()}
	for _, node := range c.Nodes {
		s.Nodes = append(s.Nodes, ownRedis(node))
	}
	return s
}

// URL returns the cluster's address, redis://:password@host:port?addr=host:port&...,
// which go-redis takes as it is.
func (c *RedisClusterServers) URL() string { return c.url }

// sharedRedisCluster is the cluster of [RedisCluster], started when first asked for.
var sharedRedisCluster = sync.OnceValues(func() (*RedisClusterServers, error) {
	c, err := startRedisCluster(3)
	if err != nil {
		return nil, err
	}
	share(c)
	s := &RedisClusterServers{url: c.URL().String()}
	for _, node := range c.Nodes {
		s.Nodes = append(s.Nodes, &RedisServer{url: node.URL().String()})
	}
	return s, nil
})

func startRedisCluster(masters int) (*servers.RedisCluster, error) {
	c, err := servers.StartRedisCluster(masters, nil)
	return c, orSkip(err, redisVariable)
}
