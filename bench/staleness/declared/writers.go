//go:build unix

package declared

import (
	"net/url"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
	"github.com/gojohnny/gojohnny/internal/servers"
)

func resolvedLate(s *stage) {
	s.longIfRemedied()
	s.outlivesWriter(s.redis(), func(*actor) { s.pass(s.lease * 3 / 2) })
}

// outlivesWriter has the database commit the write of a process that is dead.
//
//	1: writer: fence reg          the UPDATE waits for a lock
//	2: writer: dies
//	3: the lease ends
//	4: reader: read               the rows of before, kept under a new generation
//	5: database: COMMIT
//	6: reader: read               a hit: stale
func (s *stage) outlivesWriter(store storeAt, leaseEnds func(r *actor)) {
	r, w := s.actor(store), s.actor(store)
	s.warm(r)
	_, unlock := s.onTheWire(w)
	w.kill()
	leaseEnds(r)
	kept := s.keep(r)
	unlock()
	s.committed()
	s.expires(kept)
	s.watchUntilFresh(r)
}

// committed waits until the database has the write.
func (s *stage) committed() {
	s.await("the commit", func() bool { s.look(); return len(s.truth) == 2 })
}

// stopped has a writer stand still when its fence stands. As soon as it goes on, it renews
// its lease, behind its COMMIT: the store is slow for it, so that there is time to look.
//
//	1: writer: fence reg
//	2: writer: is stopped for longer than the lease
//	3: reader: read               the rows of before, kept under a new generation
//	4: writer: goes on, COMMIT
//	5: reader: read               a hit: stale
//	6: writer: renews, or lifts   advances either way
func stopped(s *stage) {
	s.longIfRemedied()
	s.base.TTL = time.Hour
	store := s.redis()
	r, w := s.actor(store), s.actor(store)
	s.warm(r)
	w.arm(worker.AtCommit, worker.Wait)
	write := w.sends(s.update())
	w.comesTo(worker.AtCommit)
	w.arm(worker.AtSend, worker.Stop)
	w.ask(worker.Request{Do: worker.DoGo}) // its reply may not come before the process goes on
	w.comesTo(worker.AtSend)
	s.pass(s.lease * 3 / 2)
	s.keep(r)
	w.delay(slow)
	w.resume()
	s.watch(r, heldUp)
	s.boundTold(r, w, w.ended(write).End)
	s.watchUntilFresh(r)
}

// slow is how much later the store hears of a writer, and so long again the other way: less
// than a writer's patience in all.
const slow = 60 * time.Millisecond

func available(s *stage) {
	r, w := s.cutOff()
	write := w.wait(w.sends(s.update()))
	if s.remedied != write.Refused {
		s.fail("a write while the store is out of reach: got refused %v, error %q", write.Refused, write.Err)
	}
	s.watch(r, heldUp)
	if !s.remedied {
		s.fresh(w, "the writer's own process")
	}
	w.mend()
	s.boundTold(r, w, 0)
	s.watchUntilFresh(r)
}

// boundTold bounds a case by the end of a write, or by when the store is told of it if
// that is later. Until then somebody reads.
func (s *stage) boundTold(r, w *actor, end int64) {
	if end == 0 || w.untold() > 0 {
		s.await("the store to be told", func() bool { s.readBy(r); return w.untold() == 0 })
		end = history.Now()
	}
	s.bound(end)
}

// cutOff has a reader that hits, and a writer that does not reach the store.
func (s *stage) cutOff() (r, w *actor) {
	s.strict(s.remedied)
	store := s.redis()
	r, w = s.actor(store), s.actor(store)
	s.warm(w)
	s.warm(r)
	w.cut()
	return r, w
}

func availableDies(s *stage) {
	r, w := s.cutOff()
	kept := s.warm(r)
	w.wait(w.sends(s.update()))
	w.kill()
	s.look()
	s.expires(kept)
	s.watchUntilFresh(r)
}

// outDuring has the store out of reach while COMMIT is on the wire: the fence cannot be
// renewed.
func outDuring(s *stage) {
	s.longIfRemedied()
	s.base.TTL = time.Hour
	store := s.redis()
	r, w := s.actor(store), s.actor(store)
	s.warm(r)
	write, unlock := s.onTheWire(w)
	w.cut()
	s.pass(s.lease * 3 / 2)
	s.keep(r)
	unlock()
	w.ended(write)
	s.watch(r, heldUp)
	w.mend()
	s.boundTold(r, w, 0)
	s.watchUntilFresh(r)
}

func maxStaleness(s *stage) {
	s.base.TTL = time.Hour
	trusted := 2 * s.lease
	store := s.memcached()
	store.tier = url.Values{}
	if !s.remedied {
		store.tier.Set("max-staleness", trusted.String())
	}
	r, w := s.actor(store), s.actor(store)
	s.warm(w)
	s.warm(r)
	write := w.write(s.update())
	s.fresh(w, "the writer's own process")
	s.bound(write.End + int64(trusted))
	s.watchUntilFresh(r)
}

// lostCommit needs a PostgreSQL of its own, which crashes. Its log writer wakes up at the
// first commit that does not wait for it, and then not for ten seconds.
func lostCommit(s *stage) {
	if s.err != nil {
		return
	}
	if s.pg, s.err = servers.StartPostgres(); s.err != nil {
		return
	}
	s.closers = append(s.closers, s.pg.Close)
	s.disconnect()
	s.open()
	if !s.remedied {
		s.sql("ALTER SYSTEM SET synchronous_commit = off")
	}
	s.sql("ALTER SYSTEM SET wal_writer_delay = '10s'")
	s.sql("SELECT pg_reload_conf()")
	store := s.redis()
	r, w := s.actor(store), s.actor(store)
	s.warm(r)
	w.write(s.update())
	s.look()
	w.write(s.update())
	kept := s.warm(r)
	if s.err == nil {
		s.err = s.pg.Restart(servers.Immediate)
	}
	s.disconnect()
	s.look()
	s.expires(kept)
	s.watchUntilFresh(r)
}
