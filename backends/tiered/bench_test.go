package tiered_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/tiered"
)

// BenchmarkHit is a hit on a copy in memory beside one on the shared store alone.
// Compare with: benchstat -col /by
func BenchmarkHit(b *testing.B) {
	for name, open := range map[string]func(testing.TB) backends.Store{
		"memcached": func(t testing.TB) backends.Store { return memcached(t) },
		"redis":     func(t testing.TB) backends.Store { return redisServer(t, "") },
	} {
		for _, size := range []int{200, 2 << 10, 20 << 10} {
			shared := open(b)
			for _, by := range []struct {
				name  string
				store backends.Store
			}{
				{"shared", shared},
				{"tiered", over(b, shared, nil)},
				{"trust", over(b, shared, &tiered.Options{MaxStaleness: time.Hour})},
			} {
				b.Run(fmt.Sprintf("store=%s/bytes=%d/by=%s", name, size, by.name), func(b *testing.B) {
					benchHit(b, by.store, size)
				})
			}
		}
	}
}

func benchHit(b *testing.B, s backends.Store, size int) {
	tags := []string{"bench/epoch", "bench/public.orders", "bench/public.users"}
	states, key := make([]backends.TagState, len(tags)), backends.Key{1}
	if _, err := s.Load(b.Context(), key, tags, states); err != nil {
		b.Fatal(err)
	}
	entry := backends.AppendEntry(nil, key, states, make([]byte, size))
	if err := s.Save(b.Context(), key, entry, time.Hour); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if got, err := s.Load(b.Context(), key, tags, states); err != nil || len(got) != len(entry) {
			b.Fatal(len(got), err)
		}
	}
}
