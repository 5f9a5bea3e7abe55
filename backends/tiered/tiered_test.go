package tiered_test

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/backends/tiered"
)

// A counted store counts what passes between a process and it.
type counted struct {
	backends.Store
	calls, sent, received atomic.Int64 // bytes of entries
	onLoad                func()       // after the answer is known, before it is given
}

func (c *counted) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	entry, err := c.Store.Load(ctx, key, tags, states)
	c.calls.Add(1)
	c.received.Add(int64(len(entry)))
	if c.onLoad != nil {
		c.onLoad()
	}
	return entry, err
}

func (c *counted) Save(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) error {
	c.calls.Add(1)
	c.sent.Add(int64(len(entry)))
	return c.Store.Save(ctx, key, entry, ttl)
}

// A process reads and writes one table through its own store over a shared one.
type process struct {
	t     *testing.T
	wire  *counted
	store *tiered.Store
}

var (
	tags = []string{"app/epoch", "app/public.orders"}
	key  = backends.Key{1}
	rows = bytes.Repeat([]byte("a row of the table orders, "), 100)
)

func newProcess(t *testing.T, shared backends.Store, opts *tiered.Options) *process {
	wire := &counted{Store: shared}
	return &process{t: t, wire: wire, store: over(t, wire, opts)}
}

// read reads by the protocol, and reports whether it hit.
func (p *process) read() (entry []byte, states []backends.TagState, hit bool) {
	p.t.Helper()
	states = make([]backends.TagState, len(tags))
	b, err := p.store.Load(p.t.Context(), key, tags, states)
	if err != nil {
		p.t.Fatal(err)
	}
	e, err := backends.ParseEntry(key, b)
	if err != nil || !e.Current(states) {
		return nil, states, false
	}
	return e.Rows, states, true
}

func (p *process) fill(rows []byte) {
	p.t.Helper()
	_, states, _ := p.read()
	entry := backends.AppendEntry(nil, key, states, rows)
	if err := p.store.Save(p.t.Context(), key, entry, time.Hour); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) write() {
	p.t.Helper()
	p.lift(p.fence(), true)
}

func (p *process) fence() backends.Token {
	p.t.Helper()
	w := backends.NewToken()
	if err := p.store.Fence(p.t.Context(), tags[1:], w, time.Minute); err != nil {
		p.t.Fatal(err)
	}
	return w
}

func (p *process) lift(w backends.Token, advance bool) {
	p.t.Helper()
	if err := p.store.Lift(p.t.Context(), tags[1:], w, advance); err != nil {
		p.t.Fatal(err)
	}
}

// readAnother loads the same tags for the sake of another entry.
func (p *process) readAnother() {
	p.t.Helper()
	if _, err := p.store.Load(p.t.Context(), backends.Key{2}, tags, make([]backends.TagState, len(tags))); err != nil {
		p.t.Fatal(err)
	}
}

// costs checks what f makes pass between the process and the shared store.
func (p *process) costs(what string, calls, received int, f func()) {
	p.t.Helper()
	c, r := p.wire.calls.Load(), p.wire.received.Load()
	f()
	c, r = p.wire.calls.Load()-c, p.wire.received.Load()-r
	if int(c) != calls || int(r) != received {
		p.t.Errorf("%s: got %d round trips, %d bytes of entries; want %d, %d", what, c, r, calls, received)
	}
}

func (p *process) want(want bool) func() {
	return func() {
		p.t.Helper()
		if got, _, hit := p.read(); hit != want || hit && !bytes.Equal(got, rows) {
			p.t.Errorf("got a hit: %v, %d bytes; want %v", hit, len(got), want)
		}
	}
}

func TestRoundTripsAndBytes(t *testing.T) {
	const mark = 8
	shared := newMemory(t, localBytes)
	one, other := newProcess(t, shared, nil), newProcess(t, shared, nil)
	whole := len(rows) + backends.EntryOverhead(len(tags))

	one.costs("a miss", 1, 0, one.want(false))
	one.fill(rows)
	one.costs("a hit on its own entry", 1, mark, one.want(true))
	other.costs("the first hit on another's", 1, whole, other.want(true))
	other.costs("the next hit", 1, mark, other.want(true))

	one.write()
	other.costs("a miss after a write", 1, mark, other.want(false))
	one.fill(rows)
	other.costs("a hit on what replaced a copy", 2, mark+whole, other.want(true))
	other.costs("the next hit on it", 1, mark, other.want(true))
}

