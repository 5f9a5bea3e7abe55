package testservers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// The settings of a Redis that keeps nothing when it ends.
const redisConf = `
bind 127.0.0.1
save ""
appendonly no
`

// A RedisServer is a Redis or Valkey server.
type RedisServer struct {
	url     *url.URL
	child   *child
	command []string // that starts it, less the port
	own     bool     // no other test uses it
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
	closeLater(t, s.child)
	s.own = true
	return s
}

// URL returns the server's address: redis://:password@host:port.
func (s *RedisServer) URL() string { return s.url.String() }

// sharedRedis is the server of [Redis], started when first asked for.
var sharedRedis = sync.OnceValues(func() (*RedisServer, error) {
	if address := os.Getenv("GOJOHNNY_REDIS_URL"); address != "" {
		u, err := url.Parse(address)
		if err != nil {
			return nil, fmt.Errorf("GOJOHNNY_REDIS_URL: %w", err)
		}
		return &RedisServer{url: u}, nil
	}
	s, err := startRedis()
	if err == nil {
		share(s.child)
	}
	return s, err
})

func startRedis(args ...string) (*RedisServer, error) {
	program, err := redisProgram()
	if err != nil {
		return nil, err
	}
	c, err := newChild("KILL")
	if err != nil {
		return nil, err
	}
	conf := filepath.Join(c.dir, "redis.conf") // the command line shows to all users
	if err := c.writeFile(conf, redisConf+"requirepass "+password+"\n"); err != nil {
		return nil, errors.Join(err, c.close())
	}
	s := &RedisServer{child: c, command: append([]string{program, conf}, args...)}
	if err := onFreePort(s.listen); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return s, nil
}

// listen starts the server on a port and returns when it answers.
func (s *RedisServer) listen(port string) error {
	host := net.JoinHostPort("127.0.0.1", port)
	s.url = &url.URL{Scheme: "redis", User: url.UserPassword("", password), Host: host}
	if err := s.child.start(s.command[0], append(s.command[1:], "--port", port)...); err != nil {
		return err
	}
	return s.child.await(func(ctx context.Context) error {
		return ask(ctx, host, "AUTH "+password+"\r\nPING\r\n", "+OK\r\n+PONG\r\n")
	})
}
