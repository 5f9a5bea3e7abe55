package redisstore

import (
	"bytes"
	"context"
	"fmt"
	"time"
	"unsafe"

	"github.com/klauspost/compress/s2"

	"github.com/gojohnny/gojohnny/backends"
)

const (
	// maxValue is the most bytes Redis takes for a string.
	maxValue = 512 << 20

	// maxExpanded bounds what a few bytes that something else wrote can make
	// a reader allocate. Larger entries are not compressed.
	maxExpanded = 64 << 20

	// packed begins a value that is not an entry as it was saved, but, after one
	// more byte, its S2 block or the entry itself. For backends.ParseEntry it is
	// another format version: a program that knows nothing of it has a miss.
	packed  = "gjz"
	inS2    = '2'
	plainly = '0'
)

// Save implements [backends.Store]. An entry is too large if it has more than the
// 512 MiB that Redis takes for a string. Times to live count in milliseconds: what
// is to live for less than one is not kept.
func (s *Store) Save(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) error {
	switch {
	case ttl <= 0:
		return fmt.Errorf("redisstore: save: time to live of %v", ttl)
	case len(entry) > maxValue-len(packed)-1:
		return fmt.Errorf("redisstore: save: %d bytes: %w", len(entry), backends.ErrTooLarge)
	case ttl < time.Millisecond:
		return nil
	}
	c := newCommand(ctx, "set", s.entryKey(key), s.pack(entry), "px", ttl.Milliseconds())
	if err := s.rdb.Process(ctx, c); err != nil {
		return fmt.Errorf("redisstore: save: %w", err)
	}
	return nil
}

// pack returns the value that stands for entry: itself, or compressed where it
// should be and that makes it smaller.
func (s *Store) pack(entry []byte) []byte {
	if s.opts.CompressAbove > 0 && len(entry) > s.opts.CompressAbove && len(entry) <= maxExpanded {
		dst := make([]byte, len(packed)+1+s2.MaxEncodedLen(len(entry)))
		copy(dst, packed)
		dst[len(packed)] = inS2
		block := s2.Encode(dst[len(packed)+1:], entry)
		if n := len(packed) + 1 + len(block); n < len(entry) {
			s.counts.compressed.Add(uint64(len(entry) - n))
			return dst[:n]
		}
	}
	if bytes.HasPrefix(entry, []byte(packed)) {
		return append([]byte(packed+string(plainly)), entry...)
	}
	return entry
}

// unpack returns the entry that value stands for, nil if there is none.
//
// It may be the value's own bytes, which nobody writes to: by the contract neither
// does the caller.
func (s *Store) unpack(value any) []byte {
	text, ok := value.(string)
	switch {
	case !ok:
		return nil
	case text == "":
		return []byte{}
	}
	b := unsafe.Slice(unsafe.StringData(text), len(text))
	if !bytes.HasPrefix(b, []byte(packed)) {
		return b
	}
	entry, ok := unwrap(b[len(packed):])
	if !ok { // as good as absent
		s.counts.foreign.Add(1)
		return nil
	}
	return entry
}

// unwrap undoes pack, less the prefix.
func unwrap(b []byte) ([]byte, bool) {
	switch {
	case len(b) > 0 && b[0] == plainly:
		return b[1:], true
	case len(b) > 0 && b[0] == inS2:
		if n, err := s2.DecodedLen(b[1:]); err != nil || n > maxExpanded {
			return nil, false
		}
		entry, err := s2.Decode(nil, b[1:])
		return entry, err == nil
	}
	return nil, false
}
