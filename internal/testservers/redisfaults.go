package testservers

import (
	"syscall"
	"testing"
)

// Kill ends a server from [NewRedis] with SIGKILL: it saves nothing. What it saved
// before, when it was told SAVE, it comes back with.
func (s *RedisServer) Kill(t testing.TB) {
	t.Helper()
	s.needOwn(t)
	// That the process was killed is no error here, unless it still runs.
	if err := s.child.stop(syscall.SIGKILL); s.child.pid != 0 {
		t.Fatal(err)
	}
}

// Start starts a server that was killed, on its port, and returns when it answers.
func (s *RedisServer) Start(t testing.TB) {
	t.Helper()
	s.needOwn(t)
	check(t, s.listen(s.url.Port()))
}

// Freeze stops a server from [NewRedis] as a machine that hangs does: connections
// stand, and nothing answers. It goes on when thaw is called, or the test has ended.
func (s *RedisServer) Freeze(t testing.TB) (thaw func()) {
	t.Helper()
	s.needOwn(t)
	pid := s.child.pid
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	thaw = func() { _ = syscall.Kill(pid, syscall.SIGCONT) } // it may have ended
	t.Cleanup(thaw)
	return thaw
}

func (s *RedisServer) needOwn(t testing.TB) {
	t.Helper()
	if !s.own {
		t.Fatal("testservers: a fault on a Redis that other tests use; ask NewRedis for one")
	}
}
