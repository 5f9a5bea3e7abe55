package memcachestore_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memcachestore"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// BenchmarkHit is a hit beside the bare client's GetMulti of the same keys, on one
// server. The two take turns, and what is reported are medians: whatever else the
// machine does meets both. ns/op is the store's, "x" the ratio.
func BenchmarkHit(b *testing.B) {
	addr := testservers.Memcached(b).Addr()
	store := open(b, memcache.New(addr), nil)
	bare := memcache.New(addr)
	b.Cleanup(func() { _ = bare.Close() })
	for _, n := range []int{1, 3, 8} {
		for _, size := range []int{200, 2 << 10, 20 << 10} {
			b.Run(fmt.Sprintf("tags=%d/bytes=%d", n, size), func(b *testing.B) {
				tags, states, key := benchEntry(b, store, n, size)
				keys := make([]string, 0, n+1)
				for _, tag := range tags {
					keys = append(keys, memcachestore.TagKey(tag))
				}
				keys = append(keys, memcachestore.EntryKey(key))
				var ofClient, ofStore []time.Duration
				b.ReportAllocs()
				for b.Loop() {
					start := time.Now()
					items, err := bare.GetMulti(keys)
					middle := time.Now()
					entry, err2 := store.Load(b.Context(), key, tags, states)
					ofStore = append(ofStore, time.Since(middle))
					ofClient = append(ofClient, middle.Sub(start))
					if err != nil || err2 != nil || len(items) != n+1 || len(entry) != size {
						b.Fatal(len(items), err, len(entry), err2)
					}
				}
				x, y := median(ofStore), median(ofClient)
				b.ReportMetric(x, "ns/op")
				b.ReportMetric(y, "client-ns/op")
				b.ReportMetric(x/y, "x")
			})
		}
	}
}

func median(d []time.Duration) float64 {
	slices.Sort(d)
	return float64(d[len(d)/2])
}

// benchEntry saves an entry of size bytes under n tags.
func benchEntry(b *testing.B, s *memcachestore.Store, n, size int) ([]string, []backends.TagState, backends.Key) {
	b.Helper()
	tags := make([]string, n)
	for i := range tags {
		tags[i] = fmt.Sprintf("bench/public.orders%d", i)
	}
	key := backends.Key(append(make([]byte, 28), byte(n), byte(size>>16), byte(size>>8), byte(size)))
	if err := s.Save(b.Context(), key, make([]byte, size), time.Hour); err != nil {
		b.Fatal(err)
	}
	states := make([]backends.TagState, n)
	if _, err := s.Load(b.Context(), key, tags, states); err != nil {
		b.Fatal(err)
	}
	return tags, states, key
}

// BenchmarkClient shows what GetMulti costs over Get, for the same key.
func BenchmarkClient(b *testing.B) {
	mc := memcache.New(testservers.Memcached(b).Addr())
	b.Cleanup(func() { _ = mc.Close() })
	if err := mc.Set(&memcache.Item{Key: "gojohnny:bench", Value: make([]byte, 200)}); err != nil {
		b.Fatal(err)
	}
	b.Run("call=Get", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := mc.Get("gojohnny:bench"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("call=GetMulti", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := mc.GetMulti([]string{"gojohnny:bench"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkWrite is an autocommit write's share: a fence and a lift.
func BenchmarkWrite(b *testing.B) {
	mc := memcache.New(testservers.Memcached(b).Addr())
	mc.MaxIdleConns = 8
	store := open(b, mc, nil)
	for _, n := range []int{1, 3, 8} {
		b.Run(fmt.Sprintf("tags=%d", n), func(b *testing.B) {
			tags, _, _ := benchEntry(b, store, n, 0)
			b.ReportAllocs()
			for b.Loop() {
				w := backends.NewToken()
				if err := store.Fence(b.Context(), tags, w, 10*time.Second); err != nil {
					b.Fatal(err)
				}
				if err := store.Lift(b.Context(), tags, w, true); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAlternation writes by one client and reads by the other, and fails on a
// stale read. A million of them: go test -run '^$' -bench Alternation -benchtime 1000000x
func BenchmarkAlternation(b *testing.B) {
	addr := testservers.Memcached(b).Addr()
	one, other := memcache.New(addr), memcache.New(addr)
	one.MaxIdleConns, other.MaxIdleConns = 8, 8
	writer, reader := open(b, one, nil), open(b, other, nil)
	tags, states, key := benchEntry(b, writer, 2, 8)
	var hits int
	for version := uint64(0); b.Loop(); version++ {
		w := backends.NewToken()
		if err := writer.Fence(b.Context(), tags[:1], w, 10*time.Second); err != nil {
			b.Fatal(err)
		}
		if err := writer.Lift(b.Context(), tags[:1], w, true); err != nil {
			b.Fatal(err)
		}
		for range 2 { // a miss, which fills, and a hit
			stored, err := reader.Load(b.Context(), key, tags, states)
			if err != nil {
				b.Fatal(err)
			}
			if entry, err := backends.ParseEntry(key, stored); err == nil && entry.Current(states) {
				hits++
				if got := binary.LittleEndian.Uint64(entry.Rows); got != version {
					b.Fatalf("read version %d; want %d", got, version)
				}
				continue
			}
			rows := binary.LittleEndian.AppendUint64(nil, version)
			if err := reader.Save(b.Context(), key, backends.AppendEntry(nil, key, states, rows), time.Hour); err != nil {
				b.Fatal(err)
			}
		}
	}
	if hits != b.N {
		b.Errorf("got %d hits in %d alternations; want as many", hits, b.N)
	}
}
