package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/gojohnny/gojohnny/bench/report"
	"github.com/gojohnny/gojohnny/bench/runner"
	"github.com/gojohnny/gojohnny/bench/target"
	"github.com/gojohnny/gojohnny/bench/workload"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

// run runs both sides, each in a new sandbox.
func run(ctx context.Context, s settings, p progress) (*report.Report, error) {
	r := &report.Report{Started: time.Now(), Machine: report.ThisMachine(), Settings: s.reported()}
	w := workload.New(workload.Config{Tables: s.tables, Rows: s.rows, Reads: s.reads, Skew: s.skew, Seed: s.seed})

	uncached, err := inSandbox(ctx, s, w, func(b *target.Sandbox) (*runner.Result, error) {
		r.Database = b.Server
		return drive(ctx, s, w, b, b.Connector, p, "without the cache")
	})
	if err != nil {
		return nil, err
	}
	var stats cache.Stats
	cached, err := inSandbox(ctx, s, w, func(b *target.Sandbox) (*runner.Result, error) {
		return withCache(ctx, s, b, &stats, func(c driver.Connector) (*runner.Result, error) {
			return drive(ctx, s, w, b, c, p, "with the cache")
		})
	})
	if err != nil {
		return nil, err
	}
	r.Add(w, uncached, cached, stats)
	return r, nil
}

// inSandbox calls f with a filled sandbox, and removes it.
func inSandbox(ctx context.Context, s settings, w *workload.Workload, f func(*target.Sandbox) (*runner.Result, error)) (*runner.Result, error) {
	b, err := target.NewSandbox(ctx, s.db)
	if err != nil {
		return nil, err
	}
	if err := b.Fill(ctx, w.Tables); err != nil {
		return nil, errors.Join(err, b.Close(ctx))
	}
	res, err := f(b)
	return res, errors.Join(err, b.Close(ctx))
}

// withCache calls f with a connector that goes through a cache, whose counts it
// leaves in stats.
func withCache(ctx context.Context, s settings, b *target.Sandbox, stats *cache.Stats, f func(driver.Connector) (*runner.Result, error)) (*runner.Result, error) {
	store, err := target.OpenStore(s.store)
	if err != nil {
		return nil, fmt.Errorf("-store: %w", err)
	}
	defer store.Close()
	c := cache.New(store, pgquery.New(), nil)
	res, err := f(sqlcache.Connector(b.Connector, c))
	*stats = c.Stats()
	return res, errors.Join(err, c.Close(ctx))
}

// drive runs the workload through database/sql.
func drive(ctx context.Context, s settings, w *workload.Workload, b *target.Sandbox, c driver.Connector, p progress, part string) (*runner.Result, error) {
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(s.concurrency)
	db.SetMaxIdleConns(s.concurrency)
	update, end := p.begin(part)
	defer end()
	res, err := runner.Run(ctx, w, target.SQL(db), runner.Config{
		Concurrency: s.concurrency, Duration: s.duration, Ops: s.ops, Writers: b.Writers, Progress: update,
	})
	return res, errors.Join(err, db.Close())
}

func (s settings) reported() report.Settings {
	return report.Settings{
		Store: s.store, Tables: s.tables, Rows: s.rows, Reads: s.reads, Skew: s.skew,
		Concurrency: s.concurrency, Duration: s.duration, Ops: s.ops, Seed: s.seed,
	}
}
