package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/gojohnny/gojohnny/bench/runner"
	"github.com/gojohnny/gojohnny/bench/target"
	"github.com/gojohnny/gojohnny/bench/workload"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

// A side is the workload without or with the cache: a runner, and what it runs on.
type side struct {
	*runner.Runner
	sandbox *target.Sandbox
	cache   *cache.Cache // nil without
	closers []func(context.Context) error
}

// A wiring leads from a side's sandbox to the connector that the workload uses.
type wiring func(*side, settings) (driver.Connector, error)

// openSide fills a sandbox and gets a runner ready.
func openSide(ctx context.Context, s settings, w *workload.Workload, wire wiring) (*side, error) {
	sandbox, err := target.NewSandbox(ctx, s.db)
	if err != nil {
		return nil, err
	}
	d := &side{sandbox: sandbox, closers: []func(context.Context) error{sandbox.Close}}
	if err := sandbox.Fill(ctx, w.Tables); err != nil {
		return nil, errors.Join(err, d.close(ctx))
	}
	connector, err := wire(d, s)
	if err != nil {
		return nil, errors.Join(err, d.close(ctx))
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(s.concurrency)
	db.SetMaxIdleConns(s.concurrency)
	d.closers = append(d.closers, func(context.Context) error { return db.Close() })
	d.Runner = runner.New(w, target.SQL(db), runner.Config{
		Concurrency: s.concurrency, Turns: turns, Duration: s.duration, Ops: s.ops, Writers: sandbox.Writers,
	})
	return d, nil
}

func direct(d *side, _ settings) (driver.Connector, error) { return d.sandbox.Connector, nil }

func throughCache(d *side, s settings) (driver.Connector, error) {
	store, err := target.OpenStore(s.store)
	if err != nil {
		return nil, fmt.Errorf("-store: %w", err)
	}
	d.cache = cache.New(store, pgquery.New(), nil)
	d.closers = append(d.closers, func(context.Context) error { store.Close(); return nil }, d.cache.Close)
	return sqlcache.Connector(d.sandbox.Connector, d.cache), nil
}

// close undoes what was opened, the last first.
func (d *side) close(ctx context.Context) error {
	var err error
	for i := len(d.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, d.closers[i](ctx))
	}
	return err
}
