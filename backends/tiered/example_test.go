package tiered_test

import (
	"fmt"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends/memcachestore"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/backends/tiered"
)

// Copies in the memory of this process, in front of memcached.
func Example() {
	mc := memcache.New("10.0.0.1:11211")
	mc.MaxIdleConns = 64
	defer func() { _ = mc.Close() }()
	shared, err := memcachestore.New(mc, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer shared.Close()
	local, err := memstore.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer local.Close()

	store, err := tiered.New(local, shared, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(store.Stats().Trusted)
	// Output: 0
}
