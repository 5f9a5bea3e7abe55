package invalidation_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A script is a numbered schedule that runs. A line is
//
//	number: who: what [tables, "orders" if none] [-> what comes of it]
//
// Who does it is a letter, which is a process with a Protocol of its own on the
// one store; R@W is R in the process of W. Everything is one step after the other,
// in a bubble whose time stands still between them, except at "time: 11s".
var scriptLine = regexp.MustCompile(`^(\d+): (\w+(?:@\w+)?): ([^>]*?)(?:\s+-> (.*))?$`)

const (
	testLease = 10 * time.Second
	entryTTL  = 24 * time.Hour
)

var silent = slog.New(slog.DiscardHandler)

// A world is what a script runs in.
type world struct {
	t         *testing.T
	mode      invalidation.Mode
	memory    *memstore.Store
	store     backends.Store // memory, or a wrong one around it
	down      atomic.Bool    // out of reach of every process
	db        *database
	processes map[string]*process
	actors    map[string]*actor
	other     otherCache
	verdicts  []string // what was wrong with reads
}

// A process reaches the store unless the store is down, or the process is dead or
// stopped.
type process struct {
	backends.Store
	w        *world
	protocol *invalidation.Protocol
	dead     atomic.Bool
	stopped  atomic.Pointer[chan struct{}] // closed when it goes on; nil if it is not stopped
}

var errUnreachable = errors.New("store out of reach")

func (p *process) reach() error {
	if stopped := p.stopped.Load(); stopped != nil {
		<-*stopped
	}
	if p.w.down.Load() || p.dead.Load() {
		return errUnreachable
	}
	return nil
}

func (p *process) stop() {
	stopped := make(chan struct{})
	p.stopped.Store(&stopped)
}

func (p *process) goOn() {
	if stopped := p.stopped.Swap(nil); stopped != nil {
		close(*stopped)
	}
}

func (p *process) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	if err := p.reach(); err != nil {
		return nil, err
	}
	return p.Store.Load(ctx, key, tags, states)
}

func (p *process) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	if err := p.reach(); err != nil {
		return err
	}
	return p.Store.Fence(ctx, tags, w, lease)
}

func (p *process) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	if err := p.reach(); err != nil {
		return err
	}
	return p.Store.Lift(ctx, tags, w, advance)
}

func (p *process) Advance(ctx context.Context, tags []string) error {
	if err := p.reach(); err != nil {
		return err
	}
	return p.Store.Advance(ctx, tags)
}

// runScript runs a script, on the real store unless wrong makes another of it, and
// returns what was wrong with its reads.
func runScript(t *testing.T, script string, mode invalidation.Mode, wrong func(backends.Store) backends.Store) (verdicts []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		memory, err := memstore.New(&memstore.Options{MaxTags: 8})
		if err != nil {
			t.Fatal(err)
		}
		w := &world{
			t: t, mode: mode, memory: memory, store: memory, db: newDatabase("orders", "lines"),
			processes: map[string]*process{}, actors: map[string]*actor{},
		}
		if wrong != nil {
			w.store = wrong(memory)
		}
		defer w.close()
		w.run(script)
		verdicts = w.verdicts
	})
	return verdicts
}

func (w *world) run(script string) {
	w.t.Helper()
	number := 0
	for line := range strings.Lines(script) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		number++
		m := scriptLine.FindStringSubmatch(line)
		if m == nil || m[1] != strconv.Itoa(number) {
			w.t.Fatalf("line %d of the script cannot be read: %q", number, line)
		}
		got := w.step(m[2], m[3])
		synctest.Wait()
		if got != m[4] {
			w.t.Fatalf("%s\n\tgot  %q", line, got)
		}
	}
}

func (w *world) step(who, what string) string {
	verb, rest, _ := strings.Cut(strings.TrimSpace(what), " ")
	args := strings.Fields(rest)
	switch who {
	case "time":
		d, err := time.ParseDuration(verb)
		if err != nil {
			w.t.Fatal(err)
		}
		time.Sleep(d)
		return ""
	case "store":
		w.storeStep(verb, args)
		return ""
	}
	do, ok := verbs[verb]
	if !ok {
		w.t.Fatalf("%s: nobody can %q", who, what)
	}
	return do(w.actor(who), args)
}

func (w *world) storeStep(verb string, args []string) {
	switch verb {
	case "down":
		w.down.Store(true)
	case "up":
		w.down.Store(false)
	case "forgets":
		if s, ok := w.store.(forgetful); ok {
			s.forget(tableTag(args[0]))
			return
		}
		for i := range 64 { // more tags than it may keep: those without a fence go
			_, _ = w.memory.Load(w.t.Context(), backends.Key{}, []string{fmt.Sprint("other ", i)}, make([]backends.TagState, 1))
		}
	default:
		w.t.Fatalf("a store does not %q", verb)
	}
}

func (w *world) actor(who string) *actor {
	a := w.actors[who]
	if a == nil {
		name, home, ok := strings.Cut(who, "@")
		if !ok {
			home = name
		}
		a = &actor{w: w, name: name, process: w.process(home), tx: w.db.begin(name)}
		w.actors[who] = a
	}
	return a
}

func (w *world) process(name string) *process {
	p := w.processes[name]
	if p == nil {
		p = &process{Store: w.store, w: w}
		protocol, err := invalidation.New(p, &invalidation.Options{Mode: w.mode, Lease: testLease, Logger: silent})
		if err != nil {
			w.t.Fatal(err)
		}
		p.protocol = protocol
		w.processes[name] = p
	}
	return p
}

// close ends what the script left open, so that the bubble can end.
func (w *world) close() {
	for _, p := range w.processes {
		p.goOn()
	}
	for _, a := range w.actors {
		a.write.End(invalidation.RolledBack)
	}
	for _, p := range w.processes {
		_ = p.protocol.Close(context.Background()) // dead ones cannot
	}
	w.memory.Close()
}

// judge notes what is wrong with rows that answer a read begun at floor, and says
// in words what it got.
func (w *world) judge(rows []byte, from string, floor map[string]int) string {
	said := strings.TrimPrefix(string(rows), "orders=") + " from " + from
	if verdict := w.db.judge(rows, floor); verdict != "" {
		w.verdicts = append(w.verdicts, verdict)
		said += ", " + verdict
	}
	return said
}

func (w *world) floor() map[string]int { return maps.Clone(w.db.versions) }
