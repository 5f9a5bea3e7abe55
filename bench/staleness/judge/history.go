//go:build unix

package judge

import (
	"cmp"
	"slices"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
)

// A History is what all processes of a run noted.
type History struct {
	Processes map[uint32]*Process // by number
	Keys      uint32              // how many registers there are

	// Home is the register whose write makes the versions of a register: another one
	// where the database copies them. nil if each makes its own.
	Home func(key uint32) uint32

	// Untold is for how long a read may miss a write of which the store never learns,
	// because its process died: 0 if each is fenced or refused.
	Untold time.Duration
}

func (h *History) home(key uint32) uint32 {
	if h.Home == nil {
		return key
	}
	return h.Home(key)
}

// A Process is what one of them noted.
type Process struct {
	Records []history.Record
	Stops   []Span // when it was made to stand still
}

// A Span is from one instant to another.
type Span struct{ Begin, End int64 }

// Touches reports whether two spans have an instant in common.
func (s Span) Touches(t Span) bool { return s.Begin <= t.End && t.Begin <= s.End }

// write returns the record of a write, nil if nobody noted it.
func (h *History) write(id history.ID) *history.Record {
	p := h.Processes[id.Process()]
	if p == nil || id.Slot() < 0 || id.Slot() >= len(p.Records) {
		return nil
	}
	r := &p.Records[id.Slot()]
	if r.Kind != history.Write {
		return nil
	}
	return r
}

// An op is a record and whose it is.
type op struct {
	*history.Record
	process uint32
}

// ops returns all records, in no order.
func (h *History) ops() []op {
	n := 0
	for _, p := range h.Processes {
		n += len(p.Records)
	}
	all := make([]op, 0, n)
	for number, p := range h.Processes {
		for i := range p.Records {
			switch r := &p.Records[i]; r.Kind {
			case history.Read, history.Write, history.Heard, history.OwnRead:
				all = append(all, op{r, number})
			}
		}
	}
	return all
}

func byBegin(a, b op) int { return cmp.Compare(a.Begin, b.Begin) }
func byEnd(a, b op) int   { return cmp.Compare(a.End, b.End) }

// tells reports whether a version is known to be committed once the operation has ended.
func (o op) tells() bool {
	switch o.Kind {
	case history.Read, history.Heard:
		return o.Outcome == history.Done
	case history.Write:
		return o.Outcome == history.Done && o.Version > 0
	}
	return false
}

// of returns what concerns a register, by beginning.
func of(all []op, key uint32) []op {
	var some []op
	for _, o := range all {
		if o.Key == key {
			some = append(some, o)
		}
	}
	slices.SortFunc(some, byBegin)
	return some
}
