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
	var servers memcache.ServerList
	if err := servers.SetServers(u.hosts...); err != nil {
		return err
	}
	mc := memcache.NewFromSelector(&servers)
	mc.MaxIdleConns = cmp.Or(u.options.pool, connsPerWorker*workers)
	s.closeLater(func(context.Context) error { return mc.Close() })

	store, err := memcachestore.New(mc, &memcachestore.Options{Prefix: u.prefix(), CompressAbove: u.options.compress})
	if err != nil {
		return err
	}
	s.Store = store
	s.closeLater(func(context.Context) error { store.Close(); return nil })
	return mc.Ping() // not before New, which wraps how mc connects
}
