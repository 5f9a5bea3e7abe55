package memcachestore

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends/breaker"
)

// pingTimeout bounds each step of a ping: the client knows no contexts.
const pingTimeout = time.Second

type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// servers knows which of a client's servers do not answer. The client does not say
// to which server a key goes, but it says whom it dials, so the breakers are there:
// calls to a dead server fail before anything is sent, calls to others do not.
type servers struct {
	dial   dialer
	closed atomic.Bool
	group  breaker.Group

	mu       sync.Mutex
	breakers map[string]*breaker.Breaker
}

// watch puts breakers before the servers of mc.
func watch(mc *memcache.Client) *servers {
	s := &servers{dial: mc.DialContext, breakers: map[string]*breaker.Breaker{}}
	if s.dial == nil {
		s.dial = new(net.Dialer).DialContext
	}
	mc.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		b := s.breaker(address)
		if err := b.Allow(); err != nil {
			return nil, err
		}
		c, err := s.dial(ctx, network, address)
		if err != nil {
			b.Failure()
			return nil, err
		}
		return &conn{Conn: c, breaker: b}, nil
	}
	return s
}

// breaker returns the one of a server.
func (s *servers) breaker(address string) *breaker.Breaker {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.breakers[address]
	if b == nil {
		b = s.group.New(func(context.Context) error { return s.ping(address) })
		s.breakers[address] = b
	}
	return b
}

// ping asks a server whether it answers, past its breaker.
func (s *servers) ping(address string) error {
	if s.closed.Load() {
		return breaker.ErrGone
	}
	mc := memcache.New(address)
	mc.DialContext = s.dial
	mc.Timeout = pingTimeout
	return errors.Join(mc.Ping(), mc.Close())
}

func (s *servers) close() { s.closed.Store(true) }

func (s *servers) opened() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n uint64
	for _, b := range s.breakers {
		n += b.Opened()
	}
	return n
}

// A conn tells a breaker how it fares.
type conn struct {
	net.Conn
	breaker *breaker.Breaker
}

func (c *conn) Write(b []byte) (int, error) {
	if err := c.breaker.Allow(); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		c.breaker.Failure()
		return n, err
	}
	c.breaker.Success()
	return n, nil
}
