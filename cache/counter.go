package cache

import (
	"math/bits"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// A counter counts what every core does all the time. Each session counts in a stripe of
// its own, so that cores seldom write to one cache line: with one number, two cores were
// hardly faster than one at answering hits. The zero value is 0, and takes no more
// memory before it is used.
type counter struct {
	stripes atomic.Pointer[[]stripe]
}

// A stripe fills a cache line.
type stripe struct {
	n atomic.Uint64
	_ [cacheLine - unsafe.Sizeof(atomic.Uint64{})]byte
}

const (
	cacheLine  = 64
	maxStripes = 16
)

// numStripes is a power of two, and a few for each core: sessions do not choose theirs.
var numStripes = min(maxStripes, 4<<bits.Len(uint(runtime.GOMAXPROCS(0)-1)))

func (c *counter) add(s *Session, n uint64) {
	stripes := c.stripes.Load()
	if stripes == nil {
		fresh := make([]stripe, numStripes)
		c.stripes.CompareAndSwap(nil, &fresh)
		stripes = c.stripes.Load()
	}
	(*stripes)[s.number&uint64(len(*stripes)-1)].n.Add(n)
}

// load returns the sum, which is of one instant only while nobody adds.
func (c *counter) load() uint64 {
	stripes := c.stripes.Load()
	if stripes == nil {
		return 0
	}
	var sum uint64
	for i := range *stripes {
		sum += (*stripes)[i].n.Load()
	}
	return sum
}
