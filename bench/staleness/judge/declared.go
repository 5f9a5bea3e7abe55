//go:build unix

package judge

import (
	"slices"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
)

// stoppedWriter is why a stale read is one that the protocol declares.
//
//	1: writer: fence orders
//	2: writer: stopped for longer than the lease, which ends the fence
//	3: reader: query, save     the rows of before, under the new generation
//	4: writer: goes on, COMMIT
//	5: reader: query           by another way: sees the write
//	6: reader: hit             stale
//	7: writer: lift            advances; the write is acknowledged after it
//
// Package invalidation declares it: "A process is not stopped for longer than the lease
// just between Fence's return and the sending of what it was called for." It is bounded
// by step 7: nobody misses a write that was acknowledged to its writer.
const stoppedWriter = "the writer was stopped between its fence and its COMMIT"

// declared says why a stale read is a declared one, "" if it is none: each version that
// it did not see was made by a process that had been stopped meanwhile and was not
// acknowledged when the read began.
func (j *judge) declared(o op, f *floor, index *keyIndex) string {
	for version := o.Version + 1; version <= f.version; version++ {
		w, ok := index.writes[version]
		if !ok || w.End != 0 && w.End < o.Begin {
			return ""
		}
		end := w.End
		if end == 0 {
			end = o.Begin
		}
		if !j.h.stopped(w.process, Span{w.Begin, end}) {
			return ""
		}
	}
	return stoppedWriter
}

// stopped reports whether a process stood still at some time of s, by itself or not.
func (h *History) stopped(process uint32, s Span) bool {
	p := h.Processes[process]
	for _, stop := range p.Stops {
		if stop.Touches(s) {
			return true
		}
	}
	return slices.ContainsFunc(p.Records, func(r history.Record) bool {
		return r.Kind == history.Stall && s.Touches(Span{r.Begin, r.End})
	})
}
