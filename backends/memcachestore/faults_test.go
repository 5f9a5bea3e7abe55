package memcachestore_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/breaker"
	"github.com/gojohnny/gojohnny/backends/memcachestore"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

var someTags = []string{"app/public.users", "app/public.orders"}

func load(t *testing.T, s *memcachestore.Store, key backends.Key, tags ...string) ([]byte, []backends.TagState) {
	t.Helper()
	states := make([]backends.TagState, len(tags))
	entry, err := s.Load(t.Context(), key, tags, states)
	if err != nil {
		t.Fatal(err)
	}
	return entry, states
}

// TestForeignValues puts what something else might write under our keys.
func TestForeignValues(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1)
	s, mc, key, tag := w.store(nil), w.client(), backends.Key{1}, someTags[0]
	for _, value := range []string{"", "7", "gjt", "gjt\x01", "gjt\x01" + strings.Repeat("x", 9), "hello, world", strings.Repeat("\x00", 5000)} {
		_, before := load(t, s, key, tag)
		for _, k := range []string{memcachestore.TagKey(tag), memcachestore.EntryKey(key), memcachestore.LockKey(key)} {
			if err := mc.Set(&memcache.Item{Key: k, Value: []byte(value)}); err != nil {
				t.Fatal(err)
			}
		}
		foreign := s.Stats().Foreign
		entry, states := load(t, s, key, tag)
		if entry != nil {
			t.Errorf("%.20q: got the entry %q; want none", value, entry)
		}
		if states[0].Fenced || states[0].Generation-before[0].Generation < 1000 {
			t.Errorf("%.20q: got %+v after %+v; want a new generation", value, states[0], before[0])
		}
		if got := s.Stats().Foreign - foreign; got != 2 {
			t.Errorf("%.20q: %d foreign values were counted; want 2", value, got)
		}
		if held, err := s.TryLock(t.Context(), key, backends.NewToken(), time.Hour); held || err != nil {
			t.Errorf("%.20q: got a lock that stands: %v, %v", value, held, err)
		}
	}
}

// TestForeignTagIsFenced: a fence that meets a foreign value stands.
func TestForeignTagIsFenced(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1)
	s, tag, writer := w.store(nil), someTags[0], backends.NewToken()
	foreign := &memcache.Item{Key: memcachestore.TagKey(tag), Value: []byte("foreign")}
	if err := w.client().Set(foreign); err != nil {
		t.Fatal(err)
	}
	if err := s.Lift(t.Context(), []string{tag}, writer, true); err != nil {
		t.Fatal(err)
	}
	if err := s.Fence(t.Context(), []string{tag}, writer, time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, states := load(t, s, backends.Key{}, tag); !states[0].Fenced {
		t.Error("not fenced")
	}
}

// TestNewerTagIsAnError: a program that cannot read the fences of a newer one does
// not do away with them.
func TestNewerTagIsAnError(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1)
	s, tag := w.store(nil), someTags[0]
	if err := w.client().Set(&memcache.Item{Key: memcachestore.TagKey(tag), Value: []byte("gjt\x02 and more")}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Load(t.Context(), backends.Key{}, []string{tag}, make([]backends.TagState, 1))
	if err == nil || !strings.Contains(err.Error(), tag) {
		t.Errorf("Load: got error %v; want one that names the tag", err)
	}
	if err := s.Fence(t.Context(), []string{tag}, backends.NewToken(), time.Minute); err == nil {
		t.Error("Fence: got no error")
	}
}

// TestNoCompareAndSwap: a server that takes every compare-and-swap loses fences.
func TestNoCompareAndSwap(t *testing.T) {
	t.Parallel()
	s := newNetwork(t, 1, "-C").store(nil)
	load(t, s, backends.Key{}, someTags...)
	err := s.Fence(t.Context(), someTags, backends.NewToken(), time.Minute)
	if err == nil || !strings.Contains(err.Error(), "-C") {
		t.Errorf("got error %v; want one that names -C", err)
	}
}

// TestTooLarge: what neither side takes is ErrTooLarge and counted.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1, "-I", "512k")
	for name, opts := range map[string]*memcachestore.Options{"server": nil, "option": {MaxEntry: 600 << 10}} {
		s := w.store(opts)
		err := s.Save(t.Context(), backends.Key{1}, make([]byte, 601<<10), time.Hour)
		if !errors.Is(err, backends.ErrTooLarge) {
			t.Errorf("%s: got error %v; want ErrTooLarge", name, err)
		}
		if got := s.Stats().TooLarge; got != 1 {
			t.Errorf("%s: TooLarge is %d; want 1", name, got)
		}
	}
}

