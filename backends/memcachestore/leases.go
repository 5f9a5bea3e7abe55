package memcachestore

import (
	"fmt"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends"
)

// memcached runs no scripts and tells no time. The one clock it has ends items, so a
// lease is an item: a fence in a tag's item stands as long as the item of its lease
// does. Whoever reads a fence whose lease is gone settles it: one compare-and-swap
// of the tag removes the fence and advances the generation.
//
// The lease is granted before the fence is placed. The other order is wrong:
//
//	1: writer: add the fence to orders    7, fenced
//	2: reader: load orders                finds no lease, settles: 8
//	3: writer: grant the lease            and believes that the fence stands
//
// In the right order a reader can settle only what did run out, or was evicted.
//
// Every call of Fence grants a lease of its own, with an id that never was before.
// One that is renewed under the same id would rise from the dead:
//
//	1: writer: grant the lease, fence     7, fenced
//	2: the lease runs out
//	3: reader: load orders                finds no lease
//	4: writer: renew the same lease       the fence stands again, at 7
//	5: reader: settle                     8, not fenced: the fence of step 4 is lost
//
// With a new one, the compare-and-swap of step 5 meets another item than was read.
//
// A fence that is lifted leaves its lease behind, to run out by itself: what would
// remove it is one request more for each write.
const (
	// maxSeconds is the longest expiration that memcached takes for a duration and
	// not for an instant by somebody's clock: 30 days.
	maxSeconds = 30 * 24 * 60 * 60

	maxLease = (maxSeconds - 1) * time.Second
)

// grant makes the item of a lease.
func (s *Store) grant(id backends.Token, lease time.Duration) error {
	if lease <= 0 || lease > maxLease {
		return fmt.Errorf("lease of %v, want more than 0 and at most %v", lease, maxLease)
	}
	item := &memcache.Item{Key: s.keys.lease(id), Expiration: atLeast(lease)}
	err := s.mc.Set(item)
	if s.reconnects(err) {
		err = s.mc.Set(item)
	}
	return err
}

// atLeast is an expiration that is not before d. memcached's clock ticks once a
// second, hence what expires in n seconds lives for more than n-1 and at most n.
func atLeast(d time.Duration) int32 { return int32((d+time.Second-1)/time.Second + 1) }

// atMost is an expiration that is not after d, of a second where d is less.
func atMost(d time.Duration) int32 { return int32(max(1, min(d/time.Second, maxSeconds))) }

// settleFences asks for the leases of the fences of tags, in one round trip to each
// server involved, and settles those that are gone.
//
// A lease that stands now stood when the tag was read: it is granted once, before
// the fence. One that runs out between this and the compare-and-swap was not seen
// by anybody to have run out, and the next load does.
func (s *Store) settleFences(tags []*tag) error {
	keys := map[backends.Token]string{}
	var all []string
	for _, t := range tags {
		for _, f := range t.state.fences {
			if keys[f.lease] == "" {
				keys[f.lease] = s.keys.lease(f.lease)
				all = append(all, keys[f.lease])
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	standing, err := s.get(all)
	if err != nil {
		return err
	}
	for _, t := range tags {
		next := t.state.settled(func(lease backends.Token) bool { return standing[keys[lease]] != nil })
		if gone := len(t.state.fences) - len(next.fences); gone > 0 {
			s.counts.settled.Add(uint64(gone))
			t.state, t.write = next, true
		}
	}
	return nil
}
