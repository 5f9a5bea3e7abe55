package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/jackc/pgx/v5"
)

// pgpoolConf makes a pgpool-II that pools and caches and does nothing else. What it
// caches is in shared memory, is invalidated by the tables that it sees written, and
// has no time to live: its own defaults.
//
// The clustering mode is its default too, for a primary without standbys. In the mode
// 'raw', which would seem right for one server, 4.3.5 loses writes:
//
//	1: client: Parse of an UPDATE    outside of a transaction, to prepare it
//	2: pgpool: BEGIN                 of its own, once in the life of each of its processes
//	3: client: Execute, Sync         is told: UPDATE 1, and that a transaction is open
//	4: client: closes                as pools do with connections that are in a transaction
//	5: pgpool: ABORT                 the write that was acknowledged is gone
const pgpoolConf = `
listen_addresses = '127.0.0.1'
port = %[1]s
unix_socket_directories = '%[2]s'
pcp_listen_addresses = ''
pcp_port = %[3]s
pcp_socket_dir = '%[2]s'
pid_file_name = '%[2]s/pid'
logdir = '%[2]s'
backend_clustering_mode = 'streaming_replication'
sr_check_period = 0
backend_hostname0 = '%[4]s'
backend_port0 = %[5]s
backend_flag0 = 'DISALLOW_TO_FAILOVER'
allow_clear_text_frontend_auth = on
pool_passwd = ''
num_init_children = %[6]d
max_pool = 1
memory_cache_enabled = %[7]s
memqcache_method = 'shmem'
memqcache_oiddir = '%[2]s/oids'
log_min_messages = error
`

// A Pgpool is a pgpool-II before a PostgreSQL.
type Pgpool struct {
	child  *child
	config string
	addr   string
}

// StartPgpool starts a pgpool-II before the database at an address, for so many
// connections at most, whose query cache is on or off. The error wraps [ErrMissing]
// where it is not installed.
func StartPgpool(database *url.URL, connections int, cache bool) (*Pgpool, error) {
	program, err := exec.LookPath("pgpool")
	if err != nil {
		return nil, missing("pgpool-II", "pgpool2", "pgpool-II", "pgpool-ii")
	}
	c, err := newChild("INT")
	if err != nil {
		return nil, err
	}
	onOff := map[bool]string{true: "on", false: "off"}
	p := &Pgpool{child: c, config: filepath.Join(c.dir, "pgpool.conf")}
	err = onFreePort(func(port string) error {
		control, err := FreePort()
		if err != nil {
			return err
		}
		conf := fmt.Sprintf(pgpoolConf, port, c.dir, control, database.Hostname(), database.Port(), connections, onOff[cache])
		if err := c.writeFile(p.config, conf); err != nil {
			return err
		}
		return p.listen(program, port, database)
	})
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return p, nil
}

func (p *Pgpool) listen(program, port string, database *url.URL) error {
	oids := filepath.Join(p.child.dir, "oids")
	if err := os.MkdirAll(oids, 0o700); err != nil {
		return err
	}
	if err := p.child.own(oids); err != nil {
		return err
	}
	p.addr = net.JoinHostPort("127.0.0.1", port)
	if err := p.child.start(program, "-n", "-f", p.config, "-F", os.DevNull, "-a", os.DevNull); err != nil {
		return err
	}
	through := *database
	through.Host = p.addr
	return p.child.await(func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, through.String())
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
}

// Addr returns its address: host:port. Users and databases are the PostgreSQL's.
func (p *Pgpool) Addr() string { return p.addr }

// Close ends it.
func (p *Pgpool) Close() error { return p.child.close() }
