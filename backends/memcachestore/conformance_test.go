package memcachestore_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/backendtest"
	"github.com/gojohnny/gojohnny/backends/memcachestore"
)

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}

func TestConformance(t *testing.T) {
	for _, n := range []int{1, 3} {
		t.Run(fmt.Sprintf("servers=%d", n), func(t *testing.T) { backendtest.Run(t, harness(startServers(t, n))) })
	}
}

// harness gives each subtest a network of its own before the servers, so that they may
// run at once: most of them wait for leases that count in seconds.
func harness(servers []string) backendtest.Harness {
	var networks sync.Map // from a store to its network
	of := func(s backends.Store) *network {
		w, _ := networks.Load(s)
		return w.(*network)
	}
	return backendtest.Harness{
		Open: func(t *testing.T) (one, other backends.Store) {
			w := networkOf(t, servers)
			one, other = w.store(nil), w.store(nil)
			networks.Store(one, w)
			return one, other
		},
		Lease: time.Second,
		Around: func(t *testing.T, subtest func(t *testing.T)) {
			t.Parallel()
			subtest(t)
		},
		TooLarge: 1 << 20,
		Forget: func(t *testing.T, s backends.Store, tag string) {
			if err := of(s).client().Delete(memcachestore.TagKey(tag)); err != nil {
				t.Fatal(err)
			}
		},
		DropFences: func(t *testing.T, s backends.Store, tag string) {
			memcachestore.DropLeases(t, of(s).client(), tag)
		},
		Restart: func(_ *testing.T, s backends.Store) { of(s).restart() },
		Cut: func(_ *testing.T, s backends.Store) (mend func()) {
			of(s).setCut(true)
			return func() { of(s).setCut(false) }
		},
		Corrupt: func(t *testing.T, s backends.Store, key backends.Key) {
			corrupt(t, of(s).client(), memcachestore.EntryKey(key))
		},
	}
}

// corrupt changes the last byte of an item.
func corrupt(t *testing.T, mc *memcache.Client, key string) {
	t.Helper()
	item, err := mc.Get(key)
	if err != nil {
		t.Fatal(err)
	}
	item.Value[len(item.Value)-1] ^= 1
	if err := mc.Set(item); err != nil {
		t.Fatal(err)
	}
}
