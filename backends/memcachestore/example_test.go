package memcachestore_test

import (
	"fmt"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends/memcachestore"
)

// A program on two memcached servers. All programs that write to one database name
// the same servers in the same order.
func Example() {
	mc := memcache.New("10.0.0.1:11211", "10.0.0.2:11211")
	mc.MaxIdleConns = 64
	defer func() { _ = mc.Close() }()

	store, err := memcachestore.New(mc, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	// cache.New(store, pgquery.New(), nil)
}
