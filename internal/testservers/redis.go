package testservers

import (
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"

	"github.com/gojohnny/gojohnny/internal/servers"
)

// A RedisServer is a Redis or Valkey server.
type RedisServer struct {
	url string
	own *servers.Redis // nil if other tests use it
}

// Redis returns a server that all tests of the binary share, and maybe other
// programs: whoever uses it keeps to a key prefix of its own.
func Redis(t testing.TB) *RedisServer {
	t.Helper()
	s, err := sharedRedis()
	check(t, err)
	return s
}

// NewRedis returns an empty server of the test's own, which ends with the test.
// The arguments are added to its command line: "--maxmemory", "10mb".
func NewRedis(t testing.TB, args ...string) *RedisServer {
	t.Helper()
	s, err := startRedis(args...)
	check(t, err)
	closeLater(t, s)
	return ownRedis(s)
}

func ownRedis(s *servers.Redis) *RedisServer { return &RedisServer{s.URL().String(), s} }

// URL returns the server's address: redis://:password@host:port.
func (s *RedisServer) URL() string { return s.url }

// sharedRedis is the server of [Redis], started when first asked for.
var sharedRedis = sync.OnceValues(func() (*RedisServer, error) {
	if address := os.Getenv(redisVariable); address != "" {
		if _, err := url.Parse(address); err != nil {
			return nil, fmt.Errorf("%s: %w", redisVariable, err)
		}
		return &RedisServer{url: address}, nil
	}
	s, err := startRedis()
	if err != nil {
		return nil, err
	}
	share(s)
	return &RedisServer{url: s.URL().String()}, nil
})

func startRedis(args ...string) (*servers.Redis, error) {
	s, err := servers.StartRedis(args...)
	return s, orSkip(err, redisVariable)
}

// Kill ends a server from [NewRedis] with SIGKILL: it saves nothing. What it saved
// before, when it was told SAVE, it comes back with.
func (s *RedisServer) Kill(t testing.TB) {
	t.Helper()
	s.needOwn(t)
	check(t, s.own.Kill())
}

// Start starts a server that was killed, on its port, and returns when it answers.
func (s *RedisServer) Start(t testing.TB) {
	t.Helper()
	s.needOwn(t)
	check(t, s.own.Start())
}

// Freeze stops a server from [NewRedis] as a machine that hangs does: connections
// stand, and nothing answers. It goes on when thaw is called, or the test has ended.
func (s *RedisServer) Freeze(t testing.TB) (thaw func()) {
	t.Helper()
	s.needOwn(t)
	thaw, err := s.own.Freeze()
	check(t, err)
	t.Cleanup(thaw)
	return thaw
}

func (s *RedisServer) needOwn(t testing.TB) {
	t.Helper()
	if s.own == nil {
		t.Fatal("testservers: a fault on a Redis that other tests use; ask NewRedis for one")
	}
}
