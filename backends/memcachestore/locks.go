package memcachestore

import (
	"context"
	"fmt"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends"
)

// expired is an expiration that has passed already: with it, a compare-and-swap is a
// compare-and-delete.
const expired = -1

// TryLock implements [backends.Locker]. Times to live count in seconds, rounded
// down, and are one at least.
func (s *Store) TryLock(ctx context.Context, key backends.Key, w backends.Token, ttl time.Duration) (bool, error) {
	switch {
	case ctx.Err() != nil:
		return false, fmt.Errorf("memcachestore: lock: %w", ctx.Err())
	case ttl <= 0:
		return false, fmt.Errorf("memcachestore: lock: time to live of %v", ttl)
	}
	item := &memcache.Item{Key: s.keys.lock(key), Value: w[:], Expiration: atMost(ttl)}
	err := s.mc.Add(item)
	if err == memcache.ErrNotStored {
		return s.relock(item)
	}
	if err != nil {
		return false, fmt.Errorf("memcachestore: lock: %w", err)
	}
	return true, nil
}

// relock starts the lock's time to live anew if its holder asks for it.
func (s *Store) relock(lock *memcache.Item) (bool, error) {
	held, err := s.swapLock(lock.Key, lock.Value, lock.Expiration)
	if err != nil {
		return false, fmt.Errorf("memcachestore: lock: %w", err)
	}
	return held, nil
}

// Unlock implements [backends.Locker].
func (s *Store) Unlock(ctx context.Context, key backends.Key, w backends.Token) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memcachestore: unlock: %w", err)
	}
	if _, err := s.swapLock(s.keys.lock(key), w[:], expired); err != nil {
		return fmt.Errorf("memcachestore: unlock: %w", err)
	}
	return nil
}

// swapLock gives a lock another expiration, and reports whether holder had it.
func (s *Store) swapLock(key string, holder []byte, expiration int32) (bool, error) {
	item, err := s.mc.Get(key)
	switch {
	case err == memcache.ErrCacheMiss:
		return false, nil
	case err != nil:
		return false, err
	case string(item.Value) != string(holder):
		return false, nil
	}
	item.Expiration = expiration
	switch err := s.mc.CompareAndSwap(item); err {
	case nil:
		return true, nil
	case memcache.ErrCASConflict, memcache.ErrCacheMiss, memcache.ErrNotStored:
		return false, nil
	default:
		return false, err
	}
}
