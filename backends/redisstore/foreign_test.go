package redisstore_test

import (
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/redisstore"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// foreign puts something at a key that no store puts there.
var foreign = map[string]func(t *testing.T, rdb redis.UniversalClient, key string){
	"number": func(t *testing.T, rdb redis.UniversalClient, key string) { must(t, rdb.Incr(t.Context(), key).Err()) },
	"empty":  func(t *testing.T, rdb redis.UniversalClient, key string) { set(t, rdb, key, "") },
	"text":   func(t *testing.T, rdb redis.UniversalClient, key string) { set(t, rdb, key, "twenty bytes of text") },
	"cut short": func(t *testing.T, rdb redis.UniversalClient, key string) {
		set(t, rdb, key, "gjt1\x00\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00")
	},
	"half a fence": func(t *testing.T, rdb redis.UniversalClient, key string) {
		set(t, rdb, key, "gjt1\x00\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00half a fence")
	},
	"another version": func(t *testing.T, rdb redis.UniversalClient, key string) {
		set(t, rdb, key, "gjt9\x00\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00")
	},
	"text as long as a fence": func(t *testing.T, rdb redis.UniversalClient, key string) {
		set(t, rdb, key, strings.Repeat("text", 11))
	},
	"no S2 block": func(t *testing.T, rdb redis.UniversalClient, key string) {
		set(t, rdb, key, "gjz2\xff\xff\xff\xff\xff\xff")
	},
	"huge S2 block": func(t *testing.T, rdb redis.UniversalClient, key string) {
		set(t, rdb, key, "gjz2\xff\xff\xff\xff\x0f")
	},
	"no packing known": func(t *testing.T, rdb redis.UniversalClient, key string) { set(t, rdb, key, "gjz9rows") },
	"list": func(t *testing.T, rdb redis.UniversalClient, key string) {
		must(t, rdb.RPush(t.Context(), key, "a", "b").Err())
	},
	"hash": func(t *testing.T, rdb redis.UniversalClient, key string) {
		must(t, rdb.HSet(t.Context(), key, "a", "b").Err())
	},
}

func set(t *testing.T, rdb redis.UniversalClient, key, value string) {
	t.Helper()
	must(t, rdb.Set(t.Context(), key, value, 0).Err())
}

func clients(t *testing.T) map[string]redis.UniversalClient {
	return map[string]redis.UniversalClient{
		"single":  dial(t, testservers.Redis(t)),
		"cluster": dialCluster(t, testservers.RedisCluster(t)),
	}
}

// Whatever stands where a tag is kept, its generation is begun anew.
func TestForeignTag(t *testing.T) {
	for on, rdb := range clients(t) {
		for name, put := range foreign {
			t.Run(on+"/"+name, func(t *testing.T) {
				w := newWorld(t, open(t, rdb, nil))
				w.read("v1", miss)
				before := load(t, w.store, w.tags)
				replace := func() {
					must(t, rdb.Del(t.Context(), tagKey(w.tags[1])).Err())
					put(t, rdb, tagKey(w.tags[1]))
				}
				replace()
				after := load(t, w.store, w.tags)
				if after[1].Generation == before[1].Generation || after[1].Fenced {
					t.Errorf("got %+v in place of a foreign value, from %+v", after[1], before[1])
				}
				w.read("v1", miss)
				w.read("v1", hit)
				replace()
				w.write("v2")
				w.read("v2", miss)
				replace()
				w.fence()
				w.read("v2", bypass)
			})
		}
	}
}

// Whatever stands where an entry is kept, it is no entry.
func TestForeignEntry(t *testing.T) {
	for on, rdb := range clients(t) {
		for name, put := range foreign {
			t.Run(on+"/"+name, func(t *testing.T) {
				w := newWorld(t, open(t, rdb, nil))
				put(t, rdb, entryKey(w.key))
				w.read("v1", miss)
				w.read("v1", hit)
			})
		}
	}
}

func TestForeignValuesAreCounted(t *testing.T) {
	rdb := dial(t, testservers.Redis(t))
	s := open(t, rdb, nil)
	key, tags := newKey(), newTags(1)
	set(t, rdb, tagKey(tags[0]), "text")
	set(t, rdb, entryKey(key), "gjz2text")
	_, err := s.Load(t.Context(), key, tags, make([]backends.TagState, 1))
	must(t, err)
	if got := s.Stats(); got.Foreign != 2 || got.Settled != 1 {
		t.Errorf("got %+v; want 2 foreign values, 1 settled load", got)
	}
}

// A program without compression reads what one with it has saved.
func TestCompressedEntriesAreRead(t *testing.T) {
	rdb := dial(t, testservers.Redis(t))
	with, without := open(t, rdb, &redisstore.Options{CompressAbove: 100}), open(t, rdb, nil)
	for _, size := range []int{0, 99, 100, 400, 5000} {
		key, entry := newKey(), rows(size)
		must(t, with.Save(t.Context(), key, entry, hour))
		got, err := without.Load(t.Context(), key, nil, nil)
		must(t, err)
		if string(got) != string(entry) {
			t.Errorf("%d bytes came back as %d", size, len(got))
		}
		stored := must2(rdb.StrLen(t.Context(), entryKey(key)).Result())(t)
		if small := stored < int64(size); small != (size > 100) {
			t.Errorf("%d bytes are kept in %d", size, stored)
		}
	}
	if with.Stats().Compressed == 0 {
		t.Error("compression was not counted")
	}
}

// What begins like a compressed entry comes back as it was, too.
func TestEntryThatLooksCompressed(t *testing.T) {
	s := open(t, dial(t, testservers.Redis(t)), nil)
	for _, entry := range []string{"gjz", "gjz0", "gjz2abc", "gjz2", "gj"} {
		key := newKey()
		must(t, s.Save(t.Context(), key, []byte(entry), hour))
		got, err := s.Load(t.Context(), key, nil, nil)
		must(t, err)
		if string(got) != entry {
			t.Errorf("%q came back as %q", entry, got)
		}
	}
}