// TestCopyNeverOutlivesItsGeneration: neither a fence nor an advance by somebody else
// leaves a copy that answers.
func TestCopyNeverOutlivesItsGeneration(t *testing.T) {
	shared := newMemory(t, localBytes)
	p := newProcess(t, shared, nil)
	ctx, w := t.Context(), backends.NewToken()
	for name, change := range map[string]func() error{
		"advance": func() error { return shared.Advance(ctx, tags[:1]) },
		"fence":   func() error { return shared.Fence(ctx, tags[1:], w, time.Minute) },
		"lift":    func() error { return shared.Lift(ctx, tags[1:], w, true) },
	} {
		if err := shared.Lift(ctx, tags, w, true); err != nil {
			t.Fatal(err)
		}
		p.fill(rows)
		p.want(true)()
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if _, _, hit := p.read(); hit {
			t.Errorf("%s: a copy answered", name)
		}
	}
}

// TestCopyNeverOutlivesItsEntry: a copy ends with the entry, not later.
func TestCopyNeverOutlivesItsEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newMemory(t, localBytes)
		one, other := newProcess(t, shared, nil), newProcess(t, shared, nil)
		_, states, _ := one.read()
		entry := backends.AppendEntry(nil, key, states, rows)
		if err := one.store.Save(t.Context(), key, entry, time.Minute); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute - time.Second)
		one.want(true)()
		other.want(true)() // and keeps a copy
		time.Sleep(2 * time.Second)
		one.want(false)()
		other.want(false)()
	})
}

// TestTooLargeForMemory: the shared store alone has it, and a smaller one before it
// does not stay.
func TestTooLargeForMemory(t *testing.T) {
	small, err := memstore.New(&memstore.Options{MaxBytes: 2000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(small.Close)
	p := newProcess(t, newMemory(t, localBytes), nil)
	if p.store, err = tiered.New(small, p.wire, nil); err != nil {
		t.Fatal(err)
	}
	p.fill([]byte("a few rows"))
	p.fill(rows)
	for range 2 {
		p.costs("a hit on a large entry", 1, len(rows)+backends.EntryOverhead(len(tags)), p.want(true))
	}
}

// TestStatsAddUp: each load counts once.
func TestStatsAddUp(t *testing.T) {
	shared := newMemory(t, localBytes)
	one, other := newProcess(t, shared, &tiered.Options{MaxStaleness: time.Hour}), newProcess(t, shared, nil)
	one.want(false)()
	other.fill(rows) // a load, absent too
	one.want(true)() // from the shared store
	one.want(true)() // trusted
	other.want(true)()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := one.store.Load(cancelled, key, tags, make([]backends.TagState, 2)); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v; want context.Canceled", err)
	}
	for _, test := range []struct{ got, want tiered.Stats }{
		{one.store.Stats(), tiered.Stats{Absent: 1, Shared: 1, Trusted: 1, Failed: 1}},
		{other.store.Stats(), tiered.Stats{Absent: 1, Local: 1}},
	} {
		if test.got != test.want {
			t.Errorf("got %+v; want %+v", test.got, test.want)
		}
	}
}

// TestWithoutLocker: every process gets the lock.
func TestWithoutLocker(t *testing.T) {
	s := over(t, struct{ backends.Store }{newMemory(t, localBytes)}, nil)
	for range 2 {
		if got, err := s.TryLock(t.Context(), key, backends.NewToken(), time.Hour); !got || err != nil {
			t.Errorf("got %v, %v; want the lock", got, err)
		}
	}
	if err := s.Unlock(t.Context(), key, backends.NewToken()); err != nil {
		t.Error(err)
	}
}

// A store that says it is down.
type downStore struct {
	backends.Store
	down bool
}

func (s *downStore) Down() bool { return s.down }

func TestDown(t *testing.T) {
	memory := newMemory(t, localBytes)
	shared := &downStore{Store: memory}
	for _, down := range []bool{false, true} {
		shared.down = down
		if got := over(t, shared, nil).Down(); got != down {
			t.Errorf("got %v; want what the shared store says, %v", got, down)
		}
		if over(t, shared, &tiered.Options{MaxStaleness: time.Second}).Down() {
			t.Error("with MaxStaleness: got true; want false, since some loads need no shared store")
		}
	}
	if over(t, memory, nil).Down() {
		t.Error("over a store that cannot tell: got true")
	}
}

func TestOptions(t *testing.T) {
	if _, err := tiered.New(newMemory(t, localBytes), newMemory(t, localBytes), &tiered.Options{MaxStaleness: -1}); err == nil {
		t.Error("MaxStaleness of -1ns: got no error")
	}
}
