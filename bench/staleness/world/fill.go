//go:build unix

package world

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/internal/servers"
)

// What is filled in: more than the servers' memory, for the time that it takes to
// notice.
const (
	fillItems = 3000
	fillSize  = 8 << 10
	fillTTL   = 5 * time.Second
)

var filling = strings.Repeat("x", fillSize)

// Fill puts more into a node of the store than it has memory for.
func (w *World) Fill(ctx context.Context, node int) error {
	switch s := w.Stores[node].(type) {
	case *servers.Redis:
		return FillRedis(ctx, s.URL())
	case *servers.Memcached:
		return fillMemcached(s.Addr())
	}
	return fmt.Errorf("cannot fill a %T", w.Stores[node])
}

// FillRedis is Fill for a Redis that is in no World.
func FillRedis(ctx context.Context, address *url.URL) error {
	opts, err := redis.ParseURL(address.String())
	if err != nil {
		return err
	}
	rdb := redis.NewClient(opts)
	defer func() { _ = rdb.Close() }() // has done its work
	const batch = 100
	for i := 0; i < fillItems; i += batch {
		_, err := rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for j := range batch {
				p.Set(ctx, fmt.Sprintf("filling %d", i+j), filling, fillTTL)
			}
			return nil
		})
		// A node of a cluster takes only some of the keys.
		if err != nil && !strings.HasPrefix(err.Error(), "MOVED") {
			return err
		}
	}
	return nil
}

func fillMemcached(addr string) error {
	mc := memcache.New(addr)
	mc.Timeout = 5 * time.Second
	defer func() { _ = mc.Close() }() // has done its work
	for i := range fillItems {
		item := &memcache.Item{Key: fmt.Sprintf("filling-%d", i), Value: []byte(filling), Expiration: int32(fillTTL.Seconds())}
		if err := mc.Set(item); err != nil && !strings.Contains(err.Error(), "out of memory") {
			return err
		}
	}
	return nil
}
