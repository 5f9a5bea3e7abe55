package testservers

import (
	"errors"
	"syscall"
	"testing"
)

// Clone returns a copy of a server from [NewPostgres], with all that is in its
// databases, on another port, which ends with the test. The two have the same system
// identifier, as a copy that pg_basebackup made. The server restarts for it.
func (s *PostgresServer) Clone(t testing.TB) *PostgresServer {
	t.Helper()
	if !s.own {
		t.Fatal("testservers: Clone of a PostgreSQL that other tests use; ask NewPostgres for one")
	}
	check(t, s.cluster.child.stop(syscall.Signal(Fast)))
	c, err := s.cluster.copy()
	check(t, errors.Join(err, s.cluster.serve()))
	closeLater(t, c.child)
	return &PostgresServer{cluster: c, database: s.database, own: true}
}

// copy makes a cluster of the files of one whose server is stopped, and runs its
// server.
func (c *cluster) copy() (*cluster, error) {
	child, err := newChild("QUIT")
	if err != nil {
		return nil, err
	}
	clone := &cluster{bin: c.bin, child: child}
	if err := child.run("cp", "-R", c.dataDir(), child.dir); err != nil {
		return nil, errors.Join(err, child.close())
	}
	if err := onFreePort(clone.listen); err != nil {
		return nil, errors.Join(err, child.close())
	}
	return clone, nil
}
