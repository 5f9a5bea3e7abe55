package memcachestore

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

func TestStateRoundTrip(t *testing.T) {
	for n := range 4 {
		want := tagState{generation: backends.NewGeneration()}
		for range n {
			want.fences = append(want.fences, fence{backends.NewToken(), backends.NewToken()})
		}
		got, ok, err := parseState(want.bytes())
		if !ok || err != nil || !got.equal(want) {
			t.Errorf("%d fences: got %+v, %v, %v; want %+v", n, got, ok, err, want)
		}
		g, quiet := quietGeneration(want.bytes())
		if quiet != (n == 0) || quiet && g != want.generation {
			t.Errorf("%d fences: got generation %d, quiet %v; want %d", n, g, quiet, want.generation)
		}
	}
}

func TestNewerStateIsAnError(t *testing.T) {
	b := tagState{generation: 7}.bytes()
	b[3]++
	if _, _, err := parseState(append(b, 1, 2, 3)); !errors.Is(err, errNewer) {
		t.Errorf("got error %v; want errNewer", err)
	}
	if _, quiet := quietGeneration(b); quiet {
		t.Error("a newer state passes for a quiet one")
	}
}

// FuzzParseState: any bytes are a state, foreign or newer, and a state is what its
// bytes say.
func FuzzParseState(f *testing.F) {
	f.Add([]byte{})
	f.Add(tagState{generation: 1}.bytes())
	f.Add(tagState{generation: 1, fences: make([]fence, 2)}.bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		s, ok, err := parseState(b)
		g, quiet := quietGeneration(b)
		if ok && err == nil && !bytes.Equal(s.bytes(), b) {
			t.Errorf("got %x from the parts of %x", s.bytes(), b)
		}
		if quiet && (!ok || err != nil || g != s.generation || len(s.fences) != 0) {
			t.Errorf("quiet generation %d of %+v, %v, %v", g, s, ok, err)
		}
	})
}

func TestKeysAreLegal(t *testing.T) {
	k := keyring{prefix: strings.Repeat("p", maxPrefix)}
	seen := map[string]string{}
	tags := []string{"a", "a b", "a\nb", "\x00", "\x7f", "é", strings.Repeat("x", 147), strings.Repeat("x", 148), strings.Repeat("x", backends.MaxTagLen)}
	for _, tag := range tags {
		seen[k.tag(tag)] = tag
	}
	for _, key := range []string{k.lease(backends.Token{255}), k.entry(backends.Key{255}), k.lock(backends.Key{255})} {
		seen[key] = "other"
	}
	for key := range seen {
		if len(key) > maxKey || !legal(key) {
			t.Errorf("key %q of %d bytes is not legal", key, len(key))
		}
	}
	if want := len(tags) + 3; len(seen) != want {
		t.Errorf("got %d keys; want %d", len(seen), want)
	}
	if got, want := k.tag("app/public.users"), k.prefix+"t:app/public.users"; got != want {
		t.Errorf("got key %q; want %q", got, want)
	}
}

func TestExpirations(t *testing.T) {
	const day = 24 * time.Hour
	for _, test := range []struct {
		d               time.Duration
		atLeast, atMost int32
	}{
		{time.Nanosecond, 2, 1},
		{time.Second, 2, 1},
		{time.Second + 1, 3, 1},
		{10 * time.Second, 11, 10},
		{maxLease, maxSeconds, maxSeconds - 1},
		{30 * day, maxSeconds + 1, maxSeconds},
		{400 * day, 400*86400 + 1, maxSeconds},
	} {
		if got := atLeast(test.d); got != test.atLeast {
			t.Errorf("atLeast(%v): got %d; want %d", test.d, got, test.atLeast)
		}
		if got := atMost(test.d); got != test.atMost {
			t.Errorf("atMost(%v): got %d; want %d", test.d, got, test.atMost)
		}
	}
}
