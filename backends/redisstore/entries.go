package redisstore

import (
	"context"
	"fmt"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// maxValue is the most bytes Redis takes for a string.
const maxValue = 512 << 20

// Save implements [backends.Store]. An entry is too large if it has more than the
// 512 MiB that Redis takes for a string. Times to live count in milliseconds: what
// is to live for less than one is not kept.
func (s *Store) Save(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) error {
	switch {
	case ttl <= 0:
		return fmt.Errorf("redisstore: save: time to live of %v", ttl)
	case len(entry) > maxValue:
		return fmt.Errorf("redisstore: save: %d bytes: %w", len(entry), backends.ErrTooLarge)
	case ttl < time.Millisecond:
		return nil
	}
	c := newCommand(ctx, "set", s.entryKey(key), entry, "px", ttl.Milliseconds())
	if err := s.rdb.Process(ctx, c); err != nil {
		return fmt.Errorf("redisstore: save: %w", err)
	}
	return nil
}

// entry makes of a reply what was saved, nil if nothing was.
func (s *Store) entry(value any) []byte {
	text, ok := value.(string)
	if !ok {
		return nil
	}
	return []byte(text)
}
