package redisstore_test

import (
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/redisstore"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

var sizes = []int{200, 2 << 10, 20 << 10}

// BenchmarkHit compares a hit with what the bare client takes to fetch the same
// keys from one server. Both clients are set up alike.
func BenchmarkHit(b *testing.B) {
	server := testservers.Redis(b)
	for _, n := range []int{1, 3, 8} {
		for _, size := range sizes {
			s := open(b, dial(b, server), nil)
			bare := dial(b, server)
			key, tags, keys := filled(b, s, n, size)
			name := fmt.Sprintf("tags=%d/bytes=%d", n, size)
			b.Run("by=client/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					values, err := bare.MGet(b.Context(), keys...).Result()
					if err != nil || values[n] == nil {
						b.Fatal(values, err)
					}
				}
			})
			b.Run("by=store/"+name, func(b *testing.B) { benchHit(b, s, key, tags) })
		}
	}
}

// BenchmarkHitOnACluster is BenchmarkHit with a pipeline of GETs, which is how the
// bare client fetches keys from several nodes.
func BenchmarkHitOnACluster(b *testing.B) {
	cluster := testservers.RedisCluster(b)
	for _, n := range []int{1, 3, 8} {
		for _, size := range sizes {
			s := open(b, dialCluster(b, cluster), nil)
			bare := dialCluster(b, cluster)
			key, tags, keys := filled(b, s, n, size)
			name := fmt.Sprintf("tags=%d/bytes=%d", n, size)
			b.Run("by=client/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					_, err := bare.Pipelined(b.Context(), func(p redis.Pipeliner) error {
						for _, k := range keys {
							p.Get(b.Context(), k)
						}
						return nil
					})
					if err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("by=store/"+name, func(b *testing.B) { benchHit(b, s, key, tags) })
		}
	}
}

// filled saves an entry of size bytes of rows over n tags, and returns the keys
// that a hit fetches.
func filled(b *testing.B, s *redisstore.Store, n, size int) (key backends.Key, tags, keys []string) {
	key, tags = newKey(), newTags(n)
	fill(b, s, key, tags, size)
	for _, tag := range tags {
		keys = append(keys, tagKey(tag))
	}
	return key, tags, append(keys, entryKey(key))
}

// benchHit takes the entry apart, too: that is what a hit is for.
func benchHit(b *testing.B, s *redisstore.Store, key backends.Key, tags []string) {
	states := make([]backends.TagState, len(tags))
	b.ReportAllocs()
	for b.Loop() {
		entry, err := s.Load(b.Context(), key, tags, states)
		if err != nil || entry == nil {
			b.Fatal(entry, err)
		}
	}
}

// BenchmarkWrite is what an autocommit write adds to its statement.
func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{1, 3, 8} {
		b.Run(fmt.Sprintf("tags=%d", n), func(b *testing.B) {
			s, tags := open(b, dial(b, testservers.Redis(b)), nil), newTags(n)
			load(b, s, tags)
			for b.Loop() {
				w := backends.NewToken()
				must(b, s.Fence(b.Context(), tags, w, hour))
				must(b, s.Lift(b.Context(), tags, w, true))
			}
		})
	}
}

func BenchmarkSaveAndHit(b *testing.B) {
	for _, compress := range []int{0, 1} {
		for _, size := range sizes {
			b.Run(fmt.Sprintf("compressed=%d/bytes=%d", compress, size), func(b *testing.B) {
				s := open(b, dial(b, testservers.Redis(b)), &redisstore.Options{CompressAbove: compress})
				key := newKey()
				entry := rows(size)
				for b.Loop() {
					must(b, s.Save(b.Context(), key, entry, hour))
					if _, err := s.Load(b.Context(), key, nil, nil); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(1-float64(s.Stats().Compressed)/float64(b.N)/float64(size), "ratio")
			})
		}
	}
}

// rows returns about size bytes as PostgreSQL sends rows of an order table.
func rows(size int) []byte {
	var b []byte
	for i := 0; len(b) < size; i++ {
		b = fmt.Appendf(b, "\x00\x04\x00\x00\x00\x08%08d\x00\x00\x00\x13customer-%d@host.example\x00\x00\x00\x072026-11-%02d 10:%02d:%02d+00\x00\x00\x00\x05%d.%02d",
			100000+i, i*7919%10007, 1+i%28, i*13%60, i*29%60, i*37%900, i%100)
	}
	return b[:size]
}
