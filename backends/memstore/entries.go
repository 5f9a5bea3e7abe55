package memstore

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/gojohnny/gojohnny/backends"
)

// entryOverhead is what keeping an entry costs besides its bytes: the cache's
// node (128 bytes) and a share of the hash table, of the
// frequency sketch and of the timer wheel. TestCostIsReal measures it.
const entryOverhead = 200

// A storedEntry never changes: readers hold its bytes.
type storedEntry struct {
	bytes []byte
	ttl   time.Duration
}

// cost is what the entry takes in memory. The capacity counts, not the length: it
// is the size class the allocator chose.
func (e storedEntry) cost() int64 { return int64(cap(e.bytes)) + entryOverhead }

// An entryCache keeps entries within a number of bytes: W-TinyLFU decides which
// of them stay.
//
// Otter evicts behind the writers' back, and while its turn has not come hundreds
// of entries can wait: 100 KiB each, they took 67 MiB of a bound of 16. So the
// cache counts for itself what is reachable, has otter aim a little lower, and
// whoever saves above the bound evicts before it returns.
type entryCache struct {
	maxBytes int64
	maxCost  int64 // of one entry
	bytes    atomic.Int64
	cache    *otter.Cache[backends.Key, storedEntry]

	evicted, expired atomic.Uint64
}

func newEntryCache(maxBytes int64) (*entryCache, error) {
	aim := max(1, maxBytes-maxBytes/64)
	c := &entryCache{
		maxBytes: maxBytes,
		maxCost:  min(aim, math.MaxUint32), // a weight of otter's has 32 bits
	}
	cache, err := otter.New(&otter.Options[backends.Key, storedEntry]{
		MaximumWeight:    uint64(aim),
		Weigher:          func(_ backends.Key, e storedEntry) uint32 { return uint32(e.cost()) },
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[backends.Key, storedEntry]) time.Duration { return e.Value.ttl }),
		OnAtomicDeletion: c.gone,
	})
	if err != nil {
		return nil, err
	}
	c.cache = cache
	return c, nil
}

// gone runs once for each entry that cannot be found any more, under a lock of
// otter's, and must not call it.
func (c *entryCache) gone(e otter.DeletionEvent[backends.Key, storedEntry]) {
	c.bytes.Add(-e.Value.cost())
	switch e.Cause {
	case otter.CauseOverflow:
		c.evicted.Add(1)
	case otter.CauseExpiration:
		c.expired.Add(1)
	case otter.CauseReplacement, otter.CauseInvalidation:
	}
}

// get returns the entry at key, nil if there is none.
func (c *entryCache) get(key backends.Key) []byte {
	e, _ := c.cache.GetIfPresent(key)
	return e.bytes
}

func (c *entryCache) set(key backends.Key, entry []byte, ttl time.Duration) error {
	if ttl <= 0 {
		return errTTL
	}
	if int64(len(entry))+entryOverhead > c.maxCost {
		return backends.ErrTooLarge
	}
	if entry == nil || cap(entry)-len(entry) > len(entry)/8+entryOverhead {
		// A nil would be no entry, and what is mostly room is better copied. append
		// takes the whole size class.
		entry = append(make([]byte, 0, 1), entry...)
	}
	e := storedEntry{bytes: entry, ttl: ttl}
	if e.cost() > c.maxCost {
		return backends.ErrTooLarge
	}
	bytes := c.bytes.Add(e.cost())
	c.cache.Set(key, e)
	if bytes > c.maxBytes {
		c.cache.CleanUp()
	}
	return nil
}

func (c *entryCache) close() { c.cache.StopAllGoroutines() }
