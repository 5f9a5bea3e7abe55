//go:build unix

package staleness

import (
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
	row := func(name string, value any, about string) { fmt.Fprintf(&s, "%-28s %12v  %s\n", name, value, about) }
	row("operations checked", r.Checked, fmt.Sprintf("%d reads, %d writes; %d more writes of unknown outcome", r.Reads, r.Writes, r.Open))
	row("  during faults", r.DuringFaults, "from a fault to a lease after its end")
	row("hits", r.Hits, fmt.Sprintf("%.1f %%; %d misses, %d bypasses%s", 100*r.HitRate, r.Misses, r.Bypasses, counted(r.Reasons)))
	row("writes refused", r.Refused, "the store was out of reach, in Strict mode")
	row("faults", r.FaultCount, "")
	for _, k := range slices.Sorted(maps.Keys(r.Faults)) {
		row("  "+string(k), r.Faults[k], "")
	}
	row("reads canceled", r.Canceled, "their contexts ended")
	row("reads failed: database", r.FailedDB, "it restarted, was cut off, ...")
	row("reads failed: cache", r.FailedCache, "must be 0")
	row("stale reads", r.Stale, fmt.Sprintf("%.2f per million%s", r.PerMillion, longest(r.OldestNs)))
	for _, o := range slices.Sorted(maps.Keys(r.Offences)) {
		if o != "stale" {
			row("  "+string(o), r.Offences[o], "")
		}
	}
	for _, why := range slices.Sorted(maps.Keys(r.Declared)) {
		row("  declared", r.Declared[why], why+longest(int64(r.Bound)))
	}
	p := r.Porcupine
	row("porcupine", p.Keys, fmt.Sprintf("registers, %d operations: %d not linearizable, %d not decided in time", p.Ops, p.Illegal, p.OutOfTime))
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

func longest(ns int64) string {
	if ns == 0 {
		return ""
	}
	return fmt.Sprintf(", at most %v after a later version was known", time.Duration(ns).Round(time.Microsecond))
}

func counted(reasons map[string]uint64) string {
	if len(reasons) == 0 {
		return ""
	}
	var s []string
	for _, name := range slices.Sorted(maps.Keys(reasons)) {
		s = append(s, fmt.Sprintf("%s %d", name, reasons[name]))
	}
	return " (" + strings.Join(s, ", ") + ")"
}
