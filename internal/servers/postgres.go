package servers

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// The settings of a PostgreSQL that starts fast and is thrown away.
//
// Without fsync and full_page_writes only a crash of the machine can lose or tear
// data. A crash of the server must not, since tests cause some: synchronous_commit
// stays on, an acknowledged commit is in the system's hands.
const clusterConf = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
full_page_writes = off
max_connections = 200
max_prepared_transactions = 10
timezone = 'UTC'
log_timezone = 'UTC'
`

// A Postgres is a PostgreSQL server and all its databases.
type Postgres struct {
	admin *url.URL // the database from which others are created
	bin   string   // the directory of its programs
	child *child   // nil: somebody else's server
}

// A ShutdownMode is how PostgreSQL ends before it restarts, in the words of pg_ctl.
type ShutdownMode syscall.Signal

// The shutdown modes.
const (
	Fast      = ShutdownMode(syscall.SIGINT)  // rolls back, disconnects, checkpoints
	Immediate = ShutdownMode(syscall.SIGQUIT) // stops at once; recovers when it starts
)

// StartPostgres starts an empty server. The error wraps [ErrMissing] where it is not
// installed.
func StartPostgres() (*Postgres, error) {
	bin, err := postgresBinDir()
	if err != nil {
		return nil, err
	}
	child, err := newChild("QUIT")
	if err != nil {
		return nil, err
	}
	p := &Postgres{bin: bin, child: child}
	if err := p.initdb(); err != nil {
		return nil, errors.Join(err, child.close())
	}
	if err := onFreePort(p.listen); err != nil {
		return nil, errors.Join(err, child.close())
	}
	return p, nil
}

// RunningPostgres is a server that runs already, reached as a user who may create
// databases. It cannot be restarted.
func RunningPostgres(admin *url.URL) *Postgres { return &Postgres{admin: admin} }

func (p *Postgres) dataDir() string { return filepath.Join(p.child.dir, "data") }

func (p *Postgres) initdb() error {
	passwordFile := filepath.Join(p.child.dir, "password")
	if err := p.child.writeFile(passwordFile, password); err != nil {
		return err
	}
	// Plain passwords: nobody listens on the loopback interface, and they cost a
	// connection nothing. No locale: the only one that every system has.
	err := p.child.run(filepath.Join(p.bin, "initdb"), "-D", p.dataDir(), "--username=postgres",
		"--pwfile="+passwordFile, "--auth=password", "--encoding=UTF8", "--no-locale", "--no-sync")
	if err != nil {
		return err
	}
	conf, err := os.OpenFile(filepath.Join(p.dataDir(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = conf.WriteString(clusterConf)
	return errors.Join(err, conf.Close())
}

// listen runs the server on a port.
func (p *Postgres) listen(port string) error {
	p.admin = &url.URL{
		Scheme: "postgres", User: url.UserPassword("postgres", password),
		Host: net.JoinHostPort("127.0.0.1", port), Path: "/postgres", RawQuery: "sslmode=disable",
	}
	return p.serve()
}

// serve runs the server and returns when it answers.
func (p *Postgres) serve() error {
	err := p.child.start(filepath.Join(p.bin, "postgres"), "-D", p.dataDir(), "-p", p.admin.Port())
	if err != nil {
		return err
	}
	return p.child.await(func(ctx context.Context) error { return p.Exec(ctx, "SELECT") })
}

// Exec runs a statement in the database postgres, on a connection of its own.
func (p *Postgres) Exec(ctx context.Context, sql string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.admin.String())
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

// Version is the server's major version.
func (p *Postgres) Version(ctx context.Context) (int, error) {
	conn, err := pgx.Connect(ctx, p.admin.String())
	if err != nil {
		return 0, err
	}
	var version int
	err = conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int / 10000").Scan(&version)
	return version, errors.Join(err, conn.Close(ctx))
}

// CreateDatabase makes an empty database whose name begins with prefix, and returns
// the name and the address, postgres://user:password@host:port/name?sslmode=disable,
// which pgx and lib/pq take as it is.
func (p *Postgres) CreateDatabase(ctx context.Context, prefix string) (name, address string, err error) {
	name = prefix + strings.ToLower(rand.Text())
	err = p.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
	u := *p.admin
	u.Path = "/" + name
	return name, u.String(), err
}

// URL returns the address of the database postgres, whose user may do everything.
func (p *Postgres) URL() *url.URL {
	u := *p.admin
	return &u
}

// Restart restarts the server, which keeps its port and its data, and returns when
// it answers.
func (p *Postgres) Restart(mode ShutdownMode) error {
	if p.child == nil {
		return errors.New("restart of a PostgreSQL that somebody else started")
	}
	if err := p.child.stop(syscall.Signal(mode)); err != nil {
		return err
	}
	return p.serve()
}

// Close ends the server and removes what it kept. It leaves one that ran already.
func (p *Postgres) Close() error {
	if p.child == nil {
		return nil
	}
	return p.child.close()
}
