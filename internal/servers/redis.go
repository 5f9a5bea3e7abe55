package servers

import (
	"context"
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"slices"
)

// The settings of a Redis that keeps nothing when it ends.
const redisConf = `
bind 127.0.0.1
save ""
appendonly no
`

// A Redis is a Redis or Valkey server.
type Redis struct {
	url     *url.URL
	child   *child
	command []string // that starts it, less the port
}

// StartRedis starts a server. The arguments are added to its command line:
// "--maxmemory", "10mb". The error wraps [ErrMissing] where it is not installed.
func StartRedis(args ...string) (*Redis, error) {
	return startRedis(func(*child) ([]string, error) { return nil, nil }, args)
}

// startRedis starts a server, with what prepare returns before it on the command line.
func startRedis(prepare func(*child) (before []string, err error), args []string) (*Redis, error) {
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
	before, err := prepare(c)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	s := &Redis{child: c, command: slices.Concat(before, []string{program, conf}, args)}
	if err := onFreePort(s.listen); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return s, nil
}

// listen starts the server on a port and returns when it answers.
func (s *Redis) listen(port string) error {
	host := net.JoinHostPort("127.0.0.1", port)
	s.url = &url.URL{Scheme: "redis", User: url.UserPassword("", password), Host: host}
	if err := s.child.start(s.command[0], append(s.command[1:], "--port", port)...); err != nil {
		return err
	}
	return s.child.await(func(ctx context.Context) error {
		return ask(ctx, host, "AUTH "+password+"\r\nPING\r\n", "+OK\r\n+PONG\r\n")
	})
}

// URL returns the server's address: redis://:password@host:port.
func (s *Redis) URL() *url.URL {
	u := *s.url
	return &u
}

// Kill ends the server with SIGKILL: it saves nothing. What it saved before, when it
// was told SAVE, it comes back with.
func (s *Redis) Kill() error { return s.child.kill() }

// Start starts a server that was killed, on its port, and returns when it answers.
func (s *Redis) Start() error { return s.listen(s.url.Port()) }

// Freeze stops the server as a machine that hangs does: connections stand, and nothing
// answers. It goes on when thaw is called.
func (s *Redis) Freeze() (thaw func(), err error) { return s.child.freeze() }

// Flush makes the server forget everything.
func (s *Redis) Flush(ctx context.Context) error {
	return ask(ctx, s.url.Host, "AUTH "+password+"\r\nFLUSHALL\r\n", "+OK\r\n+OK\r\n")
}

// Close ends the server.
func (s *Redis) Close() error { return s.child.close() }
