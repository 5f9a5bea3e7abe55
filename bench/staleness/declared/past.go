//go:build unix

package declared

import (
	"fmt"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
)

// update is a write of the row, by a name that no other has.
func (s *stage) update() string { return fmt.Sprintf(writeReg, len(s.truth)+100) }

// expires bounds a case by the time to live of an entry that was kept at a time.
func (s *stage) expires(kept int64) { s.bound(kept + int64(s.ttl)) }

func writtenPast(s *stage) {
	r := s.actor(s.redis())
	kept := s.warm(r)
	s.sql(s.update())
	s.look()
	s.remedy(r, "public.reg")
	s.expires(kept)
	s.watchUntilFresh(r)
}

// remedy has an actor invalidate tables, or everything. What was read before that was
// stale by right.
func (s *stage) remedy(a *actor, tables ...string) {
	if s.remedied {
		s.since = a.do(worker.Request{Do: worker.DoInvalidate, Names: tables}).End
	}
}

func otherNamespace(s *stage) {
	store := s.redis()
	r := s.actor(store)
	if !s.remedied {
		s.base.Namespace = "another"
	}
	w := s.actor(store)
	kept := s.warm(r)
	w.write(s.update())
	s.look()
	s.expires(kept)
	s.watchUntilFresh(r)
}

// The definitions are looked at so often, and a look takes less than so long.
const (
	catalogAge = 500 * time.Millisecond
	lookTime   = time.Second
)

func definedPast(s *stage) {
	s.base.CatalogAge, s.base.TTL = catalogAge, time.Hour
	s.query = "SELECT version, op FROM seen WHERE id = 1"
	r := s.actor(s.redis())
	s.warm(r)
	s.sql("CREATE OR REPLACE VIEW seen AS SELECT id, version + 1 AS version, op FROM reg")
	s.look()
	s.remedy(r)
	s.bound(history.Now() + int64(2*catalogAge+lookTime))
	s.watchUntilFresh(r)
}

// definedAndDropped has a definition of which nothing is left when somebody looks.
//
//	1: reader: looks at the definitions
//	2: other:  makes a function      which the query calls from now on
//	3: reader: read                  kept
//	4: other:  drops it
//	5: another: looks                finds the definitions of 1
//	6: another: read                 a hit: stale
func definedAndDropped(s *stage) {
	s.base.CatalogAge = time.Hour
	s.sql("CREATE FUNCTION shown(bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT $1'")
	s.query = "SELECT shown(id) * version, op FROM reg WHERE id = 1"
	store := s.redis()
	r := s.actor(store)
	s.warm(r)
	s.query = "SELECT version * shown(id), op FROM reg WHERE id = 1"
	s.sql("CREATE FUNCTION shown(int) RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT 2 * $1'")
	kept := s.warm(r)
	s.sql("DROP FUNCTION shown(int)")
	s.look()
	s.remedy(r)
	s.expires(kept)
	another := s.actor(store)
	another.pgx = r.pgx // entries of database/sql are others
	s.reached(another)
	s.watchUntilFresh(another)
}

// definedDuring has a write whose tags were taken from definitions that do not stand any more.
//
//	1: writer: fence audited, audit   the trigger writes audit; the UPDATE waits for a lock
//	2: other:  replaces the function  which now writes other
//	3: reader: read other             kept, under the new definitions
//	4: writer: UPDATE                 the trigger writes other
//	5: reader: read other             a hit: stale
//	6: writer: lift                   finds the definitions changed: everything is outdated
func definedDuring(s *stage) {
	s.base.TTL = time.Hour
	r, w, write, _ := s.definedInBetween(worker.Wait)
	s.looksBeforeLift(r, w, write)
}

// definedDuringAndDies is definedDuring with a writer that dies in the place of step 6.
func definedDuringAndDies(s *stage) {
	r, w, _, kept := s.definedInBetween(worker.Die)
	w.comesTo(worker.AtLift)
	s.look()
	s.expires(kept)
	s.watchUntilFresh(r)
}

// definedInBetween runs definedDuring up to step 4. At the lift the writer does as it is
// told.
func (s *stage) definedInBetween(atLift worker.Action) (r, w *actor, write <-chan worker.Reply, kept int64) {
	if !s.remedied { // otherwise a renewal finds it after step 2
		s.long()
	}
	store := s.redis()
	r, w, x := s.actor(store), s.actor(store), s.actor(store)
	s.query = "SELECT version, op FROM other WHERE id = 1"
	s.warm(r)
	s.warm(w) // knows the definitions; its connection has never called the function
	unlock := s.lock("audited")
	w.arm(worker.AtLift, atLift)
	write = w.sends("UPDATE audited SET version = version + 1, op = 1 WHERE id = 1 RETURNING version")
	s.awaitLock()
	x.do(worker.Request{Do: worker.DoExec, Text: `CREATE OR REPLACE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN UPDATE other SET version = NEW.version, op = NEW.op WHERE id = NEW.id; RETURN NEW; END $$`})
	kept = s.keep(r)
	if s.remedied {
		s.pass(s.lease / 2)
	}
	unlock()
	return r, w, write, kept
}

// heldUp is for how long a lift does not reach the store. It makes the moment between a
// commit and its lift, which is a millisecond, long enough to look into.
const heldUp = 300 * time.Millisecond
