package processes

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// killsInLane is how many writers are killed one after another; where there are
// more, others are at the same time.
const killsInLane = 50

// TestKilledWriters kills one writer after another, while this process reads and
// compares each read with what the database had shown before. After each kill the
// cache must answer again.
func TestKilledWriters(t *testing.T) {
	t.Parallel()
	kills := testservers.Number(t, "GOJOHNNY_KILLS", 10)
	for _, kind := range kinds {
		for lane := range (kills + killsInLane - 1) / killsInLane {
			n := min(killsInLane, kills-lane*killsInLane)
			t.Run(fmt.Sprintf("store=%s/lane=%d", kind, lane), func(t *testing.T) {
				t.Parallel()
				cfg := newConfig(t, kind)
				cfg.Lease = time.Second
				k := newKiller(t, cfg)
				for i := range n {
					k.round(t, cfg, [...]string{committed, atRandom, fenced, atRandom}[i%4])
				}
				k.watcher.stop()
				k.watcher.check(t)
				t.Logf("%d kills, %d reads, %d stale, %d hits; the cache answered again within %v",
					n, k.reads.Load(), len(k.stale), k.cache.Stats().Hits, k.longest.Round(time.Millisecond))
			})
		}
	}
}

// TestKilledWritersFindsMissingFence shows that it can fail.
func TestKilledWritersFindsMissingFence(t *testing.T) {
	t.Parallel()
	cfg := newConfig(t, "redis")
	cfg.Lease = time.Second
	k := newKiller(t, cfg)
	wrong := cfg
	wrong.Wrong = wrongFence
	await(t, "a hit", func() bool { return k.cache.Stats().Hits > 0 }) // what the write outdates is kept
	k.killAt(t, start(t, wrong), committed)
	reads := k.reads.Load()
	await(t, "reads", func() bool { return k.reads.Load() > reads+10 })
	k.watcher.stop()
	if len(k.stale) == 0 {
		t.Error("got no stale read after a write without a fence whose process was killed before the lift; want one")
	}
}

const atRandom = "at random"

// A killer kills writers while a watcher reads.
type killer struct {
	*watcher
	longest time.Duration // from a kill to the next hit
}

func newKiller(t *testing.T, cfg config) *killer {
	t.Helper()
	return &killer{watcher: watch(t, newBare(t, cfg), newProgram(t, cfg))}
}

// round kills one writer and waits until the cache answers again.
func (k *killer) round(t *testing.T, cfg config, point string) {
	t.Helper()
	p := start(t, cfg)
	before := k.cache.Stats()
	if point == atRandom {
		k.killAtRandom(t, p)
	} else {
		k.killAt(t, p, point)
	}
	killed, hits := time.Now(), k.cache.Stats().Hits
	if point != atRandom {
		await(t, "a read that finds the fence, or that its lease has ended", func() bool {
			now := k.cache.Stats()
			return now.BypassReasons[cache.Fenced] > before.BypassReasons[cache.Fenced] || now.Misses > before.Misses
		})
	}
	await(t, "a hit after the lease", func() bool { return k.cache.Stats().Hits > hits })
	k.longest = max(k.longest, time.Since(killed))
}

// killAt kills a writer when it is at a point of its write.
func (k *killer) killAt(t *testing.T, p *process, point string) {
	t.Helper()
	if _, err := p.number(point); err != nil {
		t.Fatal(err)
	}
	verb := [...]func() (int64, error){p.write, p.transact}[rand.IntN(2)]
	if v, err := insist(verb); !errors.Is(err, errParked) {
		t.Fatalf("stopped %s: got %d, %v; want errParked", point, v, err)
	}
	p.kill()
}

// killAtRandom kills a writer some microseconds after one of its writes.
func (k *killer) killAtRandom(t *testing.T, p *process) {
	t.Helper()
	if err := p.tell("loop"); err != nil {
		t.Fatal(err)
	}
	for range 1 + rand.IntN(20) {
		if _, err := insist(p.result); err != nil {
			t.Fatal(err)
		}
	}
	<-time.After(rand.N(3 * time.Millisecond)) // the random instant
	p.kill()
}

// A watcher reads through a program, in several goroutines, and compares.
type watcher struct {
	*program
	bare   *sql.DB
	cancel context.CancelFunc
	wg     sync.WaitGroup
	reads  atomic.Int64

	mu    sync.Mutex
	stale []string
	errs  []error
}

func watch(t *testing.T, bare *sql.DB, p *program) *watcher {
	ctx, cancel := context.WithCancel(t.Context())
	w := &watcher{program: p, bare: bare, cancel: cancel}
	t.Cleanup(w.stop)
	for range 2 {
		w.wg.Go(func() {
			for ctx.Err() == nil {
				w.look()
			}
		})
	}
	return w
}

// look reads from the database, then through the cache, which must not be behind.
func (w *watcher) look() {
	want, err1 := version(w.bare, readVersion)
	got, err2 := w.read()
	w.reads.Add(1)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, err := range []error{err1, err2} {
		if err != nil {
			w.errs = append(w.errs, err)
			return
		}
	}
	if got < want {
		w.stale = append(w.stale, fmt.Sprintf("got version %d; want %d", got, want))
	}
}

// stop ends the reads; what was found can be looked at.
func (w *watcher) stop() {
	w.cancel()
	w.wg.Wait()
}

func (w *watcher) check(t *testing.T) {
	t.Helper()
	if len(w.stale) > 0 {
		t.Errorf("%d of %d reads stale, the first: %s", len(w.stale), w.reads.Load(), w.stale[0])
	}
	if len(w.errs) > 0 {
		t.Errorf("%d of %d reads failed, the first: %v", len(w.errs), w.reads.Load(), w.errs[0])
	}
}

// await waits for a condition.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !condition(); <-time.After(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited 30 s for %s", what)
		}
	}
}
