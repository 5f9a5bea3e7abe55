//go:build unix

package judge

import (
	"math"
	"slices"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
)

// A keyIndex is made of a register that had a stale read.
type keyIndex struct {
	writes map[int64]op // by the version that they made
	first  []int64      // by version: when somebody knew of it or of a later one
}

// index returns the index of a register.
func (j *judge) index(key uint32) *keyIndex {
	if x := j.keys[key]; x != nil {
		return x
	}
	x := &keyIndex{writes: map[int64]op{}}
	j.keys[key] = x
	for _, o := range j.all {
		if o.Key != key {
			continue
		}
		x.note(o)
		if o.Kind != history.Read || o.Writer == 0 {
			continue
		}
		// What was read tells which of the writes without an answer happened.
		if w := j.h.write(history.ID(o.Writer)); w != nil {
			x.writes[o.Version] = op{w, history.ID(o.Writer).Process()}
		}
	}
	for v := len(x.first) - 2; v >= 0; v-- {
		x.first[v] = min(x.first[v], x.first[v+1])
	}
	return x
}

func (x *keyIndex) note(o op) {
	if !o.tells() {
		return
	}
	for int64(len(x.first)) <= o.Version {
		x.first = append(slices.Grow(x.first, 1024), math.MaxInt64)
	}
	x.first[o.Version] = min(x.first[o.Version], o.End)
	if o.Kind == history.Write {
		x.writes[o.Version] = o
	}
}

// known is when somebody first knew of a version, or of a later one.
func (x *keyIndex) known(version int64) int64 {
	if version >= int64(len(x.first)) {
		return math.MaxInt64
	}
	return x.first[version]
}
