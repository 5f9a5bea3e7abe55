package breaker_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends/breaker"
	"github.com/gojohnny/gojohnny/internal/imports"
)

func TestImports(t *testing.T) { imports.Only(t) }

var errDown = errors.New("down")

// A server answers pings, or not.
type server struct {
	down, gone atomic.Bool
	pings      atomic.Int32
}

func (s *server) ping(context.Context) error {
	s.pings.Add(1)
	switch {
	case s.gone.Load():
		return fmt.Errorf("ping: %w", breaker.ErrGone)
	case s.down.Load():
		return errDown
	}
	return nil
}

func fail(b *breaker.Breaker, times int) {
	for range times {
		b.Failure()
	}
}

func TestFailuresInARowOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		s.down.Store(true)
		b := new(breaker.Group).New(s.ping)
		for range 10 {
			fail(b, 2)
			b.Success()
		}
		if err := b.Allow(); err != nil || b.Opened() != 0 {
			t.Errorf("got %v with successes between the failures", err)
		}
		fail(b, 3)
		if err := b.Allow(); !errors.Is(err, breaker.ErrOpen) || b.Opened() != 1 {
			t.Errorf("got %v, opened %d times, after 3 failures in a row; want ErrOpen, once", err, b.Opened())
		}
		fail(b, 10)
		b.Success() // of a call that began before
		if err := b.Allow(); err == nil {
			t.Error("a late success closed it")
		}
		s.down.Store(false)
		time.Sleep(time.Second)
		if err := b.Allow(); err != nil || b.Opened() != 1 {
			t.Errorf("got %v, opened %d times, after the server answered a ping", err, b.Opened())
		}
		fail(b, 2)
		if b.Allow() != nil {
			t.Error("failures from before it closed count")
		}
	})
}

func TestPingsBecomeRare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		s.down.Store(true)
		b := new(breaker.Group).New(s.ping)
		fail(b, 3)
		synctest.Wait()
		if got := s.pings.Load(); got != 1 {
			t.Errorf("%d pings at once; want 1", got)
		}
		time.Sleep(100 * time.Second)
		if got := s.pings.Load(); got < 100 || got > 110 {
			t.Errorf("%d pings in 100 s; want about one a second", got)
		}
		s.down.Store(false)
		time.Sleep(time.Second)
		if err := b.Allow(); err != nil {
			t.Errorf("got %v a second after the server came back", err)
		}
	})
}

// A goroutine that went on pinging would fail the test.
func TestClosedClientEndsThePings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		s.gone.Store(true)
		b := new(breaker.Group).New(s.ping)
		fail(b, 3)
		synctest.Wait()
		if err := b.Allow(); !errors.Is(err, breaker.ErrOpen) {
			t.Errorf("got %v; want ErrOpen for good", err)
		}
	})
}

// A ping that hangs ends after a second.
func TestPingHasADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pings atomic.Int32
		b := new(breaker.Group).New(func(ctx context.Context) error {
			if pings.Add(1) < 3 {
				<-ctx.Done()
			}
			return ctx.Err()
		})
		fail(b, 3)
		time.Sleep(3 * time.Second)
		if err := b.Allow(); err != nil {
			t.Errorf("got %v after %d pings", err, pings.Load())
		}
	})
}

func BenchmarkAllow(b *testing.B) {
	br := new(breaker.Group).New(nil)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if br.Allow() == nil {
				br.Success()
			}
		}
	})
}
