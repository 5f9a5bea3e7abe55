//go:build unix

package staleness

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// WriteText writes the result at a glance.
func (r *Result) WriteText(w io.Writer) error {
	var s strings.Builder
	c := r.Config
	fmt.Fprintf(&s, "%s on %s: %d processes at a time (%d in all) with %d clients each, %v, seed %d\n\n",
		c.System, c.Store, c.Processes, r.Started, c.Clients, r.Elapsed.Round(time.Second), c.Seed)
	s.WriteString(slices.Concat(r.operations(), r.cached(), r.broken(), r.judged()).String())
	for _, text := range r.Schedules {
		fmt.Fprintf(&s, "\n%s", text)
	}
	if len(r.Schedules) > 0 {
		fmt.Fprintf(&s, "\nThe same operations and faults again, though not at the same instants: -seed %d\n", c.Seed)
	}
	for _, e := range r.Errors[:min(len(r.Errors), maxErrors)] {
		fmt.Fprintf(&s, "\nerror: %s", e)
	}
	if len(r.Errors) > 0 {
		s.WriteByte('\n')
	}
	_, err := io.WriteString(w, s.String())
	return err
}

const maxErrors = 10

// A figure is a line of the text: what was counted, how many, and what there is to say of it.
type figure struct {
	name  string
	value any
	about string
}

type figures []figure

func (all figures) String() string {
	width := 0
	for _, f := range all {
		width = max(width, len(f.name))
	}
	var s strings.Builder
	for _, f := range all {
		line := fmt.Sprintf("%-*s %10v  %s", width, f.name, f.value, f.about)
		s.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return s.String()
}

func (r *Result) operations() figures {
	return figures{
		{"operations checked", r.Checked, ""},
		{"  reads", r.Reads, ""},
		{"  writes", r.Writes, fmt.Sprintf("and %d of unknown outcome", r.Open)},
		{"  during faults", r.DuringFaults, "or until a lease after one"},
	}
}

// cached is what the caches say of themselves.
func (r *Result) cached() figures {
	return append(figures{
		{"hits", r.Hits, fmt.Sprintf("%.1f %%", 100*r.HitRate)},
		{"misses", r.Misses, ""},
		{"bypasses", r.Bypasses, ""},
	}, slices.Concat(counted(r.Reasons), figures{{"writes refused", r.Refused, "out of the store's reach"}})...)
}

func (r *Result) broken() figures {
	return slices.Concat(figures{{"faults", r.FaultCount, ""}}, counted(r.Faults), figures{
		{"reads canceled", r.Canceled, "their contexts ended"},
		{"reads failed: database", r.FailedDB, "restarted, cut off, ..."},
		{"reads failed: cache", r.FailedCache, "must be 0"},
	})
}

func (r *Result) judged() figures {
	all := figures{{"stale reads", r.Stale, fmt.Sprintf("%.2f per million", r.PerMillion)}}
	if r.Stale > 0 {
		all = append(all, figure{"  the longest after", rounded(r.OldestNs), "a later version was known"})
	}
	for _, f := range counted(r.Offences) {
		if f.name != "  stale" {
			all = append(all, f)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(r.Declared)) {
		all = append(all, figure{"  declared", r.Declared[why], why})
	}
	if len(r.Declared) > 0 {
		all = append(all, figure{"  the longest after", rounded(int64(r.Bound)), "a later version was known"})
	}
	p := r.Porcupine
	return append(all,
		figure{"registers for porcupine", p.Keys, fmt.Sprintf("%d operations", p.Ops)},
		figure{"  not linearizable", p.Illegal, ""},
		figure{"  not decided in time", p.OutOfTime, ""})
}

func rounded(ns int64) time.Duration { return time.Duration(ns).Round(time.Microsecond) }

// counted are the parts of a sum, by name.
func counted[K ~string, N int | int64 | uint64](parts map[K]N) figures {
	var all figures
	for name, n := range parts {
		all = append(all, figure{"  " + string(name), n, ""})
	}
	slices.SortFunc(all, func(a, b figure) int { return cmp.Compare(a.name, b.name) })
	return all
}
