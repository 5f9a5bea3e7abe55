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

// A cluster is what PostgreSQL calls so: one server and all its databases.
type cluster struct {
	admin *url.URL // the database from which others are created
	bin   string   // the directory of its programs
	child *child   // nil: somebody else's server
}

// sharedCluster is the server of [Postgres], started when first asked for.
var sharedCluster = sync.OnceValues(func() (*cluster, error) {
	if address := os.Getenv("GOJOHNNY_POSTGRES_URL"); address != "" {
		admin, err := url.Parse(address)
		if err != nil {
			return nil, fmt.Errorf("GOJOHNNY_POSTGRES_URL: %w", err)
		}
		return &cluster{admin: admin}, nil
	}
	c, err := startCluster()
	if err == nil {
		share(c.child)
	}
	return c, err
})

// startCluster makes a cluster and runs its server.
func startCluster() (*cluster, error) {
	bin, err := postgresBinDir()
	if err != nil {
		return nil, err
	}
	child, err := newChild("QUIT")
	if err != nil {
		return nil, err
	}
	c := &cluster{bin: bin, child: child}
	if err := c.initdb(); err != nil {
		return nil, errors.Join(err, child.close())
	}
	if err := onFreePort(c.listen); err != nil {
		return nil, errors.Join(err, child.close())
	}
	return c, nil
}

func (c *cluster) dataDir() string { return filepath.Join(c.child.dir, "data") }

func (c *cluster) initdb() error {
	passwordFile := filepath.Join(c.child.dir, "password")
	if err := c.child.writeFile(passwordFile, password); err != nil {
		return err
	}
	// Plain passwords: nobody listens on the loopback interface, and they cost a
	// connection nothing. No locale: the only one that every system has.
	err := c.child.run(filepath.Join(c.bin, "initdb"), "-D", c.dataDir(), "--username=postgres",
		"--pwfile="+passwordFile, "--auth=password", "--encoding=UTF8", "--no-locale", "--no-sync")
	if err != nil {
		return err
	}
	conf, err := os.OpenFile(filepath.Join(c.dataDir(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = conf.WriteString(clusterConf)
	return errors.Join(err, conf.Close())
}

// listen runs the server on a port.
func (c *cluster) listen(port string) error {
	c.admin = &url.URL{
		Scheme: "postgres", User: url.UserPassword("postgres", password),
		Host: net.JoinHostPort("127.0.0.1", port), Path: "/postgres", RawQuery: "sslmode=disable",
	}
	return c.serve()
}

// serve runs the server and returns when it answers.
func (c *cluster) serve() error {
	err := c.child.start(filepath.Join(c.bin, "postgres"), "-D", c.dataDir(), "-p", c.admin.Port())
	if err != nil {
		return err
	}
	return c.child.await(func(ctx context.Context) error { return c.exec(ctx, "SELECT") })
}

// exec runs a statement on a connection of its own.
func (c *cluster) exec(ctx context.Context, sql string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.admin.String())
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}
