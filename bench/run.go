package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gojohnny/gojohnny/bench/report"
	"github.com/gojohnny/gojohnny/bench/target"
	"github.com/gojohnny/gojohnny/bench/workload"
)

// turns is how often the sides alternate. What else the machine does then falls on
// both, and the spread of the turns tells how much it was.
const turns = 5

// run runs both sides, each in a sandbox of its own.
func run(ctx context.Context, s settings, p progress) (r *report.Report, err error) {
	r = &report.Report{Started: time.Now(), Machine: report.ThisMachine(), Settings: s.reported()}
	w := workload.New(workload.Config{Tables: s.tables, Rows: s.rows, Reads: s.reads, Skew: s.skew, Seed: s.seed})

	address, err := target.ParseStore(s.store)
	if err != nil {
		return nil, fmt.Errorf("-store: %w", err)
	}
	// First of all: one that does not answer is said before minutes of filling.
	store, err := address.Open(ctx, s.concurrency)
	if err != nil {
		return nil, fmt.Errorf("-store: %w", err)
	}
	defer func() { err = errors.Join(err, store.Close(ctx)) }()
	r.Settings.Store = address.String()

	p.phase("filling tables")
	uncached, err := openSide(ctx, s, w, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, uncached.close(ctx)) }()
	cached, err := openSide(ctx, s, w, store)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, cached.close(ctx)) }()

	p.phase("running")
	for i := range turns {
		if err := uncached.Turn(ctx, p.update("without cache", 2*i)); err != nil {
			return nil, err
		}
		if err := cached.Turn(ctx, p.update("with cache", 2*i+1)); err != nil {
			return nil, err
		}
	}
	p.end()
	r.Database = cached.sandbox.Server
	r.Add(w, uncached.Result(), cached.Result(), cached.cache.Stats())
	return r, nil
}

// reported is all but the store, whose address may hold a password.
func (s settings) reported() report.Settings {
	return report.Settings{
		API: s.api, Tables: s.tables, Rows: s.rows, Reads: s.reads, Skew: s.skew,
		Concurrency: s.concurrency, Verify: s.verify, Duration: s.duration, Ops: s.ops, Seed: s.seed,
	}
}
