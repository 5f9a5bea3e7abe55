//go:build unix

package worker

import (
	"cmp"
	"context"
	"database/sql"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/staleness/wrong"
	"github.com/gojohnny/gojohnny/bench/target"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/pgxcache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

// A pgxPool is what *pgxpool.Pool and *pgxcache.Pool have in common.
type pgxPool interface {
	target.PGXPool
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	Close()
}

// A program is what a user's program has: a database behind a cache, through both
// APIs.
type program struct {
	cfg  Config
	log  *history.Log
	bare *pgx.ConnConfig // of connections without a cache

	sql    *sql.DB
	pgx    pgxPool
	cache  *cache.Cache // nil without
	store  *target.Store
	hook   *hookStore // nil without
	stmts  sync.Map   // text -> *sql.Stmt
	reads  atomic.Int64
	writes atomic.Int64

	mu     sync.Mutex
	failed []Failed
	open   []Open
}

// connectTimeout is how long a connection waits for a database that restarts.
const connectTimeout = 2 * time.Second

func open(ctx context.Context, cfg Config) (*program, error) {
	log, err := history.Create(cfg.Log, cfg.Process)
	if err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(cfg.Database)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(cfg.Clients + 2)
	config.ConnConfig.ConnectTimeout = connectTimeout
	p := &program{cfg: cfg, log: log, bare: config.ConnConfig.Copy()}
	config.ConnConfig.DialFunc = p.watched(config.ConnConfig.DialFunc)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	p.pgx = pool
	connector := stdlib.GetConnector(*config.ConnConfig)
	if HasCache(cfg.System) {
		if err := p.openCache(); err != nil {
			return nil, err
		}
		p.sql, p.pgx = sql.OpenDB(sqlcache.Connector(connector, p.cache)), pgxcache.New(pool, p.cache)
	} else {
		p.sql = sql.OpenDB(connector)
	}
	p.sql.SetMaxOpenConns(cfg.Clients + 2)
	p.sql.SetMaxIdleConns(cfg.Clients + 2)
	return p, nil
}

func (p *program) openCache() error {
	address, err := target.ParseStore(p.cfg.Store)
	if err != nil {
		return err
	}
	p.store, err = address.Join(p.cfg.Clients, target.Shared{
		Prefix: p.cfg.Prefix, Quarantine: p.cfg.Quarantine, WaitReplicas: p.cfg.WaitReplicas,
	})
	if err != nil {
		return err
	}
	var s backends.Store = p.store.Store
	if p.cfg.System != Gojohnny {
		if s, err = wrong.Wrap(s, p.cfg.System); err != nil {
			return err
		}
	}
	p.hook, s = hook(s)
	if p.cfg.Mode == invalidation.Available {
		p.hook.log = p.log
	}
	p.cache = cache.New(s, pgquery.New(), &cache.Options{
		Lease: p.cfg.Lease, Writes: p.cfg.Mode, Logger: slog.New(slog.DiscardHandler),
		Namespace: p.cfg.Namespace, TTL: cmp.Or(wrong.Orders[p.cfg.System].TTL, p.cfg.TTL), CatalogAge: p.cfg.CatalogAge,
	})
	return nil
}

// close ends what can be ended in time; the process ends anyway.
func (p *program) close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = p.sql.Close()
	p.pgx.Close()
	if p.cache != nil {
		_ = p.cache.Close(ctx)
		_ = p.store.Close(ctx)
	}
}

// prepared returns a statement of database/sql's.
func (p *program) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if s, ok := p.stmts.Load(text); ok {
		return s.(*sql.Stmt), nil
	}
	s, err := p.sql.PrepareContext(ctx, text)
	if err == nil {
		p.stmts.Store(text, s)
	}
	return s, err
}

// figures are what the worker reports.
func (p *program) figures() Report {
	r := Report{Reads: p.reads.Load(), Writes: p.writes.Load()}
	p.mu.Lock()
	r.Failed, p.failed = p.failed, nil
	r.Open, p.open = p.open, nil
	p.mu.Unlock()
	if p.cache == nil {
		return r
	}
	s := p.cache.Stats()
	r.Hits, r.Misses, r.Bypasses, r.Refused = s.Hits, s.Misses, s.Bypasses, s.Protocol.Refused
	r.Reasons = map[string]uint64{}
	for code, n := range s.BypassReasons {
		r.Reasons[string(code)] = n
	}
	return r
}
