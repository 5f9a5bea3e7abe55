package redisstore_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// Lua counts in doubles, and a generation has 64 bits.
func TestGenerationsCarry(t *testing.T) {
	rdb := dial(t, testservers.Redis(t))
	s, tags := open(t, rdb, nil), newTags(1)
	load(t, s, tags)
	for _, g := range []backends.Generation{0, 1<<32 - 1, 1<<53 - 1, 1<<53 + 1, 1<<63 - 1, 1<<63 | (1<<32 - 1), math.MaxUint64 - 1} {
		v := []byte(must2(rdb.Get(t.Context(), tagKey(tags[0])).Result())(t))
		binary.LittleEndian.PutUint64(v[12:], uint64(g))
		set(t, rdb, tagKey(tags[0]), string(v))
		if got := load(t, s, tags)[0].Generation; got != g {
			t.Errorf("got %d; want %d", got, g)
		}
		must(t, s.Advance(t.Context(), tags))
		if got := load(t, s, tags)[0].Generation; got != g+1 {
			t.Errorf("got %d after %d; want the next", got, g)
		}
	}
}

// What Fence makes has no generation yet, and has outlived nothing.
func TestFenceBeforeTheFirstLoad(t *testing.T) {
	s, tags := open(t, dial(t, testservers.Redis(t)), nil), newTags(1)
	must(t, s.Fence(t.Context(), tags, backends.NewToken(), hour))
	first := load(t, s, tags)[0]
	if again := load(t, s, tags)[0]; again != first || !first.Fenced || first.Generation == 0 {
		t.Errorf("got %+v, then %+v; want one generation, fenced", first, again)
	}
	if got := s.Stats(); got.Outlived != 0 || got.Foreign != 0 {
		t.Errorf("got %+v", got)
	}
}
