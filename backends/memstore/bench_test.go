package memstore

import (
	"fmt"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

func benchStore(b *testing.B) (*Store, []string, []backends.Key) {
	b.Helper()
	s, err := New(nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	tags := []string{"app/epoch", "app/public.users", "app/public.orders"}
	keys := make([]backends.Key, 1024)
	for i := range keys {
		keys[i] = backends.Key{0: byte(i), 1: byte(i >> 8), 9: 7}
		if err := s.Save(b.Context(), keys[i], make([]byte, 512), time.Hour); err != nil {
			b.Fatal(err)
		}
	}
	return s, tags, keys
}

func BenchmarkLoadHit(b *testing.B) {
	for _, n := range []int{1, 3, 10} {
		b.Run(fmt.Sprintf("tags=%d", n), func(b *testing.B) {
			s, tags, keys := benchStore(b)
			for len(tags) < n {
				tags = append(tags, fmt.Sprintf("app/public.t%d", len(tags)))
			}
			tags = tags[:n]
			states := make([]backends.TagState, n)
			ctx := b.Context()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				entry, err := s.Load(ctx, keys[i&1023], tags, states)
				if err != nil || entry == nil {
					b.Fatal(entry, err)
				}
			}
		})
	}
}

func BenchmarkLoadHitParallel(b *testing.B) {
	s, tags, keys := benchStore(b)
	ctx := b.Context()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		states := make([]backends.TagState, len(tags))
		for i := 0; pb.Next(); i++ {
			entry, err := s.Load(ctx, keys[i&1023], tags, states)
			if err != nil || entry == nil {
				b.Error(entry, err)
				return
			}
		}
	})
}

func BenchmarkSave(b *testing.B) {
	s, _, keys := benchStore(b)
	entry := make([]byte, 512)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := s.Save(b.Context(), keys[i&1023], entry, time.Hour); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFenceAndLift(b *testing.B) {
	s, tags, _ := benchStore(b)
	w := backends.NewToken()
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Fence(b.Context(), tags, w, time.Minute); err != nil {
			b.Fatal(err)
		}
		if err := s.Lift(b.Context(), tags, w, true); err != nil {
			b.Fatal(err)
		}
	}
}
