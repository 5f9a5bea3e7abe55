//go:build unix

package fleet

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
	"github.com/gojohnny/gojohnny/bench/staleness/world"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

func TestMain(m *testing.M) {
	worker.Main() // does not return in a worker
	m.Run()
}

// newFleet starts workers that write as much as they read.
func newFleet(t *testing.T, n int) *Fleet {
	t.Helper()
	mix := worker.Mix{Rows: 2}
	w, err := world.New(t.Context(), "redis", mix.Schema(), 1000)
	testservers.Started(t, err)
	t.Cleanup(func() { _ = w.Close() }) // ends with the tests anyway
	f, err := New(n, t.TempDir(), worker.Config{
		System: worker.Gojohnny, Database: w.URL, Store: w.StoreURL, Prefix: "fleet:", Lease: time.Second, Clients: 2, Reads: 0.5, Mix: mix,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Quit() }) // likewise
	return f
}

// await returns once done reports true.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not yet after 30 s", what)
		}
	}
}

func writes(w *Worker) func() bool { return func() bool { return w.Report().Writes > 20 } }

// signal is what ended a worker, 0 if it ended by itself.
func signal(w *Worker) syscall.Signal {
	status, _ := w.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() {
		return 0
	}
	return status.Signal()
}

// TestLogOutlivesKill: what a worker had noted when it was killed is there, and writes that
// it had not heard of yet are of unknown outcome.
func TestLogOutlivesKill(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1)
	w := f.Worker(0)
	await(t, "writes", writes(w))
	told := w.Report()
	w.Kill()
	if got := signal(w); got != syscall.SIGKILL {
		t.Fatalf("ended by %v; want SIGKILL", got)
	}
	records, err := history.ReadLog(w.Log)
	if err != nil {
		t.Fatal(err)
	}
	var reads, done int
	for i, r := range records {
		switch {
		case r.Kind == history.Read:
			reads++
		case r.Kind == history.Write && r.Outcome == history.Done:
			done++
		case r.Kind == history.Write && r.End == 0 && r.Outcome != history.Unknown:
			t.Errorf("record %d: a write that did not end has outcome %v", i, r.Outcome)
		}
		if r.End != 0 && r.End < r.Begin {
			t.Errorf("record %d ends before it begins", i)
		}
	}
	// Some of what was begun failed, or had not ended.
	if reads < int(told.Reads)/2 || done < int(told.Writes)/4 {
		t.Errorf("got %d reads, %d writes; the worker had begun %d and %d", reads, done, told.Reads, told.Writes)
	}
}

// TestDieAt: a worker that is told to die at a point does so by itself, and soon.
func TestDieAt(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1)
	for _, point := range worker.Points {
		w := f.Worker(0)
		const never = time.Hour // in which it would have to be killed
		ended := make(chan struct{})
		go func() { defer close(ended); w.DieAt(point, never) }()
		await(t, point, func() bool {
			select {
			case <-ended:
				return true
			default:
				return false
			}
		})
		if got := signal(w); got != syscall.SIGKILL {
			t.Errorf("%s: ended by %v; want SIGKILL", point, got)
		}
		if err := f.Replace(0); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Check(); err != nil {
		t.Errorf("who died as told is reported: %v", err)
	}
	if got, want := f.Started(), len(worker.Points)+1; got != want {
		t.Errorf("got %d processes in all; want %d", got, want)
	}
}

// TestCheck: a worker that ends although nobody asked for it is reported.
func TestCheck(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2)
	if err := f.Check(); err != nil {
		t.Errorf("while all work: %v", err)
	}
	w := f.Worker(1)
	if err := w.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-w.Gone()
	if err := f.Check(); err == nil || !strings.Contains(err.Error(), "worker 2 ended by itself") {
		t.Errorf("got error %v; want one of worker 2", err)
	}
}

// TestHistory: all that the processes noted is in it, of those that were killed and of those
// that were asked to end.
func TestHistory(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2)
	await(t, "writes of both", func() bool { return writes(f.Worker(0))() && writes(f.Worker(1))() })
	f.Worker(0).Stop()
	f.Worker(0).Continue()
	f.Worker(0).Kill()
	if err := f.Quit(); err != nil {
		t.Fatal(err)
	}
	if got := signal(f.Worker(1)); got != 0 {
		t.Errorf("who was asked to end was ended by %v", got)
	}
	h, err := f.History()
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Processes) != 2 || len(h.Processes[1].Records) == 0 || len(h.Processes[2].Records) == 0 || len(h.Processes[1].Stops) != 1 {
		t.Errorf("got %d processes; want 2, with records, and a stop of the first", len(h.Processes))
	}
	sum := f.Report()
	if one, two := f.Worker(0).Report(), f.Worker(1).Report(); sum.Writes != one.Writes+two.Writes || sum.Hits != one.Hits+two.Hits {
		t.Errorf("got %d writes, %d hits; want the sum of %d and %d, and of %d and %d",
			sum.Writes, sum.Hits, one.Writes, two.Writes, one.Hits, two.Hits)
	}
}
