package processes

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/invalidation"
)

// TestAlternation has two processes take turns: one writes, and the other must see
// it in its next read. Before each write, the version that it outdates is kept.
func TestAlternation(t *testing.T) {
	t.Parallel()
	n := testservers.Number(t, "GOJOHNNY_ALTERNATIONS", 3000)
	for _, kind := range kinds {
		t.Run("store="+kind, func(t *testing.T) {
			t.Parallel()
			cfg := newConfig(t, kind)
			here, there := newProgram(t, cfg), start(t, cfg)
			began := time.Now()
			stale, err := alternate(here, there, n)
			if err != nil {
				t.Fatal(err)
			}
			if len(stale) > 0 {
				t.Errorf("%d of %d reads stale, the first: %s", len(stale), n, stale[0])
			}
			hits := hitsOf(t, here, there)
			if want := int64(n / rereadEvery / 2); hits < want {
				t.Errorf("got %d hits; want at least %d: a cache that keeps nothing proves nothing", hits, want)
			}
			t.Logf("%d alternations in %v, %d stale, %d hits", n, time.Since(began).Round(time.Millisecond), len(stale), hits)
		})
	}
}

// TestAlternationFindsWrongLift shows that it can fail.
func TestAlternationFindsWrongLift(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run("store="+kind, func(t *testing.T) {
			t.Parallel()
			cfg := newConfig(t, kind)
			wrong := cfg
			wrong.Wrong = wrongLift
			stale, err := alternate(newProgram(t, cfg), start(t, wrong), 20)
			if err != nil {
				t.Fatal(err)
			}
			if len(stale) == 0 {
				t.Error("got no stale read from a process whose lifts do not advance; want one")
			}
		})
	}
}

// Every so often an alternation reads again, which should hit, and writes in a
// transaction.
const (
	rereadEvery   = 8
	transactEvery = 4
)

// alternate has a and b take turns n times, and says which reads were stale.
func alternate(a, b peer, n int) (stale []string, err error) {
	for _, p := range []peer{a, b} { // something to outdate, from the first turn on
		if _, err := p.read(); err != nil {
			return nil, err
		}
	}
	for i := range n {
		a, b = b, a
		write := a.write
		if i/2%transactEvery == 0 { // a and b in turn
			write = a.transact
		}
		want, err := insist(write)
		if err != nil {
			return stale, err
		}
		reads := 1
		if i%rereadEvery == 0 {
			reads = 2
		}
		for range reads {
			got, err := b.read()
			if err != nil {
				return stale, err
			}
			if got < want {
				stale = append(stale, fmt.Sprintf("turn %d: got version %d; want %d", i, got, want))
			}
		}
	}
	return stale, nil
}

// insist repeats a write as long as it is refused, which the store does for some
// moments when the machine is busy with other things. A refused write never reached
// the database.
func insist(write func() (int64, error)) (v int64, err error) {
	for deadline := time.Now().Add(30 * time.Second); ; {
		v, err = write()
		if !errors.Is(err, invalidation.ErrRefused) || time.Now().After(deadline) {
			return v, err
		}
	}
}

func hitsOf(t *testing.T, peers ...peer) (sum int64) {
	t.Helper()
	for _, p := range peers {
		hits, err := p.hits()
		if err != nil {
			t.Fatal(err)
		}
		sum += hits
	}
	return sum
}
