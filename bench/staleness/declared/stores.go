//go:build unix

package declared

import (
	"net/url"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/bench/staleness/world"
	"github.com/gojohnny/gojohnny/internal/servers"
)

// A storeAt is a store that actors reach through proxies.
type storeAt interface {
	reach(*stage) (url string, proxies []*world.Proxy, err error)
}

// redisAt is a Redis.
type redisAt struct {
	*servers.Redis
	admin *redis.Client
}

func (s *stage) redis(args ...string) *redisAt { return s.redisOf(servers.StartRedis, args...) }

func (s *stage) redisOf(start func(...string) (*servers.Redis, error), args ...string) *redisAt {
	r := &redisAt{}
	if s.err != nil {
		return r
	}
	if r.Redis, s.err = start(args...); s.err != nil {
		return r
	}
	s.closers = append(s.closers, r.Close)
	var opts *redis.Options
	if opts, s.err = redis.ParseURL(r.URL().String()); s.err == nil {
		r.admin = redis.NewClient(opts)
		s.closers = append(s.closers, r.admin.Close)
	}
	return r
}

func (s *stage) proxy(upstream string) (*world.Proxy, error) {
	p, err := world.NewProxy("store", upstream)
	if err == nil {
		s.closers = append(s.closers, func() error { p.Close(); return nil })
	}
	return p, err
}

func (r *redisAt) reach(s *stage) (string, []*world.Proxy, error) {
	p, err := s.proxy(r.URL().Host)
	if err != nil {
		return "", nil, err
	}
	address := r.URL()
	address.Host = p.Addr
	return address.String(), []*world.Proxy{p}, nil
}

// memcachedAt is a memcached.
type memcachedAt struct {
	*servers.Memcached
	tier url.Values // of a store in memory before it; nil: there is none
}

func (s *stage) memcached(args ...string) *memcachedAt {
	m := &memcachedAt{}
	if s.err != nil {
		return m
	}
	if m.Memcached, s.err = servers.StartMemcached(args...); s.err == nil {
		s.closers = append(s.closers, m.Close)
	}
	return m
}

func (m *memcachedAt) reach(s *stage) (string, []*world.Proxy, error) {
	p, err := s.proxy(m.Addr())
	if err != nil {
		return "", nil, err
	}
	address := "memcached://" + p.Addr
	if m.tier != nil {
		address = "tiered+" + address + "?" + m.tier.Encode()
	}
	return address, []*world.Proxy{p}, nil
}
