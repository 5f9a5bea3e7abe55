//go:build unix

package world

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/internal/servers"
)

// A World is used by the coordinator alone. Its faults may be injected from several
// goroutines, one for the database and one for the store.
type World struct {
	Database *Proxy
	Postgres *servers.Postgres
	URL      string // of the database, through the proxy
	direct   string // likewise, past it

	Stores   []Server // the nodes of the store, none if it is in the workers' memory
	Proxies  []*Proxy // in the order of Stores
	StoreURL string   // of the store, through the proxies

	closers []func() error
}

// A Server is a node of a store, which faults may be injected into.
type Server interface {
	Kill() error
	Start() error
	Freeze() (thaw func(), err error)
	Flush(ctx context.Context) error
	Close() error
}

// timeouts are what the database is told to give up after, in milliseconds. They make
// it keep what package invalidation assumes: that it resolves the write of a client
// that is gone, or stopped, within three quarters of a lease.
const timeouts = "statement_timeout=%d&idle_in_transaction_session_timeout=%d"

// New starts what a store of a scheme needs, and a database with a schema. The
// database gives up statements after a time of so many milliseconds.
func New(ctx context.Context, scheme string, schema []string, giveUp int64) (*World, error) {
	w := &World{}
	err := w.startDatabase(ctx, schema, giveUp)
	if err == nil {
		err = w.startStore(scheme)
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *World) startDatabase(ctx context.Context, schema []string, giveUp int64) (err error) {
	if w.Postgres, err = servers.StartPostgres(); err != nil {
		return err
	}
	w.closers = append(w.closers, w.Postgres.Close)
	_, w.direct, err = w.Postgres.CreateDatabase(ctx, "staleness_")
	if err != nil {
		return err
	}
	for _, statement := range schema {
		if err := w.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	address, err := url.Parse(w.direct)
	if err != nil {
		return err
	}
	if w.Database, err = NewProxy("database", address.Host); err != nil {
		return err
	}
	w.closers = append(w.closers, func() error { w.Database.Close(); return nil })
	address.Host = w.Database.Addr
	address.RawQuery += "&" + fmt.Sprintf(timeouts, giveUp, giveUp)
	w.URL = address.String()
	return nil
}

// AddPgpool puts a pgpool-II for so many connections before the database, with its
// query cache or without.
func (w *World) AddPgpool(connections int, cache bool) error {
	address, err := url.Parse(w.URL)
	if err != nil {
		return err
	}
	pool, err := servers.StartPgpool(address, connections, cache)
	if err != nil {
		return err
	}
	w.closers = append(w.closers, pool.Close)
	address.Host = pool.Addr()
	w.URL = address.String()
	return nil
}

// Exec runs a statement on the database, past proxy and cache.
func (w *World) Exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, w.direct)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// Close ends everything, the last first.
func (w *World) Close() error {
	var err error
	for i := len(w.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, w.closers[i]())
	}
	return err
}

// Schemes are the stores that a world can have.
var Schemes = []string{"memory", "redis", "redis-cluster", "memcached", "tiered+redis", "tiered+redis-cluster", "tiered+memcached"}

// startStore starts a store behind proxies.
func (w *World) startStore(scheme string) error {
	kind := strings.TrimPrefix(scheme, "tiered+")
	var err error
	switch kind {
	case "memory":
		w.StoreURL = "memory://?size=" + memorySize
	case "redis":
		err = w.startRedis()
	case "redis-cluster":
		err = w.startRedisCluster()
	case "memcached":
		err = w.startMemcached()
	default:
		err = fmt.Errorf("no store %q, want one of %s", scheme, strings.Join(Schemes, ", "))
	}
	if err == nil && kind != scheme {
		w.StoreURL = "tiered+" + w.StoreURL + "?size=" + memorySize
	}
	return err
}

// addStore puts a server behind a proxy.
func (w *World) addStore(s Server, p *Proxy) {
	w.Stores, w.Proxies = append(w.Stores, s), append(w.Proxies, p)
	w.closers = append(w.closers, s.Close, func() error { p.Close(); return nil })
}
