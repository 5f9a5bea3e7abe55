package memcachestore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/gojohnny/gojohnny/backends"
)

// The form of a tag's item, integers little-endian:
//
//	"gjt"           3 bytes
//	format version  1 byte
//	generation      8 bytes
//	fences          32 bytes each: the writer's token, the id of the lease
//
// All of a tag is in one item, hence its generation and its fences are seen at one
// instant and change in one step.
const (
	tagVersion = 1
	tagFixed   = 12
	fenceSize  = 32
)

var tagMagic = []byte("gjt")

// A tagState is what a tag's item says. It is not changed, only replaced.
type tagState struct {
	generation backends.Generation
	fences     []fence
}

// A fence stands as long as the item of its lease does.
type fence struct {
	writer, lease backends.Token
}

// errNewer is not answered by beginning the tag anew, as foreign bytes are: the
// fences of newer programs would be lost.
var errNewer = errors.New("written by a newer version of this package")

// quietGeneration is the generation of a tag without fences, which is most of them.
func quietGeneration(b []byte) (backends.Generation, bool) {
	if len(b) != tagFixed || string(b[:3]) != string(tagMagic) || b[3] != tagVersion {
		return 0, false
	}
	return backends.Generation(binary.LittleEndian.Uint64(b[4:])), true
}

// parseState reads a tag's item. It is not ok if something else wrote it.
func parseState(b []byte) (s tagState, ok bool, err error) {
	switch {
	case len(b) < tagFixed || string(b[:3]) != string(tagMagic):
		return tagState{}, false, nil
	case b[3] != tagVersion:
		return tagState{}, false, fmt.Errorf("format version %d, want %d: %w", b[3], tagVersion, errNewer)
	case (len(b)-tagFixed)%fenceSize != 0:
		return tagState{}, false, nil
	}
	s.generation = backends.Generation(binary.LittleEndian.Uint64(b[4:]))
	for b = b[tagFixed:]; len(b) > 0; b = b[fenceSize:] {
		s.fences = append(s.fences, fence{backends.Token(b[:16]), backends.Token(b[16:32])})
	}
	return s, true, nil
}

func (s tagState) bytes() []byte {
	b := make([]byte, 0, tagFixed+len(s.fences)*fenceSize)
	b = append(append(b, tagMagic...), tagVersion)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.generation))
	for _, f := range s.fences {
		b = append(append(b, f.writer[:]...), f.lease[:]...)
	}
	return b
}

// settled returns s without the fences whose lease does not stand, and advanced for
// each of them.
func (s tagState) settled(stands func(lease backends.Token) bool) tagState {
	rest := slices.DeleteFunc(slices.Clone(s.fences), func(f fence) bool { return !stands(f.lease) })
	gone := len(s.fences) - len(rest)
	return tagState{generation: s.generation + backends.Generation(gone), fences: rest}
}

// fenced returns s with f, in place of an older fence of the same writer's.
func (s tagState) fenced(f fence) tagState {
	return tagState{generation: s.generation, fences: append(s.without(f.writer), f)}
}

// lifted returns s without w's fence, and advanced if advance is set.
func (s tagState) lifted(w backends.Token, advance bool) tagState {
	next := tagState{generation: s.generation, fences: s.without(w)}
	if advance {
		next.generation++
	}
	return next
}

// advanced returns s with the next generation.
func (s tagState) advanced() tagState {
	return tagState{generation: s.generation + 1, fences: s.fences}
}

// without returns a copy of the fences except w's.
func (s tagState) without(w backends.Token) []fence {
	rest := make([]fence, 0, len(s.fences)+1)
	for _, f := range s.fences {
		if f.writer != w {
			rest = append(rest, f)
		}
	}
	return rest
}

func (s tagState) has(w backends.Token) bool {
	return slices.ContainsFunc(s.fences, func(f fence) bool { return f.writer == w })
}

func (s tagState) equal(t tagState) bool {
	return s.generation == t.generation && slices.Equal(s.fences, t.fences)
}
