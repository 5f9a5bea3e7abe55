package testservers

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"
)

func TestRedisComesBackWithWhatItSaved(t *testing.T) {
	s := NewRedis(t)
	opts, err := redis.ParseURL(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(opts)
	defer func() { _ = rdb.Close() }()
	ctx := context.Background()
	rdb.Set(ctx, "saved", "1", 0)
	rdb.Save(ctx)
	rdb.Set(ctx, "lost", "1", 0)
	s.Kill(t)
	s.Start(t)
	got, err := rdb.MGet(ctx, "saved", "lost").Result()
	if err != nil || got[0] != "1" || got[1] != nil {
		t.Errorf("got %v, %v; want the saved value alone", got, err)
	}
}

func TestRedisClusterServesEverySlot(t *testing.T) {
	opts, err := redis.ParseClusterURL(RedisCluster(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClusterClient(opts)
	defer func() { _ = rdb.Close() }()
	var masters atomic.Int32
	err = rdb.ForEachMaster(context.Background(), func(context.Context, *redis.Client) error {
		masters.Add(1)
		return nil
	})
	if err != nil || masters.Load() != 3 {
		t.Errorf("got %d masters, %v; want 3", masters.Load(), err)
	}
	for _, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		if err := rdb.Set(context.Background(), key, key, 0).Err(); err != nil {
			t.Error(err)
		}
	}
}
