package redisstore

import (
	"encoding/binary"

	"github.com/gojohnny/gojohnny/backends"
)

// The value of a tag is described where it is made: scripts/tag.lua.
const (
	tagMagic = "gjt1"
	tagHead  = len(tagMagic) + 8 + 8
	tagFence = 16 + 8
)

// A tagValue is what stands in the server at a tag.
type tagValue struct {
	incarnation incarnation // that began the generation
	state       backends.TagState
}

// parseTag takes a tag's value apart. It reports false for what no script of ours
// has written.
func parseTag(v string) (tagValue, bool) {
	if len(v) < tagHead || (len(v)-tagHead)%tagFence != 0 || v[:len(tagMagic)] != tagMagic {
		return tagValue{}, false
	}
	var t tagValue
	copy(t.incarnation[:], v[len(tagMagic):])
	t.state.Generation = backends.Generation(binary.LittleEndian.Uint64([]byte(v[tagHead-8 : tagHead])))
	t.state.Fenced = len(v) > tagHead
	return t, true
}
