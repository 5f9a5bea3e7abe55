package testservers

import (
	"bytes"
	"context"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"
)

func TestRedisTakesArguments(t *testing.T) {
	if a, b := Redis(t), Redis(t); a.URL() != b.URL() {
		t.Error("got two shared servers; want one")
	}
	opts, err := redis.ParseURL(NewRedis(t, "--maxmemory", "10mb").URL())
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(opts)
	defer func() { _ = rdb.Close() }()
	got, err := rdb.ConfigGet(context.Background(), "maxmemory").Result()
	if err != nil || got["maxmemory"] != "10485760" {
		t.Errorf("got %v, %v; want 10485760", got, err)
	}
}

func TestMemcachedTakesArguments(t *testing.T) {
	if a, b := Memcached(t), Memcached(t); a.Addr() != b.Addr() {
		t.Error("got two shared servers; want one")
	}
	mc := memcache.New(NewMemcached(t, "-I", "2m").Addr())
	defer func() { _ = mc.Close() }()
	err := mc.Set(&memcache.Item{Key: "large", Value: bytes.Repeat([]byte("x"), 1_500_000)})
	if err != nil {
		t.Error(err)
	}
}
