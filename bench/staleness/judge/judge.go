//go:build unix

package judge

import (
	"slices"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
)

// A Verdict is what was found.
type Verdict struct {
	Reads  int64 // versions that reads returned, each of which was checked
	Writes int64 // versions that were made, and acknowledged
	Open   int64 // writes whose outcome is not known
	Hits   int64 // of the reads: answered by an entry of the store

	Violations []Violation // all but the declared ones
	Declared   []Violation // stale reads that the protocol's documentation allows
}

// An Offence says what is wrong with an operation.
type Offence string

// The offences.
const (
	Stale     Offence = "stale"           // older than what somebody knew before it began
	FromAbort Offence = "rolled back"     // the version was never committed
	Invented  Offence = "invented"        // nobody made the version
	Early     Offence = "from the future" // its write had not begun
	NotOwn    Offence = "own write lost"  // a transaction did not see what it wrote
	Overtaken Offence = "made again"      // a write went by a version that was not the latest
)

// A Violation is an operation that no database without a cache explains.
type Violation struct {
	Offence Offence
	Op      history.Record
	Process uint32

	// Of a stale read:
	Floor          int64          // the version that it had to return at least
	Witness        history.Record // the operation that had told of it
	WitnessProcess uint32
	Writer         history.Record // the write that the read did not see, the first one
	WriterProcess  uint32         // 0 if nobody knows
	Age            int64          // nanoseconds since somebody knew of a later version
	Why            string         // of a declared one
}

// Judge checks a history.
func Judge(h *History) *Verdict {
	j := judge{h: h, v: &Verdict{}, floors: make([]floor, h.Keys), all: h.ops(), keys: map[uint32]*keyIndex{}}
	for i := range j.floors {
		j.floors[i] = floor{1, op{Record: &history.Record{}}} // by which all begin
	}
	j.run()
	return j.v
}

type judge struct {
	h      *History
	v      *Verdict
	all    []op
	floors []floor
	keys   map[uint32]*keyIndex
}

// A floor is the latest version of a register that is known at an instant.
type floor struct {
	version int64
	witness op
}

// run goes through the history once, in the order of time: an operation that has
// ended raises its register's floor for those that begin afterwards. What ends at the
// very instant at which another begins was not before it.
func (j *judge) run() {
	begins := slices.Clone(j.all)
	slices.SortFunc(begins, byBegin)
	ends := slices.DeleteFunc(j.all, func(o op) bool { return !o.tells() })
	slices.SortFunc(ends, byEnd)
	j.all = begins
	for _, o := range begins {
		for len(ends) > 0 && ends[0].End < o.Begin {
			j.raise(ends[0])
			ends = ends[1:]
		}
		j.check(o)
	}
}

func (j *judge) raise(o op) {
	if f := &j.floors[o.Key]; o.Version > f.version {
		*f = floor{o.Version, o}
	}
}

func (j *judge) check(o op) {
	f := &j.floors[o.Key]
	switch o.Kind {
	case history.Read:
		if o.Outcome != history.Done {
			return
		}
		j.v.Reads++
		if o.Source == history.Hit {
			j.v.Hits++
		}
		if o.Version < f.version {
			j.stale(o, f)
		}
		j.origin(o)
	case history.OwnRead:
		j.v.Reads++
		if o.Outcome == history.Aborted {
			j.violation(NotOwn, o)
		}
	case history.Write:
		switch {
		case o.Outcome == history.Unknown:
			j.v.Open++
		case o.Outcome == history.Done:
			j.v.Writes++
			if o.Version > 0 && o.Version <= f.version {
				j.violation(Overtaken, o)
			}
		}
	}
}

// origin checks that the write that a read names can have made what it read.
func (j *judge) origin(o op) {
	if o.Writer == 0 { // the first version
		if o.Version != 1 {
			j.violation(Invented, o)
		}
		return
	}
	w := j.h.write(history.ID(o.Writer))
	switch {
	case w == nil, w.Key != j.h.home(o.Key), w.Version > 0 && w.Version != o.Version:
		j.violation(Invented, o)
	case w.Outcome == history.Aborted:
		j.violation(FromAbort, o)
	case w.Begin > o.End:
		j.violation(Early, o)
	}
}

func (j *judge) violation(what Offence, o op) {
	j.v.Violations = append(j.v.Violations, Violation{Offence: what, Op: *o.Record, Process: o.process})
}

func (j *judge) stale(o op, f *floor) {
	index := j.index(o.Key)
	v := Violation{
		Offence: Stale, Op: *o.Record, Process: o.process,
		Floor: f.version, Witness: *f.witness.Record, WitnessProcess: f.witness.process,
		Age: max(0, o.Begin-index.known(o.Version+1)),
	}
	if w, ok := index.writes[o.Version+1]; ok {
		v.Writer, v.WriterProcess = *w.Record, w.process
	}
	if v.Why = j.declared(o, f, index); v.Why != "" {
		j.v.Declared = append(j.v.Declared, v)
		return
	}
	j.v.Violations = append(j.v.Violations, v)
}
