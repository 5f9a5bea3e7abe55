package cache_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
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

// A look that a Source's end cuts short is no trouble that anybody should hear of.
func TestCloseDuringALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		b := newBench(t, &cache.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		defer b.close()
		b.src = b.cache.NewSource("test", func(ctx context.Context) (catalog.Query, func(), error) {
			<-ctx.Done()
			return nil, nil, ctx.Err()
		})
		b.want(b.session(), orders, string(cache.CatalogUnknown))
		b.src.Close()
		if log.Len() > 0 {
			t.Errorf("got\n%swant nothing said", log.String())
		}
	})
}

// A connection that takes long to close, as one whose server is gone, holds up nobody for longer than a look.
func TestLongHangUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &cache.Options{Logger: slog.New(slog.DiscardHandler)})
		defer b.close()
		b.src = b.cache.NewSource("test", func(context.Context) (catalog.Query, func(), error) {
			fails := func(context.Context, string) ([][]string, error) { return nil, errors.New("gone") }
			return fails, func() { time.Sleep(time.Minute) }, nil
		})
		defer b.src.Close()
		start := time.Now()
		for range 3 {
			b.want(b.session(), orders, string(cache.CatalogUnknown))
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("three statements were held up for %v in all; want 2s", took)
		}
	})
}

// A server's error that will not come again costs no minute without the catalog.
func TestErrorsThatPass(t *testing.T) {
	for _, test := range []struct {
		state string
		want  string
	}{
		{"42501", "miss"}, // by the words alone
		{"42883", "miss"},
		{"42704", string(cache.CatalogUnknown)},
		{"42P17", string(cache.CatalogUnknown)},
	} {
		t.Run(test.state, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, &cache.Options{Logger: slog.New(slog.DiscardHandler)})
				defer b.close()
				b.src = b.cache.NewSource("test", func(context.Context) (catalog.Query, func(), error) {
					return nil, nil, sqlState(test.state)
				})
				defer b.src.Close()
				b.want(b.session(), orders, test.want)
			})
		})
	}
}

type sqlState string

func (s sqlState) SQLState() string { return string(s) }
func (s sqlState) Error() string    { return string(s) }
