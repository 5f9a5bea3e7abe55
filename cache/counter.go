package cache

import (
	"sync/atomic"
	"unsafe"
)

// A counter counts what every core does all the time. Sessions are spread over its
// stripes, so that cores seldom write to one cache line: with one number, two cores were
// hardly faster than one at answering hits. The zero value is 0, and takes no more
// memory before it is used.
type counter struct {
	stripes atomic.Pointer[[numStripes]stripe]
}

// numStripes is more than the cores of small machines: sessions do not choose theirs.
const numStripes = 8

// A stripe fills a cache line.
type stripe struct {
	n atomic.Uint64
	_ [cacheLine - unsafe.Sizeof(atomic.Uint64{})]byte
}

const cacheLine = 64

func (c *counter) add(s *Session, n uint64) {
	stripes := c.stripes.Load()
	if stripes == nil {
		c.stripes.CompareAndSwap(nil, new([numStripes]stripe))
		stripes = c.stripes.Load()
	}
	stripes[s.number%numStripes].n.Add(n)
}

// load returns the sum, which is of one instant only while nobody adds.
func (c *counter) load() uint64 {
	stripes := c.stripes.Load()
	if stripes == nil {
		return 0
	}
	var sum uint64
	for i := range stripes {
		sum += stripes[i].n.Load()
	}
	return sum
}
