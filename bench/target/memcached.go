package target

import (
	"cmp"
	"context"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends/memcachestore"
)

// connsPerWorker are for a write of several tables, whose requests are sent at once.
const connsPerWorker = 4

func (u *StoreURL) openMemcached(s *Store, workers int) error {
	mc, err := u.joinMemcached(s, workers, Shared{Prefix: u.prefix()})
	if err != nil {
		return err
	}
	return mc.Ping() // not before the store is made, which wraps how mc connects
}

// joinMemcached opens a client and a store on it, and waits for no answer.
func (u *StoreURL) joinMemcached(s *Store, workers int, shared Shared) (*memcache.Client, error) {
	var servers memcache.ServerList
	if err := servers.SetServers(u.hosts...); err != nil {
		return nil, err
	}
	mc := memcache.NewFromSelector(&servers)
	mc.MaxIdleConns = cmp.Or(u.options.pool, connsPerWorker*workers)
	s.closeLater(func(context.Context) error { return mc.Close() })

	store, err := memcachestore.New(mc, &memcachestore.Options{
		Prefix: shared.Prefix, Quarantine: shared.Quarantine, CompressAbove: u.options.compress,
	})
	if err != nil {
		return nil, err
	}
	s.Store = store
	s.closeLater(func(context.Context) error { store.Close(); return nil })
	return mc, nil
}
