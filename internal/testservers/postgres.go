package testservers

import (
	"context"
	"crypto/rand"
	"strings"
	"syscall"
	"testing"
)

// A PostgresServer is a PostgreSQL server and a database on it that was empty when
// the test asked for it.
type PostgresServer struct {
	cluster  *cluster
	database string
	own      bool // no other test uses the server
}

// A ShutdownMode is how PostgreSQL ends before it restarts, in the words of pg_ctl.
type ShutdownMode syscall.Signal

// The shutdown modes.
const (
	Fast      = ShutdownMode(syscall.SIGINT)  // rolls back, disconnects, checkpoints
	Immediate = ShutdownMode(syscall.SIGQUIT) // stops at once; recovers when it starts
)

// Postgres returns a new database, dropped when the test has ended, on a server
// that all tests of the binary share.
func Postgres(t testing.TB) *PostgresServer {
	t.Helper()
	c, err := sharedCluster()
	check(t, err)
	s := newDatabase(t, c)
	t.Cleanup(func() {
		if err := c.exec(context.Background(), "DROP DATABASE "+s.database+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return s
}

// NewPostgres returns a new database on a server of the test's own, which ends
// with the test.
func NewPostgres(t testing.TB) *PostgresServer {
	t.Helper()
	c, err := startCluster()
	check(t, err)
	closeLater(t, c.child)
	s := newDatabase(t, c)
	s.own = true
	return s
}

// newDatabase makes an empty database of a random name. Encoding and locale are
// said, since a server that somebody named may have others.
func newDatabase(t testing.TB, c *cluster) *PostgresServer {
	t.Helper()
	name := "gojohnny_test_" + strings.ToLower(rand.Text())
	check(t, c.exec(t.Context(), "CREATE DATABASE "+name+
		" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"))
	return &PostgresServer{cluster: c, database: name}
}

// URL returns the database's address, postgres://user:password@host:port/database?sslmode=disable,
// which pgx and lib/pq take as it is.
func (s *PostgresServer) URL() string {
	u := *s.cluster.admin
	u.Path = "/" + s.database
	return u.String()
}

// Restart restarts a server from [NewPostgres], which keeps its port and its data,
// and returns when it answers.
func (s *PostgresServer) Restart(t testing.TB, mode ShutdownMode) {
	t.Helper()
	if !s.own {
		t.Fatal("testservers: Restart of a PostgreSQL that other tests use; ask NewPostgres for one")
	}
	check(t, s.cluster.child.stop(syscall.Signal(mode)))
	check(t, s.cluster.serve())
}
