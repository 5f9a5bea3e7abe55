//go:build unix

package staleness

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/faults"
	"github.com/gojohnny/gojohnny/bench/staleness/fleet"
	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/staleness/judge"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
	"github.com/gojohnny/gojohnny/bench/staleness/world"
)

// A Progress hears each second how far a run is.
type Progress func(elapsed time.Duration, r worker.Report, faults int)

// Run attacks a system and judges what happened. It starts servers and processes, and
// ends them before it returns. The program's main must call [worker.Main] first.
//
// If ctx ends while the processes work, they end, and beside ctx's error there is the
// result until then. With any other error there is none.
func Run(ctx context.Context, cfg Config, progress Progress) (result *Result, err error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "gojohnny-staleness")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	// Half of a lease: what is sent when a writer dies, and waits for a lock, is
	// resolved long before the lease ends.
	w, err := world.New(ctx, cfg.Store, cfg.mix().Schema(), (cfg.Lease / 2).Milliseconds())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if cfg.System == worker.Pgpool || cfg.System == worker.PgpoolOff {
		if err := w.AddPgpool(cfg.Processes*(2*(cfg.Clients+2)+1), cfg.System == worker.Pgpool); err != nil {
			return nil, err
		}
	}
	a := &attack{cfg: cfg, world: w, progress: progress}
	if a.fleet, err = fleet.New(cfg.Processes, dir, a.base()); err != nil {
		return nil, err
	}
	runErr := a.run(ctx)
	if err := errors.Join(runErr, a.fleet.Quit()); err != nil {
		return nil, err
	}
	if result, err = a.result(); err != nil {
		return nil, err
	}
	return result, ctx.Err()
}

// An attack is a run that is under way.
type attack struct {
	cfg      Config
	world    *world.World
	fleet    *fleet.Fleet
	injector *faults.Injector
	progress Progress
	began    int64
	ended    int64
}

// base is what all workers are told.
func (a *attack) base() worker.Config {
	return worker.Config{
		Seed: a.cfg.Seed, System: a.cfg.System, Database: a.world.URL, Store: a.world.StoreURL, Prefix: "staleness:",
		Lease: a.cfg.Lease, Mode: a.cfg.mode(), Quarantine: a.cfg.quarantine(), TTL: a.cfg.ttl(),
		Clients: a.cfg.Clients, Reads: a.cfg.Reads, Cancel: a.cfg.Cancel, Mix: a.cfg.mix(),
	}
}

// run lets the workers work and injects faults until it is time.
func (a *attack) run(ctx context.Context) error {
	a.began = history.Now()
	faulty, stop := context.WithCancel(ctx)
	defer stop()
	a.injector = faults.New(a.world, a.fleet, a.cfg.Lease, a.cfg.Every, a.cfg.Faults)
	injected := make(chan error, 1)
	go func() {
		if a.cfg.Every == 0 {
			injected <- nil
			return
		}
		injected <- a.injector.Run(faulty, a.cfg.Seed)
	}()
	err := a.wait(ctx)
	stop()
	err = errors.Join(err, <-injected)
	a.ended = history.Now()
	return err
}

// wait returns when the run has lasted long enough, when ctx ends, or when something is wrong.
func (a *attack) wait(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for began := time.Now(); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		elapsed, report, injected := time.Since(began), a.fleet.Report(), len(a.injector.Faults())
		if a.progress != nil {
			a.progress(elapsed, report, injected)
		}
		if err := errors.Join(a.fleet.Check(), a.injector.Err()); err != nil {
			return err
		}
		if elapsed >= a.cfg.Duration || a.cfg.Ops > 0 && report.Reads+report.Writes >= a.cfg.Ops ||
			a.cfg.Enough != nil && a.cfg.Enough(elapsed, report, injected) {
			return nil
		}
	}
}

// result judges what the workers noted.
func (a *attack) result() (*Result, error) {
	h, err := a.fleet.History()
	if err != nil {
		return nil, err
	}
	r := &Result{Config: a.cfg, Elapsed: time.Duration(a.ended - a.began), Started: a.fleet.Started()}
	report := a.fleet.Report()
	r.addReport(report)
	r.addFaults(h, a.injector.Faults(), a.cfg.Lease, report.Failed)
	if a.cfg.Available {
		// An entry is kept late where its process is stopped before it keeps it.
		h.Untold = a.cfg.ttl() + faults.LongestStop(a.cfg.Lease)
	}
	verdict := judge.Judge(h)
	r.addVerdict(verdict)
	tell := storyteller{mix: a.cfg.mix(), began: a.began, faults: a.injector.Faults(), open: map[history.ID]string{}}
	for _, o := range report.Open {
		tell.open[o.ID] = o.Text
	}
	r.Schedules = tell.schedules(verdict, a.cfg.Shown)
	r.Porcupine = judge.Sample(h, verdict.Declared, a.cfg.Sampled, sampledOps, sampleTime, a.cfg.Seed)
	return r, nil
}

// What porcupine is given of a register, and for how long.
const (
	sampledOps = 20_000
	sampleTime = 20 * time.Second
)
