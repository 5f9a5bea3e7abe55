package runner

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/bench/target"
	"github.com/gojohnny/gojohnny/bench/workload"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

func TestMain(m *testing.M) { testservers.Main(m) }

func testWorkload() *workload.Workload {
	return workload.New(workload.Config{Tables: 10, Rows: 100, Reads: 0.7, Skew: 0.99, Seed: 1})
}

// open returns a filled database that the test leaves nothing of.
func open(t *testing.T, address string, w *workload.Workload) (target.DB, Config) {
	t.Helper()
	b, err := target.NewSandbox(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(b.Connector)
	t.Cleanup(func() {
		if err := errors.Join(db.Close(), b.Close(context.Background())); err != nil {
			t.Error(err)
		}
	})
	if err := b.Fill(t.Context(), w.Tables); err != nil {
		t.Fatal(err)
	}
	return target.SQL(db), Config{Concurrency: 4, Turns: 3, Ops: 1003, Writers: b.Writers}
}

// run runs all turns.
func run(t *testing.T, w *workload.Workload, db target.DB, c Config) *Result {
	t.Helper()
	r := New(w, db, c)
	for range c.Turns {
		if err := r.Turn(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	return r.Result()
}

func TestDatabaseIsNeverStale(t *testing.T) {
	for name, address := range map[string]func(*testing.T) string{
		"sqlite":   func(*testing.T) string { return "sqlite" },
		"postgres": func(t *testing.T) string { return testservers.Postgres(t).URL() },
	} {
		t.Run(name, func(t *testing.T) {
			w := testWorkload()
			db, c := open(t, address(t), w)
			r := run(t, w, db, c)
			if r.Stale != 0 {
				t.Errorf("%d stale reads: %v", r.Stale, r.Examples)
			}
			checkCounts(t, r, c)
		})
	}
}

// checkCounts holds what a run of c.Ops operations counted against itself.
func checkCounts(t *testing.T, r *Result, c Config) {
	t.Helper()
	if r.Ops != c.Ops {
		t.Errorf("%d operations; want %d", r.Ops, c.Ops)
	}
	if got := r.Reads.TotalCount() + r.Writes.TotalCount() + r.Transactions.TotalCount(); got != r.Ops {
		t.Errorf("latencies of %d operations; want %d", got, r.Ops)
	}
	var reads int64
	for _, s := range r.Statements {
		if !s.Writes {
			reads += s.Calls
		}
	}
	if r.Checks != reads {
		t.Errorf("%d reads checked; want all %d", r.Checks, reads)
	}
	if share := float64(r.Reads.TotalCount()) / float64(r.Ops); math.Abs(share-0.7) > 0.05 {
		t.Errorf("share of reads is %.3f; want 0.7", share)
	}
	var turns Turn
	for _, turn := range r.Turns {
		turns.Elapsed += turn.Elapsed
		turns.Ops += turn.Ops
		if turn.Ops < c.Ops/int64(c.Turns)-10 || turn.Ops > c.Ops/int64(c.Turns)+10 {
			t.Errorf("a turn of %d operations; want a third of %d", turn.Ops, c.Ops)
		}
	}
	if turns != r.Turn || len(r.Turns) != c.Turns {
		t.Errorf("%d turns of %v together; want %d of %v", len(r.Turns), turns, c.Turns, r.Turn)
	}
}

func memoryConfig() Config {
	return Config{Concurrency: 4, Turns: 3, Ops: 20_001, Writers: new(sync.Mutex)}
}

func TestSameOperationsTwice(t *testing.T) {
	var calls [2][]int64
	for i := range calls {
		w := testWorkload()
		r := run(t, w, newMemoryDB(w), memoryConfig())
		for _, s := range r.Statements {
			calls[i] = append(calls[i], s.Calls)
		}
	}
	if !slices.Equal(calls[0], calls[1]) {
		t.Errorf("calls of the statements: %v, then %v", calls[0], calls[1])
	}
}

// For every kind of read, a cache that forgets to invalidate is found out.
func TestStaleReadsAreFound(t *testing.T) {
	for _, kind := range []workload.Kind{
		workload.Point, workload.All, workload.List, workload.Join, workload.Total,
		workload.Pick, workload.Newest, workload.Count,
	} {
		w := testWorkload()
		r := run(t, w, newForgetful(newMemoryDB(w), w, kind), memoryConfig())
		if r.Stale == 0 || len(r.Examples) == 0 {
			t.Errorf("kind %d: no stale read found in %d", kind, r.Checks)
		}
	}
}

func TestTurnsEndInTime(t *testing.T) {
	w := testWorkload()
	db, c := newMemoryDB(w), memoryConfig()
	c.Ops, c.Duration = 0, 600*time.Millisecond
	r := New(w, db, c)
	var last float64
	for range c.Turns {
		if err := r.Turn(t.Context(), func(done float64, _ int64) { last = done }); err != nil {
			t.Fatal(err)
		}
	}
	if res := r.Result(); res.Elapsed < c.Duration || res.Ops == 0 {
		t.Errorf("ran %v and %d operations; want %v", res.Elapsed, res.Ops, c.Duration)
	}
	if last <= 0.5 || last > 1 {
		t.Errorf("last progress is %v; want nearly 1", last)
	}
}

func TestFewerOperationsThanTurns(t *testing.T) {
	w := testWorkload()
	db, c := newMemoryDB(w), memoryConfig()
	c.Ops = 4
	if r := run(t, w, db, c); r.Ops != 4 {
		t.Errorf("%d operations; want 4", r.Ops)
	}
}

func TestTurnEndsWithItsContext(t *testing.T) {
	w := testWorkload()
	db, c := newMemoryDB(w), memoryConfig()
	ctx, cancel := context.WithCancel(t.Context())
	c.Ops, c.Duration = 0, time.Hour
	err := New(w, db, c).Turn(ctx, func(float64, int64) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want %v", err, context.Canceled)
	}
}

func TestFailureNamesTheStatement(t *testing.T) {
	w := testWorkload()
	db, c := open(t, "sqlite", w)
	if err := db.Exec(t.Context(), "DROP TABLE users", nil); err != nil {
		t.Fatal(err)
	}
	err := New(w, db, c).Turn(t.Context(), nil)
	var named bool
	for _, s := range w.Statements {
		named = named || err != nil && strings.HasPrefix(err.Error(), s.Name+": ")
	}
	if !named {
		t.Errorf("got %v; want an error that begins with a statement's name", err)
	}
}
