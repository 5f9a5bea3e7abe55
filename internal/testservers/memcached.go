package testservers

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"testing"
)

// A MemcachedServer is a memcached server.
type MemcachedServer struct {
	addr  string
	child *child
}

// Memcached returns a server that all tests of the binary share, and maybe other
// programs: whoever uses it keeps to a key prefix of its own.
func Memcached(t testing.TB) *MemcachedServer {
	t.Helper()
	s, err := sharedMemcached()
	check(t, err)
	return s
}

// NewMemcached returns an empty server of the test's own, which ends with the test.
// The arguments are added to its command line: "-m", "8".
func NewMemcached(t testing.TB, args ...string) *MemcachedServer {
	t.Helper()
	s, err := startMemcached(args...)
	check(t, err)
	closeLater(t, s.child)
	return s
}

// Addr returns the server's address: host:port.
func (s *MemcachedServer) Addr() string { return s.addr }

// sharedMemcached is the server of [Memcached], started when first asked for.
var sharedMemcached = sync.OnceValues(func() (*MemcachedServer, error) {
	if addr := os.Getenv("GOJOHNNY_MEMCACHED_ADDR"); addr != "" {
		return &MemcachedServer{addr: addr}, nil
	}
	s, err := startMemcached()
	if err == nil {
		share(s.child)
	}
	return s, err
})

func startMemcached(args ...string) (*MemcachedServer, error) {
	program, err := memcachedProgram()
	if err != nil {
		return nil, err
	}
	c, err := newChild("KILL")
	if err != nil {
		return nil, err
	}
	s := &MemcachedServer{child: c}
	err = onFreePort(func(port string) error {
		s.addr = net.JoinHostPort("127.0.0.1", port)
		if err := c.start(program, append([]string{"-l", "127.0.0.1", "-p", port}, args...)...); err != nil {
			return err
		}
		return c.await(func(ctx context.Context) error { return ask(ctx, s.addr, "mn\r\n", "MN\r\n") })
	})
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return s, nil
}
