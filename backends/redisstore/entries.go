package redisstore

import (
	"context"
	"fmt"
	"time"
	"unsafe"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/compress"
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
	case len(entry) > maxValue-compress.Overhead:
		return fmt.Errorf("redisstore: save: %d bytes: %w", len(entry), backends.ErrTooLarge)
	case ttl < time.Millisecond:
		return nil
	}
	value := compress.Pack(entry, s.opts.CompressAbove)
	s.counts.compressed.Add(uint64(max(0, len(entry)-len(value))))
	c := newCommand(ctx, "set", s.entryKey(key), value, "px", ttl.Milliseconds())
	if err := s.rdb.Process(ctx, c); err != nil {
		return fmt.Errorf("redisstore: save: %w", err)
	}
	return nil
}

// entry returns the entry that value stands for, nil if there is none.
//
// It may be the value's own bytes, which nobody writes to: by the contract neither
// does the caller.
func (s *Store) entry(value any) []byte {
	text, ok := value.(string)
	switch {
	case !ok:
		return nil
	case text == "":
		return []byte{}
	}
	entry, ok := compress.Unpack(unsafe.Slice(unsafe.StringData(text), len(text)))
	if !ok { // as good as absent
		s.counts.foreign.Add(1)
		return nil
	}
	return entry
}
