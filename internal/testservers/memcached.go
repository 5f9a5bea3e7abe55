package testservers

import (
	"os"
	"sync"
	"testing"

	"github.com/gojohnny/gojohnny/internal/servers"
)

// A MemcachedServer is a memcached server.
type MemcachedServer struct{ addr string }

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
	closeLater(t, s)
	return &MemcachedServer{s.Addr()}
}

// Addr returns the server's address: host:port.
func (s *MemcachedServer) Addr() string { return s.addr }

// sharedMemcached is the server of [Memcached], started when first asked for.
var sharedMemcached = sync.OnceValues(func() (*MemcachedServer, error) {
	if addr := os.Getenv(memcachedVariable); addr != "" {
		return &MemcachedServer{addr}, nil
	}
	s, err := startMemcached()
	if err != nil {
		return nil, err
	}
	share(s)
	return &MemcachedServer{s.Addr()}, nil
})

func startMemcached(args ...string) (*servers.Memcached, error) {
	s, err := servers.StartMemcached(args...)
	return s, orSkip(err, memcachedVariable)
}
