package main

import (
	"context"
	"errors"

	"github.com/gojohnny/gojohnny/bench/runner"
	"github.com/gojohnny/gojohnny/bench/target"
	"github.com/gojohnny/gojohnny/bench/workload"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

// A side is the workload without or with the cache: a runner, and what it runs on.
type side struct {
	*runner.Runner
	sandbox *target.Sandbox
	cache   *cache.Cache // nil without
	closers []func(context.Context) error
}

// openSide fills a sandbox and gets a runner ready, with a cache if there is a store.
func openSide(ctx context.Context, s settings, w *workload.Workload, store *target.Store) (*side, error) {
	sandbox, err := target.NewSandbox(ctx, s.db)
	if err != nil {
		return nil, err
	}
	d := &side{sandbox: sandbox, closers: []func(context.Context) error{sandbox.Close}}
	if err := sandbox.Fill(ctx, w.Tables); err != nil {
		return nil, errors.Join(err, d.close(ctx))
	}
	if store != nil {
		d.cache = cache.New(store.Store, pgquery.New(), &cache.Options{Verify: s.verify}) // itself: it may be more than a Store
		d.closers = append(d.closers, d.cache.Close)
	}
	db, closeDB, err := sandbox.Open(ctx, s.api, s.concurrency, d.cache)
	if err != nil {
		return nil, errors.Join(err, d.close(ctx))
	}
	d.closers = append(d.closers, func(context.Context) error { return closeDB() })
	d.Runner = runner.New(w, db, runner.Config{
		Concurrency: s.concurrency, Turns: turns, Duration: s.duration, Ops: s.ops, Writers: sandbox.Writers,
	})
	return d, nil
}

// close undoes what was opened, the last first.
func (d *side) close(ctx context.Context) error {
	var err error
	for i := len(d.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, d.closers[i](ctx))
	}
	return err
}