func TestTimesToLive(t *testing.T) {
	t.Parallel()
	s := newNetwork(t, 1).store(nil)
	for i, test := range []struct {
		ttl  time.Duration
		kept bool
	}{
		{time.Second - 1, false}, // what lives for a second would live too long
		{time.Hour, true},
		{31 * 24 * time.Hour, true}, // not the 31st of January, 1970
		{1<<63 - 1, true},
	} {
		key := backends.Key{byte(i)}
		if err := s.Save(t.Context(), key, []byte("rows"), test.ttl); err != nil {
			t.Fatal(err)
		}
		if entry, _ := load(t, s, key); (entry != nil) != test.kept {
			t.Errorf("time to live of %v: got %q; want an entry: %v", test.ttl, entry, test.kept)
		}
	}
	if err := s.Save(t.Context(), backends.Key{}, nil, 0); err == nil {
		t.Error("time to live of 0: got no error")
	}
	for _, lease := range []time.Duration{0, -1, 30 * 24 * time.Hour} {
		if err := s.Fence(t.Context(), someTags, backends.NewToken(), lease); err == nil {
			t.Errorf("lease of %v: got no error", lease)
		}
	}
}

// TestCompression: what would be too large is not, and a program that does not
// compress reads it.
func TestCompression(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1)
	one, other := w.store(&memcachestore.Options{CompressAbove: 1000}), w.store(nil)
	for i, size := range []int{100, 1001, 3 << 20} {
		key, want := backends.Key{byte(i)}, bytes.Repeat([]byte("row "), size/4)
		if err := one.Save(t.Context(), key, want, time.Hour); err != nil {
			t.Fatal(err)
		}
		if got, _ := load(t, other, key); !bytes.Equal(got, want) {
			t.Errorf("%d bytes: got %d; want the entry", len(want), len(got))
		}
	}
	if got := one.Stats().Compressed; got < 2<<20 {
		t.Errorf("Compressed is %d; want most of what was saved", got)
	}
	damaged := &memcache.Item{Key: memcachestore.EntryKey(backends.Key{}), Flags: memcachestore.EntryFlags, Value: []byte("gjz2\xff\xff\xff\xff\xff")}
	if err := w.client().Set(damaged); err != nil {
		t.Fatal(err)
	}
	if got, _ := load(t, other, backends.Key{}); got != nil || other.Stats().Foreign != 1 {
		t.Errorf("got %q from a damaged entry, Foreign is %d; want none, 1", got, other.Stats().Foreign)
	}
}

// TestQuarantine: a tag that the server did not know is fenced, and moves when that
// ends.
func TestQuarantine(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1)
	s, tag := w.store(&memcachestore.Options{Quarantine: time.Second}), someTags[0]
	for _, when := range []string{"new", "lost", "foreign"} {
		_, began := load(t, s, backends.Key{}, tag)
		if !began[0].Fenced {
			t.Fatalf("%s: not fenced", when)
		}
		for {
			_, now := load(t, s, backends.Key{}, tag)
			if now[0].Fenced {
				continue
			}
			if now[0].Generation != began[0].Generation+1 {
				t.Errorf("%s: got generation %d; want %d", when, now[0].Generation, began[0].Generation+1)
			}
			break
		}
		lose := &memcache.Item{Key: memcachestore.TagKey(tag), Value: []byte("foreign")}
		if when == "new" {
			lose.Expiration = -1
		}
		if err := w.client().Set(lose); err != nil {
			t.Fatal(err)
		}
	}
}

// down asks twice, since now and then Down lets a call through.
func down(s *memcachestore.Store) bool {
	first, second := s.Down(), s.Down()
	return first || second
}

// TestHungServer: one that accepts connections and says nothing costs a timeout a
// few times, and then nothing, until it answers again.
func TestHungServer(t *testing.T) {
	t.Parallel()
	hung, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = hung.Close() }()
	w := newNetwork(t, 1)
	mc := w.client()
	mc.Timeout = 50 * time.Millisecond
	s := open(t, mc, nil)
	refused := func() error {
		_, err := s.Load(t.Context(), backends.Key{}, someTags, make([]backends.TagState, 2))
		return err
	}
	for refused() != nil { // a busy machine takes longer
	}
	const address = "127.0.0.1:1"
	living := w.move(address, hung.Addr().String())
	for !errors.Is(refused(), breaker.ErrOpen) {
	}
	if !down(s) {
		t.Error("calls are refused, and Down says false")
	}
	const calls = 1000
	start := time.Now()
	for range calls {
		if err := refused(); err == nil {
			t.Fatal("got no error from a server that says nothing")
		}
	}
	if each := time.Since(start) / calls; each > time.Millisecond {
		t.Errorf("a call to a dead server takes %v; want microseconds", each)
	}
	if got := s.Stats().Opened; got == 0 {
		t.Error("Opened is 0")
	}
	w.move(address, living)
	for refused() != nil {
	}
	if s.Down() {
		t.Error("Down says true of a server that has answered")
	}
}

