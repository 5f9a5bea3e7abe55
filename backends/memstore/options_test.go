package memstore

import (
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/gojohnny/gojohnny/backends"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newStore(t testing.TB, opts *Options) *Store {
	t.Helper()
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestOptionsOutOfRangeAreNamed(t *testing.T) {
	for name, opts := range map[string]*Options{
		"MaxBytes": {MaxBytes: -1},
		"MaxTags":  {MaxTags: math.MinInt},
	} {
		s, err := New(opts)
		if s != nil || err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, error %v; want an error that names %s", s, err, name)
		}
	}
}

func TestDefaults(t *testing.T) {
	for _, opts := range []*Options{nil, {}} {
		s := newStore(t, opts)
		if got := s.entries.maxBytes; got != 64<<20 {
			t.Errorf("got MaxBytes %d; want 64 MiB", got)
		}
		if got := s.tags.max; got != 65536 {
			t.Errorf("got MaxTags %d; want 65536", got)
		}
	}
}

// TestCloseStopsTheGoroutine fails through goleak, in TestMain, if it does not.
func TestCloseStopsTheGoroutine(t *testing.T) {
	s := newStore(t, nil)
	s.Close()
	s.Close()
	if err := s.Save(t.Context(), backends.Key{}, []byte("rows"), time.Hour); err != nil {
		t.Errorf("Save after Close: %v", err)
	}
	if got, err := s.Load(t.Context(), backends.Key{}, nil, nil); string(got) != "rows" || err != nil {
		t.Errorf("Load after Close: got %q, error %v; want the entry", got, err)
	}
}

func TestArgumentsOutOfRangeAreErrors(t *testing.T) {
	s, ctx := newStore(t, nil), t.Context()
	long := []string{strings.Repeat("x", backends.MaxTagLen+1)}
	states := make([]backends.TagState, 1)
	for name, call := range map[string]func() error{
		"load: tag of 0 bytes":      func() error { _, err := s.Load(ctx, backends.Key{}, []string{""}, states); return err },
		"load: tag of 513 bytes":    func() error { _, err := s.Load(ctx, backends.Key{}, long, states); return err },
		"load: 1 states for 0 tags": func() error { _, err := s.Load(ctx, backends.Key{}, nil, states); return err },
		"save: time to live":        func() error { return s.Save(ctx, backends.Key{}, nil, 0) },
		"fence: lease of -1s":       func() error { return s.Fence(ctx, long, backends.Token{}, -time.Second) },
		"fence: tag of 513 bytes":   func() error { return s.Fence(ctx, long, backends.Token{}, time.Second) },
	} {
		if err := call(); err == nil || !strings.HasPrefix(err.Error(), "memstore: "+name) {
			t.Errorf("got error %v; want one that begins with memstore: %s", err, name)
		}
	}
}

func TestTooLargeSaysSo(t *testing.T) {
	s := newStore(t, &Options{MaxBytes: 1000})
	err := s.Save(t.Context(), backends.Key{}, make([]byte, 1001), time.Hour)
	if !errors.Is(err, backends.ErrTooLarge) || err.Error() != "memstore: save: entry too large" {
		t.Errorf("got error %v; want ErrTooLarge", err)
	}
}

// TestLongestTimes: what never ends does not end at once.
func TestLongestTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ctx, w := newStore(t, nil), t.Context(), backends.NewToken()
		time.Sleep(time.Hour) // of the bubble's time: the sum must not overflow
		if err := s.Save(ctx, backends.Key{}, []byte("rows"), math.MaxInt64); err != nil {
			t.Fatal(err)
		}
		if err := s.Fence(ctx, []string{"t"}, w, math.MaxInt64); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Hour)
		states := make([]backends.TagState, 1)
		entry, err := s.Load(ctx, backends.Key{}, []string{"t"}, states)
		if err != nil || string(entry) != "rows" || !states[0].Fenced {
			t.Errorf("got entry %q, %+v, error %v; want both still there", entry, states[0], err)
		}
	})
}

// TestTimesAreExact walks up to the end of a lease and a time to live, and
// one step further.
func TestTimesAreExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ctx, w := newStore(t, nil), t.Context(), backends.NewToken()
		key, tags, states := backends.Key{1}, []string{"t"}, make([]backends.TagState, 1)
		const d = 1500 * time.Millisecond
		if err := errors.Join(s.Save(ctx, key, []byte("rows"), d), s.Fence(ctx, tags, w, d)); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			wait time.Duration
			over bool
		}{{d - 1, false}, {1, true}} {
			time.Sleep(step.wait)
			entry, err := s.Load(ctx, key, tags, states)
			if err != nil || (entry == nil) != step.over || states[0].Fenced == step.over {
				t.Errorf("over %v: got entry %q, %+v, error %v", step.over, entry, states[0], err)
			}
		}
		if got := s.Stats().Expired; got != 0 && got != 1 {
			t.Errorf("got %d expired entries; want at most 1", got)
		}
		time.Sleep(3 * time.Second)
		if got := s.Stats(); got.Expired != 1 || got.Entries != 0 || got.Bytes != 0 {
			t.Errorf("got %+v some seconds later; want the entry removed without anybody's help", got)
		}
	})
}
