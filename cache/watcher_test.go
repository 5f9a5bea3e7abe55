package cache_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
)

// A look that takes long, as where somebody holds a lock that it needs, holds up the
// statements of its first two seconds, and not all that come while it lasts.
func TestLongLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		defer b.close()
		b.src = b.cache.NewSource("test", func(ctx context.Context) (catalog.Query, func(), error) {
			<-ctx.Done()
			return nil, nil, ctx.Err()
		})
		defer b.src.Close()
		start := time.Now()
		for range 3 {
			b.want(b.session(), orders, string(cache.CatalogUnknown))
			b.exec(b.session(), "UPDATE orders SET a = 1")
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("six statements were held up for %v in all; want 2s", took)
		}
	})
}
