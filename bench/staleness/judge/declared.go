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

// storeAway is why a stale read is one that the protocol declares for the mode Available.
//
//	1: writer: fence orders       the store is out of reach of its process
//	2: writer: COMMIT
//	3: reader: hit                stale, in another process
//	4: writer: lift               the store is told, or never if the process dies before
//
// It is bounded by step 4, or by the time to live of what is kept.
const storeAway = "the store was out of reach of the writer's process"

// declared says why a stale read is a declared one, "" if it is none: it has to be for
// each version that it did not see.
func (j *judge) declared(o op, f *floor, index *keyIndex) (why string) {
	for version := o.Version + 1; version <= f.version; version++ {
		w, ok := index.writes[version]
		switch {
		case ok && j.stoppedBefore(w, o):
			why = stoppedWriter
		case ok && j.h.untold(w, o, index.known(version)):
			why = storeAway
		default:
			return ""
		}
	}
	return why
}

// stoppedBefore reports whether a version that a read did not see was made by a process
// that had been stopped meanwhile, and was not acknowledged when the read began.
func (j *judge) stoppedBefore(w, o op) bool {
	if w.End != 0 && w.End < o.Begin {
		return false
	}
	end := w.End
	if end == 0 {
		end = o.Begin
	}
	return j.h.stopped(w.process, Span{w.Begin, end})
}

// untold reports whether the store did not know yet, when a read of another process began,
// of the write that it did not see.
func (h *History) untold(w, o op, known int64) bool {
	if h.Untold == 0 || w.process == o.process {
		return false
	}
	return slices.ContainsFunc(h.Processes[w.process].Records, func(r history.Record) bool {
		if r.Kind != history.Untold || r.Begin < w.Begin || w.End != 0 && r.Begin > w.End {
			return false
		}
		return r.End != 0 && o.Begin <= r.End || r.End == 0 && o.Begin <= known+int64(h.Untold)
	})
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
