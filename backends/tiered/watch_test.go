package tiered_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/tiered"
)

// A watched store tells what the test says.
type watched struct {
	backends.Store
	tell chan []string
	err  error // nil: it can watch
	runs bool
}

func (w *watched) Watch(ctx context.Context, changed func(tags []string)) error {
	w.runs = true
	defer func() { w.runs = false }()
	if w.err != nil {
		return w.err
	}
	for {
		select {
		case tags := <-w.tell:
			changed(tags)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// TestToldIsForgotten: of a tag that has changed nothing is trusted any more, and the
// next read asks; of others it is.
func TestToldIsForgotten(t *testing.T) {
	for name, told := range map[string][]string{"a tag": tags[1:], "anything": nil, "another tag": {"app/public.users"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &watched{Store: newMemory(t, localBytes), tell: make(chan []string)}
				one, other := newProcess(t, w, nil), newProcess(t, w, nil)
				one.store = over(t, w, &tiered.Options{MaxStaleness: time.Hour})
				one.fill(rows)
				one.want(true)()
				other.write()
				one.want(true)() // stale: nobody has told
				w.tell <- told
				synctest.Wait()
				one.want(name == "another tag")()
				st := one.store.Stats()
				if st.Changed != uint64(len(told)) || (st.Missed == 1) != (told == nil) {
					t.Errorf("got %+v", st)
				}
				one.store.Close()
				one.store.Close()
				if w.runs {
					t.Error("Close has returned, and the watch goes on")
				}
			})
		})
	}
}

// TestWatchThatFails leaves the time.
func TestWatchThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &watched{Store: newMemory(t, localBytes), err: errors.ErrUnsupported}
		p := newProcess(t, w, nil)
		p.store = over(t, w, &tiered.Options{MaxStaleness: bound})
		p.fill(rows)
		p.want(true)()
		newProcess(t, w, nil).write()
		time.Sleep(bound - 1)
		p.want(true)()
		time.Sleep(time.Nanosecond)
		p.want(false)()
	})
}

// TestNobodyWatchesWithoutTrust: where nothing is remembered, nothing is to be told.
func TestNobodyWatchesWithoutTrust(t *testing.T) {
	w := &watched{Store: newMemory(t, localBytes)}
	s := over(t, w, nil)
	s.Close()
	if w.runs {
		t.Error("the shared store is watched")
	}
}

// TestRedisTells: with a bound of an hour, a write is seen as soon as the server has
// told of it.
func TestRedisTells(t *testing.T) {
	prefix := rand.Text() + ":"
	one := newProcess(t, redisServer(t, prefix), nil)
	one.store = over(t, redisServer(t, prefix), &tiered.Options{MaxStaleness: time.Hour})
	other := newProcess(t, redisServer(t, prefix), nil)
	await(t, "the watch", func() bool { return one.store.Stats().Missed > 0 })
	for range 20 {
		one.fill(rows)
		one.want(true)()
		one.want(true)()
		other.write()
		await(t, "a read that sees the write", func() bool { _, _, hit := one.read(); return !hit })
	}
	if st := one.store.Stats(); st.Trusted == 0 || st.Changed < 20 {
		t.Errorf("got %+v; want hits that were trusted, and every write told", st)
	}
}

func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited a minute for %s", what)
		}
	}
}
