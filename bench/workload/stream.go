package workload

import (
	"math/rand/v2"
	"slices"
)

// A Step is a statement with what its arguments are made from.
type Step struct {
	Statement *Statement
	ID        int64 // the row, or the parent of the rows
	Page      int64 // List: from 0
	Amount    int64 // what a write adds or stores
}

// Slot numbers the arguments of a read, from 0, below its statement's Slots.
func (s Step) Slot() int64 {
	if s.Statement.Kind == List {
		return (s.ID-1)*pages + s.Page
	}
	return s.ID - 1
}

// An Op is what a worker does next: one step, or a transaction of several.
type Op struct {
	Steps       []Step // valid until the stream's next Op
	Transaction bool
	Rollback    bool // the transaction ends with ROLLBACK
}

// Of the writes that open a pair, a third are a transaction; of those, one in
// twenty fails its validation and is rolled back.
const (
	transactionShare = 1.0 / 3
	rollbackShare    = 1.0 / 20
)

// A Stream is one worker's endless sequence of operations.
type Stream struct {
	w     *Workload
	rng   *rand.Rand
	steps []Step
}

// Stream returns the sequence of a worker, the same for the same seed and worker.
func (w *Workload) Stream(worker int) *Stream {
	return &Stream{w: w, rng: rand.New(rand.NewPCG(w.Config.Seed, uint64(worker)))}
}

// Next returns the next operation.
func (s *Stream) Next() Op {
	s.steps = s.steps[:0]
	if s.rng.Float64() < s.w.Config.Reads {
		s.steps = append(s.steps, s.read(s.w.reads.at(s.rng.Float64())))
		return Op{Steps: s.steps}
	}
	first := s.w.writes.at(s.rng.Float64())
	s.steps = append(s.steps, s.write(first))
	second := s.w.pairs[first]
	if second == nil || s.rng.Float64() >= transactionShare {
		return Op{Steps: s.steps}
	}
	return s.transaction(second)
}

func (s *Stream) read(st *Statement) Step {
	step := Step{Statement: st, ID: s.w.keys[st.Table.Parents].draw(s.rng)}
	switch st.Kind {
	case Point:
		step.ID = s.w.keys[st.Table.Rows].draw(s.rng)
	case List:
		step.Page = s.page()
	}
	return step
}

// page: most visitors stay on the first.
func (s *Stream) page() int64 {
	switch x := s.rng.Float64(); {
	case x < 0.7:
		return 0
	case x < 0.9:
		return 1
	}
	return 2
}

func (s *Stream) write(st *Statement) Step {
	step := Step{Statement: st, Amount: s.rng.Int64N(100)}
	if st.Kind == Insert {
		step.ID = s.w.keys[st.Table.Parents].draw(s.rng)
	} else {
		step.ID = s.w.keys[st.Table.Rows].draw(s.rng)
	}
	return step
}

// transaction adds a second write and a look at a row just written, as pages do
// that answer a form.
func (s *Stream) transaction(second *Statement) Op {
	s.steps = append(s.steps, s.write(second))
	// Everyone writes tables in the same order, or PostgreSQL finds deadlocks.
	slices.SortFunc(s.steps, func(a, b Step) int { return a.Statement.Table.Index - b.Statement.Table.Index })
	for _, step := range s.steps {
		if step.Statement.Kind == Update {
			s.steps = append(s.steps, Step{Statement: s.w.rowReads[step.Statement.Table], ID: step.ID})
			break
		}
	}
	return Op{Steps: s.steps, Transaction: true, Rollback: s.rng.Float64() < rollbackShare}
}
