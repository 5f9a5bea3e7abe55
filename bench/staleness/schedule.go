//go:build unix

package staleness

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/faults"
	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/staleness/judge"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
)

// A storyteller tells what happened.
type storyteller struct {
	mix    worker.Mix
	began  int64 // when the run did
	faults []faults.Fault
	open   map[history.ID]string // why the outcome of a write is not known
}

// schedules tell of the offences that take the shortest time, the shortest first, and
// of declared ones if there is nothing else to tell.
func (s *storyteller) schedules(v *judge.Verdict, most int) []string {
	from := slices.Clone(v.Violations)
	if len(from) == 0 {
		from = slices.Clone(v.Declared)
	}
	slices.SortFunc(from, func(a, b judge.Violation) int { return cmp.Compare(length(a), length(b)) })
	var texts []string
	for _, o := range from[:min(len(from), most)] {
		texts = append(texts, s.schedule(o))
	}
	return texts
}

// length is the time from the beginning of the write to the end of the read.
func length(v judge.Violation) int64 {
	begin := v.Op.Begin
	if v.WriterProcess != 0 {
		begin = min(begin, v.Writer.Begin)
	}
	return v.Op.End - begin
}

// A line is a step of a schedule.
type line struct {
	at   int64
	text string
}

// schedule tells of an offence in the order of what happened.
func (s *storyteller) schedule(v judge.Violation) string {
	lines := slices.Concat(s.write(v), witness(v), read(v))
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.at, b.at) })

	var text strings.Builder
	start := lines[0].at
	fmt.Fprintf(&text, "%s, at %v of the run\n", s.mix.Name(v.Op.Key), time.Duration(start-s.began).Round(time.Millisecond))
	for i, l := range lines {
		fmt.Fprintf(&text, "  %d: %10.3f ms  %s\n", i+1, float64(l.at-start)/1e6, strings.ReplaceAll(l.text, "\n", " "))
	}
	for _, f := range s.faults {
		if f.Span.Touches(judge.Span{Begin: start - int64(before), End: v.Op.End}) {
			from, to := float64(f.Span.Begin-start)/1e6, float64(f.Span.End-start)/1e6
			fault := strings.TrimRight(fmt.Sprintf("%s %s", f.Kind, f.About), " ")
			fmt.Fprintf(&text, "  fault, from %.3f to %.3f ms: %s\n", from, to, fault)
		}
	}
	return text.String()
}

// write is the write that a read did not see, as far as it is known.
func (s *storyteller) write(v judge.Violation) []line {
	if v.WriterProcess == 0 {
		return nil
	}
	w := v.Writer
	lines := []line{{w.Begin, who(v.WriterProcess, w) + " begins"}}
	if w.End == 0 {
		return lines
	}
	end := "acknowledged"
	if w.Outcome == history.Unknown {
		end = "fails, its outcome is not known: " + s.open[history.ID(w.Writer)]
	}
	return append(lines, line{w.End, fmt.Sprintf("%s: version %d, %s", who(v.WriterProcess, w), v.Op.Version+1, end)})
}

// witness is how the version came to be known that a read did not see, unless its write told.
func witness(v judge.Violation) []line {
	w := v.Witness
	if v.Offence != judge.Stale || same(w, v.Writer) {
		return nil
	}
	told := line{w.End, fmt.Sprintf("%s: version %d%s", who(v.WitnessProcess, w), v.Floor, how(w))}
	if w.End == w.Begin {
		return []line{told}
	}
	return []line{{w.Begin, who(v.WitnessProcess, w) + " begins"}, told}
}

// read is the offence.
func read(v judge.Violation) []line {
	text := fmt.Sprintf("%s: version %d%s: %s", who(v.Process, v.Op), v.Op.Version, how(v.Op), v.Offence)
	if v.Offence == judge.Stale {
		text += fmt.Sprintf(" by %d, %v after a later one was known", v.Floor-v.Op.Version, time.Duration(v.Age))
	}
	if v.Why != "" {
		text += " (declared: " + v.Why + ")"
	}
	return []line{{v.Op.Begin, who(v.Process, v.Op) + " begins"}, {v.Op.End, text}}
}

// who did something, and what.
func who(process uint32, r history.Record) string {
	api := "sql"
	if r.Client%2 == 1 {
		api = "pgx"
	}
	return fmt.Sprintf("process %d, client %d (%s): %s", process, r.Client, api, worker.VerbName(r.Verb))
}

// how the cache met a read.
func how(r history.Record) string {
	if s := r.Source.String(); s != "" {
		return ", " + s
	}
	return ""
}

// before is for how long before a schedule begins its faults are told.
const before = time.Second

func same(a, b history.Record) bool { return a.Begin == b.Begin && a.Kind == b.Kind }
