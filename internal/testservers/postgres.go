package testservers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// The settings of a PostgreSQL that starts fast and is thrown away.
//
// Without fsync and full_page_writes only a crash of the machine can lose or tear
// data. A crash of the server must not, since tests cause some: synchronous_commit
// stays on, an acknowledged commit is in the system's hands.
const postgresConf = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
full_page_writes = off
max_connections = 200
max_prepared_transactions = 10
timezone = 'UTC'
log_timezone = 'UTC'
`

// A PostgresServer is a PostgreSQL server and a database on it that was empty when
// the test asked for it.
type PostgresServer struct {
	admin    *url.URL // the database from which others are created
	database string
	bin      string // the directory of its programs
	child    *child // nil: somebody else's server
	own      bool   // no other test uses it
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
	server, err := sharedPostgres()
	check(t, err)
	db, err := server.createDatabase()
	check(t, err)
	t.Cleanup(func() {
		if err := db.dropDatabase(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// NewPostgres returns a new database on a server of the test's own, which ends
// with the test.
func NewPostgres(t testing.TB) *PostgresServer {
	t.Helper()
	server, err := startPostgres()
	check(t, err)
	closeLater(t, server.child)
	db, err := server.createDatabase()
	check(t, err)
	db.own = true
	return db
}

// URL returns the database's address, postgres://user:password@host:port/database?sslmode=disable,
// which pgx and lib/pq take as it is.
func (s *PostgresServer) URL() string {
	u := *s.admin
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
	check(t, s.child.stop(syscall.Signal(mode)))
	check(t, s.serve())
}

// sharedPostgres is the server of [Postgres], started when first asked for.
var sharedPostgres = sync.OnceValues(func() (*PostgresServer, error) {
	if address := os.Getenv("GOJOHNNY_POSTGRES_URL"); address != "" {
		admin, err := url.Parse(address)
		if err != nil {
			return nil, fmt.Errorf("GOJOHNNY_POSTGRES_URL: %w", err)
		}
		return &PostgresServer{admin: admin}, nil
	}
	server, err := startPostgres()
	if err == nil {
		share(server.child)
	}
	return server, err
})

// startPostgres makes a cluster and runs a server on it.
func startPostgres() (*PostgresServer, error) {
	bin, err := postgresBinDir()
	if err != nil {
		return nil, err
	}
	c, err := newChild("QUIT")
	if err != nil {
		return nil, err
	}
	s := &PostgresServer{child: c, bin: bin}
	if err := s.initdb(); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if err := onFreePort(s.listen); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return s, nil
}

func (s *PostgresServer) dataDir() string { return filepath.Join(s.child.dir, "data") }

func (s *PostgresServer) initdb() error {
	passwordFile := filepath.Join(s.child.dir, "password")
	if err := s.child.writeFile(passwordFile, password); err != nil {
		return err
	}
	// Plain passwords: on the loopback interface their secrecy is the system's, and
	// they cost a connection nothing.
	err := s.child.run(filepath.Join(s.bin, "initdb"), "-D", s.dataDir(), "--username=postgres",
		"--pwfile="+passwordFile, "--auth=password", "--encoding=UTF8", "--no-locale", "--no-sync")
	if err != nil {
		return err
	}
	conf, err := os.OpenFile(filepath.Join(s.dataDir(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = conf.WriteString(postgresConf)
	return errors.Join(err, conf.Close())
}

// listen runs the server on a port.
func (s *PostgresServer) listen(port string) error {
	s.admin = &url.URL{
		Scheme: "postgres", User: url.UserPassword("postgres", password),
		Host: net.JoinHostPort("127.0.0.1", port), Path: "/postgres", RawQuery: "sslmode=disable",
	}
	return s.serve()
}

// serve runs the server and returns when it answers.
func (s *PostgresServer) serve() error {
	err := s.child.start(filepath.Join(s.bin, "postgres"), "-D", s.dataDir(), "-p", s.admin.Port())
	if err != nil {
		return err
	}
	return s.child.await(func(ctx context.Context) error { return s.exec(ctx, "SELECT") })
}

// createDatabase makes an empty database of a random name. Encoding and locale are
// said, since a server that somebody named may have others.
func (s *PostgresServer) createDatabase() (*PostgresServer, error) {
	db := *s
	db.database = "gojohnny_test_" + strconv.FormatUint(rand.Uint64(), 36)
	return &db, s.exec(context.Background(), "CREATE DATABASE "+db.database+
		" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
}

func (s *PostgresServer) dropDatabase() error {
	return s.exec(context.Background(), "DROP DATABASE "+s.database+" WITH (FORCE)")
}

// exec runs a statement on a connection of its own.
func (s *PostgresServer) exec(ctx context.Context, sql string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.admin.String())
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}
