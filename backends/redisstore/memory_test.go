package redisstore_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// smallServer is one that may take 2 MiB more than it takes empty.
func smallServer(t *testing.T, policy string) (*testservers.RedisServer, *redis.Client) {
	t.Helper()
	server := testservers.NewRedis(t, "--maxmemory-policy", policy, "--maxmemory-samples", "10")
	rdb := dial(t, server)
	must(t, rdb.ConfigSet(t.Context(), "maxmemory", strconv.Itoa(memory(t, rdb, "used_memory")+2<<20)).Err())
	return server, rdb
}

func memory(t *testing.T, rdb *redis.Client, field string) int {
	t.Helper()
	return infoNumber(t, rdb, "memory", field)
}

func infoNumber(t *testing.T, rdb *redis.Client, section, field string) int {
	t.Helper()
	info := must2(rdb.Info(t.Context(), section).Result())(t)
	_, rest, _ := strings.Cut(info, field+":")
	value, _, _ := strings.Cut(rest, "\r\n")
	return must2(strconv.Atoi(value))(t)
}

// Nothing is evicted, and nothing more can be written: fences fail, and what stands
// is lifted all the same.
func TestMemoryFullNoEviction(t *testing.T) {
	server, rdb := smallServer(t, "noeviction")
	w := newWorld(t, open(t, dial(t, server), nil))
	w.read("v1", miss)
	alone, shared := w.tags, newTags(1)
	load(t, w.store, shared)
	token := w.fence()
	for range 2 {
		must(t, w.store.Fence(t.Context(), shared, backends.NewToken(), hour))
	}
	fillUp(t, rdb)
	// What the server frees by itself, or by deleting a tag, makes no room.
	must(t, rdb.ConfigSet(t.Context(), "maxmemory", strconv.Itoa(memory(t, rdb, "used_memory")/2)).Err())

	if err := w.store.Fence(t.Context(), alone, backends.NewToken(), hour); !redis.IsOOMError(err) {
		t.Errorf("Fence: got %v; want an out-of-memory error", err)
	}
	if err := w.store.Save(t.Context(), w.key, make([]byte, 1000), hour); !redis.IsOOMError(err) {
		t.Errorf("Save: got %v; want an out-of-memory error", err)
	}
	w.read("v1", bypass)
	w.row = "v2"
	must(t, w.store.Lift(t.Context(), alone, token, true))
	if err := w.store.Lift(t.Context(), shared, token, true); !redis.IsOOMError(err) {
		t.Errorf("Lift beside others' fences: got %v; want an out-of-memory error", err)
	}
	w.read("v2", bypass)

	must(t, rdb.ConfigSet(t.Context(), "maxmemory", "0").Err())
	w.read("v2", miss)
	w.read("v2", hit)
	if !load(t, w.store, shared)[0].Fenced {
		t.Error("a fence is gone")
	}
}

// fillUp writes until the server takes no more.
func fillUp(t *testing.T, rdb *redis.Client) {
	t.Helper()
	for size := 64 << 10; size > 0; size /= 2 {
		for i := 0; ; i++ {
			err := rdb.Set(t.Context(), fmt.Sprintf("junk-%d-%d", size, i), make([]byte, size), 0).Err()
			if redis.IsOOMError(err) {
				break
			}
			must(t, err)
		}
	}
}

// Tags may be evicted, and those under a fence too. Whatever is, no reader who
// starts after a write sees what was before it.
func TestMemoryFullAllKeysEviction(t *testing.T) {
	server, rdb := smallServer(t, "allkeys-lru")
	w := newWorld(t, open(t, dial(t, server), nil))
	outcomes := map[outcome]int{}
	for i := range 500 {
		w.write(fmt.Sprint("v", i))
		for range 2 {
			crowd(t, w, i)
			row, how := w.tryRead()
			outcomes[how]++
			if row != w.row {
				t.Fatalf("read %s by a %s; want %s", row, how, w.row)
			}
		}
	}
	if infoNumber(t, rdb, "stats", "evicted_keys") == 0 || outcomes[bypass] > 0 {
		t.Errorf("%v; want evictions, and no bypasses", outcomes)
	}
}

// Only entries are evicted.
func TestMemoryFullVolatileEviction(t *testing.T) {
	server, rdb := smallServer(t, "volatile-lru")
	w := newWorld(t, open(t, dial(t, server), nil))
	token := w.fence()
	before := load(t, w.store, w.tags)
	for i := range 200 {
		crowd(t, w, i)
	}
	for i, st := range load(t, w.store, w.tags) {
		if st != before[i] {
			t.Errorf("got %+v; want %+v", st, before[i])
		}
	}
	if infoNumber(t, rdb, "stats", "evicted_keys") == 0 {
		t.Error("nothing was evicted; the test shows nothing")
	}
	must(t, w.store.Lift(t.Context(), w.tags, token, true))
	if ttl := must2(rdb.PTTL(t.Context(), tagKey(w.tags[0])).Result())(t); ttl != -1 {
		t.Errorf("a tag has a time to live of %v", ttl)
	}
}

// crowd saves other entries than the world's.
func crowd(t *testing.T, w *world, i int) {
	t.Helper()
	for j := range 4 {
		key := backends.Key{0: byte(i), 1: byte(i >> 8), 2: byte(j)}
		must(t, w.store.Save(t.Context(), key, bytes.Repeat([]byte{'x'}, 16<<10), hour))
	}
}
