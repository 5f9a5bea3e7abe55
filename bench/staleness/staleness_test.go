//go:build unix

package staleness

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/judge"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

func TestMain(m *testing.M) {
	worker.Main() // does not return in a worker
	m.Run()
}

// short is a run that shows something in seconds on a machine that has nothing else to do,
// and has a minute on one that has.
func short(system, store string) Config {
	return Config{
		System: system, Store: store, Processes: 3, Clients: 4, Rows: 6, Reads: 0.95, Cancel: 0.005, Catalog: true,
		Duration: time.Minute, Every: 2 * time.Second, Lease: 2 * time.Second, Seed: 1, Sampled: 4, Shown: 2,
	}
}

// attacked runs, skips what is not installed, and shows what was found.
func attacked(t *testing.T, cfg Config) *Result {
	t.Helper()
	r, err := Run(t.Context(), cfg, nil)
	testservers.Started(t, err)
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	t.Log(text.String())
	return r
}

// enough says when a run has shown something: however busy the machine is, it has had
// hits and faults.
func enough(elapsed time.Duration, r worker.Report, faults int) bool {
	return elapsed >= 5*time.Second && r.Hits >= 200 && faults >= 6
}

func TestNeverStale(t *testing.T) {
	for _, store := range []string{"memory", "redis", "redis/available", "memcached", "tiered+redis"} {
		t.Run("store="+store, func(t *testing.T) {
			t.Parallel()
			store, available := strings.CutSuffix(store, "/available")
			cfg := short(worker.Gojohnny, store)
			cfg.Available = available
			if store == "memory" {
				cfg.Processes = 1
			}
			cfg.Enough = enough
			r := attacked(t, cfg)
			if r.Bad() {
				t.Errorf("got %v offences, %d reads failed by the cache, porcupine: %+v; want none",
					r.Offences, r.FailedCache, r.Porcupine)
			}
			if r.HitReads == 0 || r.DuringFaults == 0 || r.FaultCount < 5 || r.Writes == 0 || r.Porcupine.Keys == 0 {
				t.Errorf("got %d hits, %d operations during %d faults, %d writes, %d registers; a run of nothing proves nothing",
					r.HitReads, r.DuringFaults, r.FaultCount, r.Writes, r.Porcupine.Keys)
			}
		})
	}
}

// TestInterrupted: what there was until then is judged.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	cfg := short(worker.None, "memory")
	cfg.Processes = 1
	r, err := Run(ctx, cfg, func(_ time.Duration, r worker.Report, _ int) {
		if r.Reads > 0 {
			interrupt()
		}
	})
	if !errors.Is(err, context.Canceled) {
		testservers.Started(t, err)
		t.Fatalf("got error %v; want %v", err, context.Canceled)
	}
	if r == nil || r.Reads == 0 || r.Bad() || r.Elapsed >= cfg.Duration {
		t.Errorf("got %+v; want the reads until the interrupt", r)
	}
}

// TestFindsWrongOrder shows that the checker can fail. What it looks for is a matter of
// luck, hence it may look again.
func TestFindsWrongOrder(t *testing.T) {
	for _, order := range []string{"advance-before", "ttl-only"} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			const tries = 3
			cfg := short(order, "redis")
			cfg.Every, cfg.Reads = 0, 0.9
			cfg.Enough = func(elapsed time.Duration, r worker.Report, _ int) bool {
				return elapsed >= 5*time.Second && r.Hits >= 300
			}
			for ; cfg.Seed <= tries; cfg.Seed++ {
				if r := attacked(t, cfg); r.Offences[judge.Stale] > 0 && len(r.Schedules) > 0 {
					return
				}
			}
			t.Errorf("got no stale read in %d runs; want one", tries)
		})
	}
}
