//go:build unix

package declared

import (
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
)

// A value is a version and the name of the write that made it: a version that the database
// lost may be made again by another write.
type value struct{ version, writer int64 }

// A fact is what the database was seen to have.
type fact struct {
	value
	known int64 // when somebody first knew of it
}

// look asks the database itself.
func (s *stage) look() {
	if s.err != nil {
		return
	}
	var v value
	if c := s.conn(); s.err == nil {
		s.err = c.QueryRow(s.ctx, s.query).Scan(&v.version, &v.writer)
	}
	s.learn(v, history.Now())
}

func (s *stage) learn(v value, now int64) {
	if n := len(s.truth); s.err == nil && (n == 0 || s.truth[n-1].value != v) {
		s.truth = append(s.truth, fact{v, now})
	}
}

// successor is what came after a value for the last time, nil if nothing did.
func (s *stage) successor(v value) *fact {
	for i := len(s.truth) - 2; i >= 0; i-- {
		if s.truth[i+1].value == v {
			return nil
		}
		if s.truth[i].value == v {
			return &s.truth[i+1]
		}
	}
	return nil
}

// judge counts a read.
func (s *stage) judge(r worker.Reply) (stale bool) {
	if s.err != nil {
		return false
	}
	s.count.Reads++
	next := s.successor(value{r.Version, r.Writer})
	if next == nil {
		s.learn(value{r.Version, r.Writer}, r.End) // a write that the database was not asked about yet
		return false
	}
	if r.Begin < max(s.since, next.known) {
		return false
	}
	s.count.Stale++
	s.count.Longest = max(s.count.Longest, time.Duration(r.Begin-next.known))
	if s.until != 0 && r.Begin > s.until {
		s.count.Late++
	}
	return true
}

// watch reads for some time.
func (s *stage) watch(a *actor, d time.Duration) {
	for end := time.Now().Add(d); s.err == nil && time.Now().Before(end); {
		s.readBy(a)
		s.pass(time.Millisecond)
	}
}

// watchUntilFresh reads until a read is not stale, and once more some time after what
// bounds the case.
func (s *stage) watchUntilFresh(a *actor) {
	s.await("the end of the stale reads", func() bool {
		s.look()
		return !s.judge(a.read()) || s.count.Late > 0
	})
	s.watch(a, after)
}

// after is for how long a schedule goes on when it is over.
const after = 200 * time.Millisecond

// warm has an actor read until it hits, so that the rows are kept, and returns when it
// knew that.
func (s *stage) warm(a *actor) (kept int64) {
	s.await("a hit", func() bool {
		r := s.readBy(a)
		kept = r.End
		return r.Source == history.Hit.String()
	})
	return kept
}

// keep is warm for a fence that is gone. With the remedy, it does not come to a hit.
func (s *stage) keep(a *actor) (kept int64) {
	if !s.remedied {
		return s.warm(a)
	}
	const times = 20
	for range times {
		s.readBy(a)
	}
	return 0
}

// reached has an actor read until the store answers it.
func (s *stage) reached(a *actor) {
	s.await("the store's answer", func() bool {
		source := s.readBy(a).Source
		return source == history.Hit.String() || source == history.Miss.String()
	})
}

// readBy has the database and then an actor read, and judges that.
func (s *stage) readBy(a *actor) worker.Reply {
	s.look()
	r := a.read()
	s.judge(r)
	return r
}

// bound says when the case is over: no read that begins later may be stale.
func (s *stage) bound(at int64) {
	if s.err != nil {
		return
	}
	s.until = at
	if n := len(s.truth); n > 0 {
		s.count.Allowed = max(0, time.Duration(at-s.truth[n-1].known))
	}
}

// fresh has an actor read what must not be stale.
func (s *stage) fresh(a *actor, what string) {
	s.look()
	before := s.count
	if s.judge(a.read()) {
		s.fail("%s: stale", what)
	}
	s.count = before
}
