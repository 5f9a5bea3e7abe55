package cache

import (
	"sync"
	"testing"

	"github.com/gojohnny/gojohnny/invalidation/catalog"
)

// A text means something else along another search path, and what was forgotten is found
// out again.
func TestMeaningsOfEachResolver(t *testing.T) {
	var ms meanings
	resolvers := make([]*catalog.Resolver, maxRemembered+2)
	for i := range resolvers {
		resolvers[i] = &catalog.Resolver{}
		ms.put(resolvers[i], &meaning{digest: digest{byte(i)}})
	}
	for i, r := range resolvers {
		m := ms.get(r)
		if forgotten := i < len(resolvers)-maxRemembered; forgotten != (m == nil) {
			t.Errorf("resolver %d: got %v; want it forgotten: %v", i, m, forgotten)
		} else if m != nil && m.digest != (digest{byte(i)}) {
			t.Errorf("resolver %d has the meaning of another", i)
		}
	}
}

func TestMeaningsConcurrently(t *testing.T) {
	var ms meanings
	resolvers := []*catalog.Resolver{new(catalog.Resolver), new(catalog.Resolver), new(catalog.Resolver)}
	var wg sync.WaitGroup
	for i, r := range resolvers {
		for range 4 {
			wg.Go(func() {
				for range 1000 {
					if m := ms.get(r); m == nil {
						ms.put(r, &meaning{digest: digest{byte(i)}})
					} else if m.digest != (digest{byte(i)}) {
						t.Errorf("resolver %d has the meaning of another", i)
					}
				}
			})
		}
	}
	wg.Wait()
}

func BenchmarkMeaning(b *testing.B) {
	var ms meanings
	r := &catalog.Resolver{}
	ms.put(r, &meaning{})
	b.ReportAllocs()
	for b.Loop() {
		ms.get(r)
	}
}
