package redisstore_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/redisstore"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

var sizes = []int{200, 2 << 10, 20 << 10}

// BenchmarkHit compares a hit with what the bare client takes to fetch the same
// keys: an MGET from one server, a pipeline of GETs from a cluster. The two take
// turns, so that whatever else the machine does troubles both, and the medians are
// reported.
func BenchmarkHit(b *testing.B) {
	server, cluster := testservers.Redis(b), testservers.RedisCluster(b)
	for _, on := range []struct {
		name   string
		client func() redis.UniversalClient
		fetch  func(context.Context, redis.UniversalClient, []string) error
	}{
		{"single", func() redis.UniversalClient { return dial(b, server) }, mget},
		{"cluster", func() redis.UniversalClient { return dialCluster(b, cluster) }, pipelinedGets},
	} {
		for _, n := range []int{1, 3, 8} {
			for _, size := range sizes {
				b.Run(fmt.Sprintf("on=%s/tags=%d/bytes=%d", on.name, n, size), func(b *testing.B) {
					bare := on.client()
					s := open(b, on.client(), nil)
					key, tags, keys := filled(b, s, n, size)
					states := make([]backends.TagState, n)
					takeTurns(b, func() error { return on.fetch(b.Context(), bare, keys) }, func() error {
						_, err := s.Load(b.Context(), key, tags, states)
						return err
					})
				})
			}
		}
	}
}

func mget(ctx context.Context, rdb redis.UniversalClient, keys []string) error {
	return rdb.MGet(ctx, keys...).Err()
}

func pipelinedGets(ctx context.Context, rdb redis.UniversalClient, keys []string) error {
	_, err := rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, k := range keys {
			p.Get(ctx, k)
		}
		return nil
	})
	return err
}

// takeTurns reports how long bare and ours take, and the ratio.
func takeTurns(b *testing.B, bare, ours func() error) {
	var took [2][]time.Duration
	for b.Loop() {
		for i, f := range []func() error{bare, ours} {
			start := time.Now()
			must(b, f())
			took[i] = append(took[i], time.Since(start))
		}
	}
	var medians [2]float64
	for i, all := range took {
		slices.Sort(all)
		medians[i] = float64(all[len(all)/2])
	}
	b.ReportMetric(0, "ns/op") // of both: means nothing
	b.ReportMetric(medians[0], "client-ns")
	b.ReportMetric(medians[1], "store-ns")
	b.ReportMetric(medians[1]/medians[0], "ratio")
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
