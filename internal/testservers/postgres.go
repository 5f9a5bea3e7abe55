package testservers

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"

	"github.com/gojohnny/gojohnny/internal/servers"
)

// A PostgresServer is a PostgreSQL server and a database on it that was empty when
// the test asked for it.
type PostgresServer struct {
	server  *servers.Postgres
	name    string // of the database
	address string // likewise
	own     bool   // no other test uses the server
}

// A ShutdownMode is how PostgreSQL ends before it restarts.
type ShutdownMode = servers.ShutdownMode

// The shutdown modes.
const (
	Fast      = servers.Fast
	Immediate = servers.Immediate
)

// databasePrefix begins the names of databases that tests make.
const databasePrefix = "gojohnny_test_"

// Postgres returns a new database, dropped when the test has ended, on a server
// that all tests of the binary share.
func Postgres(t testing.TB) *PostgresServer {
	t.Helper()
	server, err := sharedPostgres()
	check(t, err)
	s := newDatabase(t, server)
	t.Cleanup(func() {
		if err := server.Exec(context.Background(), "DROP DATABASE "+s.name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return s
}

// NewPostgres returns a new database on a server of the test's own, which ends
// with the test.
func NewPostgres(t testing.TB) *PostgresServer {
	t.Helper()
	server, err := startPostgres()
	check(t, err)
	closeLater(t, server)
	s := newDatabase(t, server)
	s.own = true
	return s
}

func newDatabase(t testing.TB, server *servers.Postgres) *PostgresServer {
	t.Helper()
	name, address, err := server.CreateDatabase(t.Context(), databasePrefix)
	check(t, err)
	return &PostgresServer{server: server, name: name, address: address}
}

// sharedPostgres is the server of [Postgres], started when first asked for.
var sharedPostgres = sync.OnceValues(func() (*servers.Postgres, error) {
	if address := os.Getenv(postgresVariable); address != "" {
		admin, err := url.Parse(address)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", postgresVariable, err)
		}
		return servers.RunningPostgres(admin), nil
	}
	s, err := startPostgres()
	if err == nil {
		share(s)
	}
	return s, err
})

func startPostgres() (*servers.Postgres, error) {
	s, err := servers.StartPostgres()
	return s, orSkip(err, postgresVariable)
}

// URL returns the database's address, postgres://user:password@host:port/database?sslmode=disable,
// which pgx and lib/pq take as it is.
func (s *PostgresServer) URL() string { return s.address }

// Version is the server's major version.
func (s *PostgresServer) Version(t testing.TB) int {
	t.Helper()
	version, err := s.server.Version(t.Context())
	check(t, err)
	return version
}

// Restart restarts a server from [NewPostgres], which keeps its port and its data,
// and returns when it answers.
func (s *PostgresServer) Restart(t testing.TB, mode ShutdownMode) {
	t.Helper()
	if !s.own {
		t.Fatal("testservers: Restart of a PostgreSQL that other tests use; ask NewPostgres for one")
	}
	check(t, s.server.Restart(mode))
}
