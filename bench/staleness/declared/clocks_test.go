//go:build unix

package declared

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
)

// TestClockSetBack sets Redis's clock back while a write is on the wire whose process has
// died: its fence stands for as much longer, and no read is stale. When the clock is right
// again, the lease ends.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	stands := func(s *stage, r *actor) {
		if source := s.readBy(r).Source; s.err == nil && source != history.Fenced.String() {
			s.fail("when the lease is over: got %s; want that the fence stands", source)
		}
	}
	f, err := runCase(t.Context(), postgres(t), quick, Case{Name: "clock set back", run: func(s *stage) {
		store := s.redisWithClock()
		r, w := s.actor(store), s.actor(store)
		s.warm(r)
		_, unlock := s.onTheWire(w)
		s.setClock(store, -time.Hour)
		w.kill()
		s.pass(s.lease * 3 / 2)
		stands(s, r)
		unlock()
		s.committed()
		stands(s, r)
		s.setClock(store, 0)
		s.bound(history.Now())
		s.warm(r)
	}})
	if f = ran(t, f, err); f.Produced.Stale > 0 || f.Produced.Reads == 0 {
		t.Errorf("got %+v; want no stale read", f.Produced)
	}
}

// TestNotRun has a case tell why it could not be run.
func TestNotRun(t *testing.T) {
	t.Parallel()
	f, err := runCase(t.Context(), postgres(t), quick, Case{Name: "impossible", run: func(s *stage) {
		s.fail("a clock: %w", errors.ErrUnsupported)
	}})
	var table strings.Builder
	if err := WriteText(&table, []Finding{f}); err != nil {
		t.Fatal(err)
	}
	const why = "a clock: unsupported operation"
	if err != nil || f.NotRun != why || !strings.Contains(f.Line(), why) || !strings.Contains(table.String(), why) {
		t.Errorf("got %+v, error %v; want not run: %s", f, err, why)
	}
}
