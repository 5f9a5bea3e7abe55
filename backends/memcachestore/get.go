package memcachestore

import (
	"errors"
	"io"
	"syscall"

	"github.com/bradfitz/gomemcache/memcache"
)

// get fetches items, in one round trip to each server involved.
//
// A server that was restarted has closed the connections that the client kept, and
// each of them would fail one call: the client lets go of all, and tries once more.
// Only what is read or set is tried again, never a compare-and-swap: its number is
// the old server's, and may by chance stand for something else in the new one.
func (s *Store) get(keys []string) (map[string]*memcache.Item, error) {
	items, err := s.fetch(keys)
	if s.reconnects(err) {
		items, err = s.fetch(keys)
	}
	return items, err
}

// fetch is GetMulti, or Get where that will do. GetMulti starts a goroutine for each
// server, even for one, and waits for it; that costs about as much again as the
// round trip does on loopback.
func (s *Store) fetch(keys []string) (map[string]*memcache.Item, error) {
	if len(keys) > 1 {
		return s.mc.GetMulti(keys)
	}
	item, err := s.mc.Get(keys[0])
	switch {
	case err == memcache.ErrCacheMiss:
		return nil, nil
	case err != nil:
		return nil, err
	}
	return map[string]*memcache.Item{item.Key: item}, nil
}

// reconnects reports whether err says that the server had closed the connection, and
// makes the client let go of those that it keeps.
func (s *Store) reconnects(err error) bool {
	if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
		return false
	}
	_ = s.mc.Close() // whatever they say, they are gone; the client goes on
	return true
}
