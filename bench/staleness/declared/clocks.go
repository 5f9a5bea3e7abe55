//go:build unix

package declared

import (
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/worker"
	"github.com/gojohnny/gojohnny/internal/servers"
)

// redisWithClock is a Redis whose clock is set.
func (s *stage) redisWithClock() *redisAt { return s.redisOf(servers.StartRedisWithClock) }

func (s *stage) setClock(r *redisAt, by time.Duration) {
	if s.err == nil {
		s.err = r.SetClock(by)
	}
}

// forward sets a clock forward by two leases, at once; with the remedy, it has the clock go
// a twelfth faster for so long, while somebody reads.
func (s *stage) forward(store *redisAt, r *actor, slewed time.Duration) {
	if !s.remedied {
		s.setClock(store, 2*s.base.Lease)
		return
	}
	const share = 12 // chrony's maxslewrate is 83,333 ppm
	for begin := time.Now(); s.err == nil && time.Since(begin) < slewed; s.pass(time.Millisecond) {
		s.setClock(store, time.Since(begin)/share)
		s.readBy(r)
	}
}

// clockForward has Redis's clock set forward by more than a lease between the fence of a
// write and its COMMIT.
//
//	1: writer: fence reg
//	2: Redis:  its clock is set   the lease has ended
//	3: reader: read               the rows of before, kept under a new generation
//	4: writer: COMMIT
//	5: reader: read               a hit: stale
//	6: writer: lift               the write is acknowledged after it
//
// A renewal between 2 and 4 places the fence again. Without the remedy there is none, since
// leases are long; with it, there are six.
func clockForward(s *stage) {
	if !s.remedied {
		s.long()
	}
	s.base.TTL = time.Hour
	store := s.redisWithClock()
	r, w := s.actor(store), s.actor(store)
	s.warm(r)
	w.arm(worker.AtLift, worker.Wait)
	write, unlock := s.onTheWire(w)
	s.forward(store, r, s.lease*3/2)
	s.keep(r)
	unlock()
	s.looksBeforeLift(r, w, write)
}

// clockForwardAndDies is clockForward with a writer that dies after step 1.
func clockForwardAndDies(s *stage) {
	store := s.redisWithClock()
	s.outlivesWriter(store, func(r *actor) { s.forward(store, r, s.lease/4) })
}

// clockBack is writtenPast on a Redis whose clock is set back: entries live longer.
func clockBack(s *stage) {
	store := s.redisWithClock()
	r := s.actor(store)
	kept := s.warm(r)
	s.setClock(store, -s.lease)
	s.sql(s.update())
	s.look()
	s.remedy(r, "public.reg")
	s.expires(kept + int64(s.lease))
	s.watchUntilFresh(r)
}
