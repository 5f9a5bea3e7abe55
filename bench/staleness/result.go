//go:build unix

package staleness

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/faults"
	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/staleness/judge"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
)

// A Result is what a run found.
type Result struct {
	Config  Config        `json:"config"`
	Elapsed time.Duration `json:"elapsed_ns"`
	Started int           `json:"processes_started"`

	Checked      int64   `json:"checked_operations"` // reads and acknowledged writes of registers
	Reads        int64   `json:"reads_checked"`
	Writes       int64   `json:"writes_acknowledged"`
	Open         int64   `json:"writes_of_unknown_outcome"`
	DuringFaults int64   `json:"checked_during_faults"`
	HitReads     int64   `json:"reads_checked_that_hit"`
	Stale        int64   `json:"stale"`
	PerMillion   float64 `json:"stale_per_million_reads"`
	OldestNs     int64   `json:"stale_longest_after_ns"` // since somebody knew of a later version

	Offences map[judge.Offence]int64 `json:"offences"` // all that no database explains, stale reads among them
	Declared map[string]int64        `json:"declared"` // stale reads that the documentation allows, by why
	Bound    time.Duration           `json:"declared_longest_after_ns"`

	Hits      uint64            `json:"hits"`
	Misses    uint64            `json:"misses"`
	Bypasses  uint64            `json:"bypasses"`
	Reasons   map[string]uint64 `json:"bypass_reasons"`
	Refused   uint64            `json:"writes_refused"`
	HitRate   float64           `json:"hit_rate"`
	Porcupine judge.Sampled     `json:"porcupine"`

	Faults      map[faults.Kind]int `json:"faults"`
	FaultCount  int                 `json:"fault_count"`
	Canceled    int64               `json:"reads_canceled"`
	FailedDB    int64               `json:"reads_failed_by_database"`
	FailedCache int64               `json:"reads_failed_by_cache"` // must be 0
	Errors      []string            `json:"errors,omitempty"`      // of the last, as far as they were told

	Schedules []string `json:"schedules,omitempty"`
}

// Bad reports whether the run found what must not be.
func (r *Result) Bad() bool {
	return len(r.Offences) > 0 || r.FailedCache > 0 || r.Porcupine.Illegal > 0
}

// wrongs counts what must not be.
func (r *Result) wrongs() string {
	var all []string
	for _, o := range slices.Sorted(maps.Keys(r.Offences)) {
		all = append(all, fmt.Sprintf("%d reads or writes %s", r.Offences[o], o))
	}
	if n := r.FailedCache; n > 0 {
		all = append(all, fmt.Sprintf("%d reads that it made fail", n))
	}
	if n := r.Porcupine.Illegal; n > 0 {
		all = append(all, fmt.Sprintf("%d registers that porcupine finds not linearizable", n))
	}
	return strings.Join(all, ", ")
}

func (r *Result) addReport(w worker.Report) {
	r.Hits, r.Misses, r.Bypasses, r.Reasons, r.Refused = w.Hits, w.Misses, w.Bypasses, w.Reasons, w.Refused
	if n := w.Hits + w.Misses + w.Bypasses; n > 0 {
		r.HitRate = float64(w.Hits) / float64(n)
	}
}

// grace is how long connections may be found broken after the fault that broke them.
const grace = 5 * time.Second

// addFaults counts faults, and what happened during them: from when one was injected
// until a lease after it was undone, which is for how long a fence may be left, or a
// tag in quarantine.
func (r *Result) addFaults(h *judge.History, all []faults.Fault, lease time.Duration, failed []worker.Failed) {
	r.Faults = map[faults.Kind]int{}
	var any, database []judge.Span
	for _, f := range all {
		r.Faults[f.Kind]++
		r.FaultCount++
		any = append(any, judge.Span{Begin: f.Span.Begin, End: f.Span.End + int64(lease)})
		if f.Database {
			database = append(database, judge.Span{Begin: f.Span.Begin, End: f.Span.End + int64(grace)})
		}
	}
	any, database = merge(any), merge(database)
	for _, p := range h.Processes {
		for i := range p.Records {
			r.addRecord(&p.Records[i], any, database)
		}
	}
	for _, f := range failed {
		if cacheFailed(f.Blame, judge.Span{Begin: f.Begin, End: f.End}, database) && !slices.Contains(r.Errors, f.Text) {
			r.Errors = append(r.Errors, f.Text)
		}
	}
}

// cacheFailed reports whether it was the cache that made a read fail, and not a database
// that was out of reach then.
func cacheFailed(b worker.Blame, s judge.Span, database []judge.Span) bool {
	return b == worker.Cache || b == worker.Unclear && !touches(database, s)
}

func (r *Result) addRecord(o *history.Record, any, database []judge.Span) {
	span := judge.Span{Begin: o.Begin, End: o.End}
	switch {
	case o.Kind == history.Failure && o.Outcome == history.Canceled:
		r.Canceled++
	case o.Kind == history.Failure:
		if cacheFailed(worker.Blame(o.Version), span, database) {
			r.FailedCache++
		} else {
			r.FailedDB++
		}
	case o.Outcome == history.Done && o.Kind != history.Heard && touches(any, span):
		r.DuringFaults++
	}
}

// merge returns spans that do not touch, in order.
func merge(spans []judge.Span) []judge.Span {
	slices.SortFunc(spans, func(a, b judge.Span) int { return int(a.Begin - b.Begin) })
	var merged []judge.Span
	for _, s := range spans {
		if n := len(merged); n > 0 && merged[n-1].Touches(s) {
			merged[n-1].End = max(merged[n-1].End, s.End)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// touches reports whether s touches one of merged spans.
func touches(merged []judge.Span, s judge.Span) bool {
	i, _ := slices.BinarySearchFunc(merged, s.Begin, func(m judge.Span, begin int64) int { return int(m.End - begin) })
	return i < len(merged) && merged[i].Touches(s)
}

func (r *Result) addVerdict(v *judge.Verdict) {
	r.Reads, r.Writes, r.Open, r.HitReads = v.Reads, v.Writes, v.Open, v.Hits
	r.Checked = v.Reads + v.Writes
	r.Offences, r.Declared = map[judge.Offence]int64{}, map[string]int64{}
	for _, o := range v.Violations {
		r.Offences[o.Offence]++
		if o.Offence == judge.Stale {
			r.Stale++
			r.OldestNs = max(r.OldestNs, o.Age)
		}
	}
	for _, o := range v.Declared {
		r.Declared[o.Why]++
		r.Bound = max(r.Bound, time.Duration(o.Age))
	}
	if r.Reads > 0 {
		r.PerMillion = float64(r.Stale) / float64(r.Reads) * 1e6
	}
}
