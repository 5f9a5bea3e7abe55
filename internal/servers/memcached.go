package servers

import (
	"context"
	"errors"
	"net"
)

// A Memcached is a memcached server.
type Memcached struct {
	addr    string
	child   *child
	command []string // that starts it, less the port
}

// StartMemcached starts a server. The arguments are added to its command line: "-m",
// "8". The error wraps [ErrMissing] where it is not installed.
func StartMemcached(args ...string) (*Memcached, error) {
	program, err := memcachedProgram()
	if err != nil {
		return nil, err
	}
	c, err := newChild("KILL")
	if err != nil {
		return nil, err
	}
	s := &Memcached{child: c, command: append([]string{program, "-l", "127.0.0.1"}, args...)}
	if err := onFreePort(s.listen); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return s, nil
}

// listen starts the server on a port and returns when it answers.
func (s *Memcached) listen(port string) error {
	s.addr = net.JoinHostPort("127.0.0.1", port)
	if err := s.child.start(s.command[0], append(s.command[1:], "-p", port)...); err != nil {
		return err
	}
	return s.child.await(func(ctx context.Context) error { return ask(ctx, s.addr, "mn\r\n", "MN\r\n") })
}

// Addr returns the server's address: host:port.
func (s *Memcached) Addr() string { return s.addr }

// Kill ends the server with SIGKILL, and all that it kept.
func (s *Memcached) Kill() error { return s.child.kill() }

// Start starts a server that was killed, on its port, and returns when it answers.
func (s *Memcached) Start() error {
	_, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		return err
	}
	return s.listen(port)
}

// Freeze stops the server as a machine that hangs does: connections stand, and nothing
// answers. It goes on when thaw is called.
func (s *Memcached) Freeze() (thaw func(), err error) { return s.child.freeze() }

// Flush makes the server forget everything.
func (s *Memcached) Flush(ctx context.Context) error {
	return ask(ctx, s.addr, "flush_all\r\n", "OK\r\n")
}

// Close ends the server.
func (s *Memcached) Close() error { return s.child.close() }
