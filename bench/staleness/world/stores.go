//go:build unix

package world

import (
	"net"
	"strings"

	"github.com/gojohnny/gojohnny/internal/servers"
)

// The stores have so little memory that filling it evicts, and the options that their
// packages' documentation asks for: Redis must not evict what has no time to live,
// memcached must not evict leases. The workers add Quarantine.
const (
	memorySize      = "64KiB" // of the workers' own, which evicts all the time
	redisMemory     = "16mb"
	memcachedMemory = "8" // in MiB
)

var redisArgs = []string{"--maxmemory", redisMemory, "--maxmemory-policy", "volatile-lru"}

func (w *World) startRedis() error {
	s, err := servers.StartRedis(redisArgs...)
	if err != nil {
		return err
	}
	p, err := NewProxy("redis", s.URL().Host)
	if err != nil {
		return err
	}
	w.addStore(s, p)
	address := s.URL()
	address.Host = p.Addr
	w.StoreURL = address.String()
	return nil
}

func (w *World) startMemcached() error {
	s, err := servers.StartMemcached("-m", memcachedMemory, "-o", "temporary_ttl=61")
	if err != nil {
		return err
	}
	p, err := NewProxy("memcached", s.Addr())
	if err != nil {
		return err
	}
	w.addStore(s, p)
	w.StoreURL = "memcached://" + p.Addr
	return nil
}

// clusterNodes is how many masters a cluster has.
const clusterNodes = 3

// startRedisCluster starts a cluster whose nodes tell clients the proxies' ports.
func (w *World) startRedisCluster() error {
	var ports [clusterNodes]string
	for i := range ports {
		var err error
		if ports[i], err = servers.FreePort(); err != nil {
			return err
		}
	}
	c, err := servers.StartRedisCluster(clusterNodes, func(node int) []string {
		return append([]string{"--cluster-announce-ip", "127.0.0.1", "--cluster-announce-port", ports[node]}, redisArgs...)
	})
	if err != nil {
		return err
	}
	var hosts []string
	for i, s := range c.Nodes {
		p, err := newProxyAt("redis", net.JoinHostPort("127.0.0.1", ports[i]), s.URL().Host)
		if err != nil {
			return err
		}
		w.addStore(s, p)
		hosts = append(hosts, p.Addr)
	}
	w.StoreURL = "redis-cluster://" + c.Nodes[0].URL().User.String() + "@" + strings.Join(hosts, ",")
	return nil
}
