package breaker_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends/breaker"
)

// down is how often of 64 times a group says that it is.
func down(g *breaker.Group) (n int) {
	for range 64 {
		if g.Down() {
			n++
		}
	}
	return n
}

// Of a group that is down, one of 64 calls finds out whether it still is.
const (
	never  = 0
	always = 63
)

func wantDown(t *testing.T, g *breaker.Group, want int) {
	t.Helper()
	if got := down(g); got != want {
		t.Errorf("down %d of 64 times; want %d", got, want)
	}
}

func TestGroupIsDownWhenAllThatWereTriedAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var servers [3]server
		var breakers [3]*breaker.Breaker
		var g breaker.Group
		wantDown(t, &g, never)
		for i := range servers {
			servers[i].down.Store(true)
			breakers[i] = g.New(servers[i].ping)
		}
		wantDown(t, &g, never) // none was tried
		fail(breakers[0], 3)
		wantDown(t, &g, always)
		breakers[1].Success() // one that nobody knew of
		wantDown(t, &g, never)
		fail(breakers[1], 3)
		wantDown(t, &g, always)
		servers[0].down.Store(false)
		time.Sleep(2 * time.Second)
		wantDown(t, &g, never)
		fail(breakers[0], 3) // answers the next ping
		synctest.Wait()
		wantDown(t, &g, never)
		servers[1].down.Store(false)
		time.Sleep(2 * time.Second)
		wantDown(t, &g, never)
	})
}

// A server that the client has given up, dead or alive, says nothing about the rest.
func TestGroupForgetsWhoLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g breaker.Group
		s := &server{}
		s.down.Store(true)
		alive, dead, other := g.New(s.ping), g.New(s.ping), g.New(s.ping)
		alive.Success()
		fail(dead, 3)
		fail(other, 3)
		wantDown(t, &g, never)
		alive.Leave()
		wantDown(t, &g, always)
		dead.Leave()
		wantDown(t, &g, always)
		other.Leave()
		wantDown(t, &g, never)
		for name, b := range map[string]*breaker.Breaker{"alive": alive, "dead": dead} {
			if err := b.Allow(); !errors.Is(err, breaker.ErrOpen) {
				t.Errorf("%s: got %v after it left; want ErrOpen", name, err)
			}
		}
		s.down.Store(false)
		time.Sleep(2 * time.Second) // the pings are answered, and come too late
		alive.Success()
		wantDown(t, &g, never)
		if err := dead.Allow(); !errors.Is(err, breaker.ErrOpen) {
			t.Errorf("got %v from one that left, after a ping was answered; want ErrOpen", err)
		}
	})
}

// A closed client's server is not down: a call says what is wrong.
func TestClosedClientIsNotDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g breaker.Group
		fail(g.New(func(context.Context) error { return breaker.ErrGone }), 3)
		synctest.Wait()
		wantDown(t, &g, never)
	})
}

func BenchmarkDown(b *testing.B) {
	for name, failures := range map[string]int{"answering": 0, "down": 3} {
		b.Run("group="+name, func(b *testing.B) {
			var g breaker.Group
			s := &server{}
			s.down.Store(true)
			br := g.New(s.ping)
			br.Success()
			fail(br, failures)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					g.Down()
				}
			})
			s.gone.Store(true) // ends the pings
		})
	}
}
