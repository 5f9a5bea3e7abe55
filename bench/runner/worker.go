package runner

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gojohnny/gojohnny/bench/ceiling"
	"github.com/gojohnny/gojohnny/bench/freshness"
	"github.com/gojohnny/gojohnny/bench/target"
	"github.com/gojohnny/gojohnny/bench/workload"
)

// A worker does one operation after the other.
type worker struct {
	db      target.DB
	writers sync.Locker
	ledger  *freshness.Ledger
	model   *ceiling.Model
	stream  *workload.Stream
	check   *check
	tally   *tally
	last    int64 // how many operations end this turn; maxOps if only the time does
	done    atomic.Int64
	written []written // of the transaction under way
}

// written is what a write did, to be acknowledged when it is committed.
type written struct {
	step    workload.Step
	id      int64 // of the row
	version int64 // that it has now
}

const maxOps = math.MaxInt64

// run does operations until the last of this turn, or until the deadline.
func (w *worker) run(ctx context.Context, deadline time.Time) error {
	for w.done.Load() < w.last {
		end, err := w.do(ctx, w.stream.Next())
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		}
		w.done.Add(1)
		if w.last == maxOps && end.After(deadline) {
			return nil
		}
		// A web application's handlers wait for their clients between statements.
		// Workers that never wait would hold a core for the 10 ms the scheduler
		// grants, and everybody's latencies would be those of its queue.
		runtime.Gosched()
	}
	return nil
}

// do performs an operation and returns when it ended.
func (w *worker) do(ctx context.Context, op workload.Op) (time.Time, error) {
	switch step := op.Steps[0]; {
	case op.Transaction:
		return w.transaction(ctx, op)
	case step.Statement.Writes:
		return w.write(ctx, step)
	default:
		return w.read(ctx, step)
	}
}

func (w *worker) read(ctx context.Context, step workload.Step) (time.Time, error) {
	s := step.Statement
	w.check.expect(step) // before the read starts: what it must return at least
	hit := w.model.Read(step)
	start := time.Now()
	err := w.db.Query(ctx, s.SQL, readArgs(step), w.check.row)
	end := time.Now()
	if err != nil {
		return end, failed(s, err)
	}
	w.tally.read(s, end.Sub(start), hit)
	w.tally.checked(w.check.verdict())
	w.check.learn()
	return end, nil
}

func (w *worker) write(ctx context.Context, step workload.Step) (time.Time, error) {
	start := time.Now()
	w.writers.Lock()
	did, err := w.apply(ctx, w.db, step)
	w.writers.Unlock()
	end := time.Now()
	if err != nil {
		return end, failed(step.Statement, err)
	}
	w.tally.write(step.Statement, end.Sub(start))
	w.acknowledge(did)
	return end, nil
}

func (w *worker) transaction(ctx context.Context, op workload.Op) (time.Time, error) {
	w.written = w.written[:0]
	start := time.Now()
	w.writers.Lock()
	err := w.db.InTx(ctx, func(s target.Session) (commit bool, err error) {
		for _, step := range op.Steps {
			if err := w.inTransaction(ctx, s, step); err != nil {
				return false, failed(step.Statement, err)
			}
		}
		return !op.Rollback, nil
	})
	w.writers.Unlock()
	end := time.Now()
	if err != nil {
		return end, err
	}
	w.tally.transaction(op, end.Sub(start))
	if !op.Rollback {
		w.acknowledge(w.written...)
	}
	return end, nil
}

func (w *worker) inTransaction(ctx context.Context, s target.Session, step workload.Step) error {
	if !step.Statement.Writes {
		return w.readOwn(ctx, s, step)
	}
	did, err := w.apply(ctx, s, step)
	w.written = append(w.written, did)
	return err
}

// readOwn reads a row that the transaction has written and must see. Nobody else
// may learn from it: it is not committed.
func (w *worker) readOwn(ctx context.Context, s target.Session, step workload.Step) error {
	w.check.expect(step)
	for _, did := range w.written {
		if did.step.Statement.Table == step.Statement.Table {
			w.check.floors[0] = did.version
		}
	}
	if err := s.Query(ctx, step.Statement.SQL, readArgs(step), w.check.row); err != nil {
		return err
	}
	w.tally.checked(w.check.verdict())
	return nil
}

// apply performs a write, which is not committed yet if s is a transaction.
func (w *worker) apply(ctx context.Context, s target.Session, step workload.Step) (written, error) {
	t := step.Statement.Table
	if step.Statement.Kind == workload.Insert {
		id := w.ledger.NextID(t)
		args := []any{id, step.ID, "added", "by a worker", step.Amount}
		return written{step: step, id: id, version: 1}, s.Exec(ctx, step.Statement.SQL, args)
	}
	did := written{step: step, id: step.ID}
	err := s.Query(ctx, step.Statement.SQL, []any{step.Amount, step.ID}, func(r target.Row) error {
		return r.Scan(&did.version)
	})
	return did, err
}

// acknowledge makes what is committed the least that later reads may return.
func (w *worker) acknowledge(writes ...written) {
	for _, did := range writes {
		t := did.step.Statement.Table
		if t.Append {
			g := w.ledger.Group(t, did.step.ID)
			g.Added.Add(1)
			g.Newest.Raise(did.id)
		} else {
			w.ledger.Row(t, did.id).Raise(did.version)
		}
		w.model.Write(t)
	}
}

func readArgs(step workload.Step) []any {
	switch step.Statement.Kind {
	case workload.All:
		return nil
	case workload.List:
		return []any{step.ID, step.Page * workload.PageRows}
	}
	return []any{step.ID}
}
