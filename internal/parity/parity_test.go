package parity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

const (
	defaultRounds = 16
	defaultSeed   = 1                // the same programs in each run, which come to hits enough
	steps         = 200              // of a program
	patience      = 20 * time.Second // with a step, before it counts as one that hangs, and with making a program shorter
)

func TestMain(m *testing.M) { testservers.Main(m) }

// TestParity runs programs at random on a bare pool and on a wrapped one, and compares what they see.
func TestParity(t *testing.T) {
	first := testservers.Number(t, "GOJOHNNY_PARITY_SEED", defaultSeed)
	rounds := testservers.Number(t, "GOJOHNNY_PARITY_ROUNDS", defaultRounds)
	w := &world{t: t, bare: newSide(t), cached: newSide(t)}
	for seed := first; seed < first+rounds && !t.Failed(); seed++ {
		p := newProgram(uint64(seed))
		if f := w.run(p, p.seeds(steps)); f != nil {
			t.Errorf("GOJOHNNY_PARITY_SEED=%d, mode %v: %s\nThe shortest program: %v", seed, p.mode, f.difference, w.shorter(p, f))
		}
	}
	t.Logf("from seed %d: %d steps, %d reads, %d of them hits", first, w.steps, w.reads, w.hits)
	if rounds >= defaultRounds && w.hits*10 < w.reads { // one program alone may begin and set all the time
		t.Errorf("%d of %d reads were hits; want a tenth at least", w.hits, w.reads)
	}
}

// A world is two sides, and what they have done.
type world struct {
	t            testing.TB
	bare, cached *side
	steps        int
	reads, hits  uint64
}

// A failure is a program up to where the sides differed.
type failure struct {
	seeds      []uint64 // of the steps
	script     strings.Builder
	difference string
}

func (f *failure) String() string { return f.difference + ", after\n" + f.script.String() }

// run runs a program on both sides up to the first difference. It returns nil if there is none.
func (w *world) run(p *program, seeds []uint64) *failure {
	c, end := newCache(w.t)
	defer end()
	defer func() { w.count(c.Stats()) }()
	w.bare.begin(w.t, p.mode, nil)
	defer w.bare.end()
	w.cached.begin(w.t, p.mode, c)
	defer w.cached.end()
	f := &failure{}
	for i, seed := range seeds {
		step := p.step(seed)
		w.steps++
		bare, cached := w.bare.see(w.t, step), w.cached.see(w.t, step)
		fmt.Fprintf(&f.script, "%s\n\t%s\n", step.text, bare)
		switch {
		case bare == cached, tolerated(bare, cached):
		case parted(bare, cached):
			return nil
		default:
			f.seeds, f.difference = seeds[:i+1], fmt.Sprintf("got %s; want %s", cached, bare)
			return f
		}
	}
	return nil
}

// shorter leaves out steps, many at once and then fewer, as long as the sides differ without them.
func (w *world) shorter(p *program, f *failure) *failure {
	deadline := time.Now().Add(patience)
	for size := len(f.seeds) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(f.seeds) && time.Now().Before(deadline); {
			if g := w.run(p, slices.Concat(f.seeds[:at], f.seeds[at+size:])); g != nil {
				f = g
			} else {
				at += size
			}
		}
	}
	return f
}

func (w *world) count(stats cache.Stats) {
	w.reads += stats.Reads
	w.hits += stats.Hits
}

// newCache returns one with nothing in it, and what closes it.
func newCache(t testing.TB) (c *cache.Cache, end func()) {
	t.Helper()
	store, err := memstore.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c = cache.New(store, pgquery.New(), nil)
	return c, func() {
		if err := c.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		store.Close()
	}
}

// see runs a step and gives what the side sees, but for its own names.
func (s *side) see(t testing.TB, step step) string {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return s.own.Replace(step.run(ctx, s))
}
