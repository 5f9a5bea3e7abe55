package cache

import (
	"sync"
	"testing"
)

func TestCounter(t *testing.T) {
	var c counter
	if got := c.load(); got != 0 {
		t.Errorf("before: got %d; want 0", got)
	}
	const sessions, each = 50, 1000 // more than there are stripes
	var wg sync.WaitGroup
	for i := range sessions {
		wg.Go(func() {
			s := &Session{number: uint64(i)}
			for range each {
				c.add(s, 2)
				c.add(s, ^uint64(0)) // takes one back
			}
		})
	}
	wg.Wait()
	if got := c.load(); got != sessions*each {
		t.Errorf("got %d; want %d", got, sessions*each)
	}
}

// A session keeps its stripe when it connects.
func TestConnectedKeepsTheStripe(t *testing.T) {
	src := &Source{cache: &Cache{}}
	for range 3 {
		s := src.NewSession(nil)
		was := s.number
		s.Connected()
		if s.number != was {
			t.Errorf("got %d; want %d", s.number, was)
		}
	}
}
