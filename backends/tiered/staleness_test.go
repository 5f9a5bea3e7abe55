package tiered_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/tiered"
)

const bound = 5 * time.Second

// TestMaxStaleness: a copy answers unasked for as long as the option says after the
// shared store was asked, and not an instant longer.
func TestMaxStaleness(t *testing.T) {
	for _, refill := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			shared := newMemory(t, localBytes)
			one, other := newProcess(t, shared, &tiered.Options{MaxStaleness: bound}), newProcess(t, shared, nil)
			one.fill(rows)
			asked := time.Now()
			one.want(true)()
			other.write()
			if refill {
				other.fill([]byte("newer rows"))
			}
			stale := 0
			for range 100 {
				got, _, hit := one.read()
				if hit && string(got) == string(rows) {
					stale++
					if late := time.Since(asked); late >= bound {
						t.Errorf("stale %v after the shared store was asked; want less than %v", late, bound)
					}
				}
				time.Sleep(bound / 50)
			}
			if stale == 0 || uint64(stale) > one.store.Stats().Trusted {
				t.Errorf("%d stale reads, %d trusted", stale, one.store.Stats().Trusted)
			}
			if got, _, hit := one.read(); hit != refill || hit && string(got) != "newer rows" {
				t.Errorf("in the end: got %q, %v; want the newer rows: %v", got, hit, refill)
			}
		})
	}
}

// TestTrustedHitAsksNobody counts.
func TestTrustedHitAsksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess(t, newMemory(t, localBytes), &tiered.Options{MaxStaleness: bound})
		p.fill(rows)
		p.costs("the first hit", 0, 0, p.want(true))
		time.Sleep(bound)
		p.costs("a hit when the time is over", 1, 8, p.want(true))
		p.costs("the next hit", 0, 0, p.want(true))
	})
}

// TestTrustCountsFromTheQuestion: an answer that took long is trusted for less.
func TestTrustCountsFromTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess(t, newMemory(t, localBytes), &tiered.Options{MaxStaleness: bound})
		p.fill(rows)
		time.Sleep(bound)
		p.wire.onLoad = func() { time.Sleep(bound) }
		p.want(true)()
		p.wire.onLoad = nil
		p.costs("a hit after a slow answer", 1, 8, p.want(true))
	})
}

// TestTrustedEntryExpires: trust makes an entry live longer by MaxStaleness at most,
// however often its tags are asked about for the sake of others.
func TestTrustedEntryExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newMemory(t, localBytes)
		one, other := newProcess(t, shared, nil), newProcess(t, shared, &tiered.Options{MaxStaleness: bound})
		one.fill(rows) // for an hour
		time.Sleep(time.Hour - time.Second)
		other.want(true)()
		began := time.Now()
		for {
			time.Sleep(time.Second)
			other.readAnother()
			if _, _, hit := other.read(); !hit {
				break
			}
			if time.Since(began) > bound+time.Second {
				t.Fatalf("the entry answers %v after its time to live", time.Since(began)-time.Second)
			}
		}
	})
}

// TestOwnWritesAreSeen runs the schedule of trust.go: an answer that was on its way
// while this process wrote is not remembered.
func TestOwnWritesAreSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess(t, newMemory(t, localBytes), &tiered.Options{MaxStaleness: bound})
		p.fill(rows)
		p.want(true)()
		p.write()
		p.want(false)()

		p.fill(rows)
		time.Sleep(bound)
		p.wire.onLoad = func() {
			p.wire.onLoad = nil
			p.write()
		}
		p.read()
		p.want(false)()
	})
}

// TestEveryVerbForgets: after each, the shared store is asked again.
func TestEveryVerbForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess(t, newMemory(t, localBytes), &tiered.Options{MaxStaleness: bound})
		ctx, w := t.Context(), backends.NewToken()
		for name, call := range map[string]func() error{
			"Fence":   func() error { return p.store.Fence(ctx, tags, w, time.Nanosecond) },
			"Lift":    func() error { return p.store.Lift(ctx, tags, w, true) },
			"Advance": func() error { return p.store.Advance(ctx, tags) },
			"FenceAndLook": func() error {
				_, err := p.store.FenceAndLook(ctx, tags, w, time.Nanosecond, "app/")
				return err
			},
			"LiftAndLook": func() error {
				_, err := p.store.LiftAndLook(ctx, tags, w, true, "app/")
				return err
			},
		} {
			p.fill(rows)
			p.costs("a hit before "+name, 0, 0, p.want(true))
			if err := call(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Nanosecond)
			p.costs("a miss after "+name, 1, 8, p.want(false))
		}
	})
}

// TestFencesAreNotTrusted: what another process is writing is asked about until it
// has been written.
func TestFencesAreNotTrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newMemory(t, localBytes)
		p, other := newProcess(t, shared, &tiered.Options{MaxStaleness: bound}), newProcess(t, shared, nil)
		other.fill(rows)
		w := other.fence()
		p.want(false)()
		other.lift(w, false)
		p.want(true)()
	})
}
