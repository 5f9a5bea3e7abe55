package sqlcache_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

// A downStore is a store that can be out of reach.
type downStore struct {
	backends.Store
	down atomic.Bool
}

var errDown = errors.New("the store is down")

func (s *downStore) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	if s.down.Load() {
		return errDown
	}
	return s.Store.Fence(ctx, tags, w, lease)
}

func (s *downStore) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	if s.down.Load() {
		return nil, errDown
	}
	return s.Store.Load(ctx, key, tags, states)
}

// strictDB is a database whose cache refuses writes that cannot be fenced.
func strictDB(t *testing.T, store *downStore) *sql.DB {
	t.Helper()
	memory, err := memstore.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	store.Store = memory
	c := cache.New(store, pgquery.New(), &cache.Options{Writes: invalidation.Strict, Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
		memory.Close()
	})
	return open(t, sqlcache.Connector(pgxConnector(t), c))
}
