package redisstore_test

import (
	"log"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends/redisstore"
)

func Example() {
	rdb := redis.NewClient(&redis.Options{
		Addr:                  "cache.internal:6379",
		ContextTimeoutEnabled: true,
		ReadTimeout:           500 * time.Millisecond,
		MaxRetries:            1,
	})
	defer func() { _ = rdb.Close() }() // the program ends

	store, err := redisstore.New(rdb, nil)
	if err != nil {
		log.Fatal(err)
	}
	_ = store // for the cache
}

func Example_cluster() {
	rdb := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs:                 []string{"cache-1.internal:6379", "cache-2.internal:6379"},
		ContextTimeoutEnabled: true,
		ReadTimeout:           500 * time.Millisecond,
		MaxRetries:            1,
	})
	defer func() { _ = rdb.Close() }() // the program ends

	// A failover may not lose a fence, and replicas have to say so in time.
	store, err := redisstore.New(rdb, &redisstore.Options{
		WaitReplicas: 1,
		WaitTimeout:  200 * time.Millisecond,
	})
	if err != nil {
		log.Fatal(err)
	}
	_ = store // for the cache
}