// TestHungServerAndManyConnections: those that the client keeps do not cost a timeout
// each.
func TestHungServerAndManyConnections(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1)
	s := w.store(nil)
	for w.connections() < 16 {
		var loads sync.WaitGroup
		for range 32 {
			loads.Go(func() {
				if _, err := s.Load(t.Context(), backends.Key{}, nil, nil); err != nil {
					t.Error(err)
				}
			})
		}
		loads.Wait()
	}
	w.hang()
	for range 100 {
		if _, err := s.Load(t.Context(), backends.Key{}, nil, nil); err == nil {
			t.Fatal("got no error from a server that says nothing")
		}
	}
	// The breaker's own trials time out too, once in a second at most after the first.
	if got := w.timedOut(); got > 10 {
		t.Errorf("%d reads timed out in 100 calls; want a few", got)
	}
}

// TestDeadServerIsNotDialled by every call: a dial into the void takes a timeout, too.
func TestDeadServerIsNotDialled(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1)
	s := w.store(nil)
	w.setCut(true)
	for range 100 {
		if _, err := s.Load(t.Context(), backends.Key{}, nil, nil); err == nil {
			t.Fatal("got no error from a server that is cut off")
		}
	}
	if got := w.dialled(); got > 10 {
		t.Errorf("100 calls dialled %d times; want a few", got)
	}
}

// TestOneServerDown: what lives on the others is there.
func TestOneServerDown(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3)
	s := w.store(nil)
	down, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := down.Close(); err != nil { // nobody listens there now
		t.Fatal(err)
	}
	w.move("127.0.0.1:2", down.Addr().String())
	var failed, answered int
	for i := range 60 {
		tag := fmt.Sprintf("app/public.t%d", i)
		if _, err := s.Load(t.Context(), backends.Key{byte(i)}, []string{tag}, make([]backends.TagState, 1)); err != nil {
			failed++
		} else {
			answered++
		}
	}
	if failed == 0 || answered == 0 {
		t.Errorf("%d loads failed and %d were answered; want some of each", failed, answered)
	}
	if s.Down() {
		t.Error("Down says true while two servers of three answer")
	}
}

// TestDownServerHidesNoOther: while the only server that was ever asked is dead, a
// caller that keeps to Down still comes to know the others.
func TestDownServerHidesNoOther(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 2)
	s := w.store(nil)
	w.move("127.0.0.1:1", "127.0.0.1:1") // nobody listens there
	load := func(i int) error {
		_, err := s.Load(t.Context(), backends.Key{byte(i)}, nil, nil)
		return err
	}
	var there, elsewhere []int
	for i := range 16 {
		if probe := w.store(nil); errors.Is(probe.Save(t.Context(), backends.Key{byte(i)}, []byte("rows"), time.Hour), syscall.ECONNREFUSED) {
			there = append(there, i)
		} else {
			elsewhere = append(elsewhere, i)
		}
	}
	for !s.Down() {
		if load(there[0]) == nil {
			t.Fatal("got an answer from where nobody listens")
		}
	}
	for range 200 {
		if !s.Down() && load(elsewhere[0]) != nil {
			t.Error("the living server does not answer")
		}
	}
	if down(s) {
		t.Error("Down says true although a server has answered")
	}
}

func TestOptions(t *testing.T) {
	for _, test := range []struct {
		opts *memcachestore.Options
		want string
	}{
		{nil, ""},
		{&memcachestore.Options{Prefix: "app:"}, ""},
		{&memcachestore.Options{Prefix: strings.Repeat("x", 101)}, "Prefix"},
		{&memcachestore.Options{Prefix: "a b"}, "Prefix"},
		{&memcachestore.Options{Prefix: "a\n"}, "Prefix"},
		{&memcachestore.Options{MaxEntry: -1}, "MaxEntry"},
		{&memcachestore.Options{CompressAbove: -1}, "CompressAbove"},
		{&memcachestore.Options{Quarantine: -1}, "Quarantine"},
		{&memcachestore.Options{Quarantine: 31 * 24 * time.Hour}, "Quarantine"},
	} {
		_, err := memcachestore.New(memcache.New("127.0.0.1:1"), test.opts)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: got error %v; want one about %q", test.opts, err, test.want)
		}
	}
}

// TestPrefixesAreApart: programs of two prefixes share a server and nothing else.
func TestPrefixesAreApart(t *testing.T) {
	addr := testservers.Memcached(t).Addr()
	var stores []*memcachestore.Store
	for _, prefix := range []string{"a:", "b:"} {
		stores = append(stores, open(t, memcache.New(addr), &memcachestore.Options{Prefix: t.Name() + prefix}))
	}
	if err := stores[0].Fence(t.Context(), someTags, backends.NewToken(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, states := load(t, stores[1], backends.Key{}, someTags...); states[0].Fenced {
		t.Error("a fence under another prefix is seen")
	}
}
