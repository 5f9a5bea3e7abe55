package memcachestore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/compress"
)

// entryFlags tells our entries from what something else keeps under their keys.
const entryFlags = 'g'<<24 | 'j'<<16 | 1

// Save implements [backends.Store]. Times to live count in seconds, rounded down:
// what is to live for less than one is not kept. Those above 30 days are 30 days.
func (s *Store) Save(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) error {
	if err := s.save(ctx, key, entry, ttl); err != nil {
		return fmt.Errorf("memcachestore: save: %w", err)
	}
	return nil
}

func (s *Store) save(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) error {
	value := compress.Pack(entry, s.opts.CompressAbove)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case ttl <= 0:
		return fmt.Errorf("time to live of %v", ttl)
	case len(value) > s.opts.MaxEntry:
		s.counts.tooLarge.Add(1)
		return fmt.Errorf("%d bytes: %w", len(value), backends.ErrTooLarge)
	case ttl < time.Second:
		return nil
	}
	err := s.mc.Set(&memcache.Item{
		Key: s.keys.entry(key), Value: value, Flags: entryFlags, Expiration: atMost(ttl),
	})
	switch {
	case err == nil:
		s.counts.compressed.Add(uint64(max(0, len(entry)-len(value))))
		return nil
	case strings.Contains(err.Error(), "object too large for cache"): // the client has no other word for it
		s.counts.tooLarge.Add(1)
		return fmt.Errorf("%d bytes: %w", len(value), backends.ErrTooLarge)
	}
	return err
}

// entry makes of an item what was saved, nil if nothing was.
func (s *Store) entry(item *memcache.Item) []byte {
	if item == nil {
		return nil
	}
	if item.Flags == entryFlags {
		if entry, ok := compress.Unpack(item.Value); ok {
			return entry
		}
	}
	s.counts.foreign.Add(1)
	return nil
}
