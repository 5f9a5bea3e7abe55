package backendtest

import (
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// An env is what one subtest works with. Its methods fail the subtest where the
// store answers with an error.
type env struct {
	*testing.T
	Harness
	one, other backends.Store
	prefix     string
	tagCount   int
	elapsed    time.Duration // by Elapse
	skipped    bool
	lacking    string // why
}

// run runs st with t.
func (e *env) run(t *testing.T, st subtest) {
	e.T = t
	defer func() { e.skipped = t.Skipped() }()
	t.Cleanup(func() {
		if t.Failed() {
			for _, s := range st.sentences {
				t.Logf("the contract says: %s", s)
			}
		}
	})
	e.one, e.other = e.Open(t)
	run := backends.NewToken()
	e.prefix = "backendtest/" + hex.EncodeToString(run[:8])
	st.run(e)
}

// need skips the subtest where the harness lacks a field.
func (e *env) need(has bool, field string) {
	e.Helper()
	if !has {
		e.lacking = "the harness has no " + field
		e.Skip(e.lacking)
	}
}

// tag returns a tag that nobody has used.
func (e *env) tag() string {
	e.tagCount++
	return fmt.Sprintf("%s/public.t%d", e.prefix, e.tagCount)
}

// tags returns n tags that nobody has used.
func (e *env) tags(n int) []string {
	tags := make([]string, n)
	for i := range tags {
		tags[i] = e.tag()
	}
	return tags
}

// newKey returns a key that nobody has used.
func newKey() backends.Key {
	a, b := backends.NewToken(), backends.NewToken()
	var k backends.Key
	copy(k[:], a[:])
	copy(k[len(a):], b[:])
	return k
}

// clients returns both clients by name.
func (e *env) clients() map[string]backends.Store {
	return map[string]backends.Store{"one": e.one, "other": e.other}
}

func (e *env) load(s backends.Store, tags ...string) []backends.TagState {
	e.Helper()
	states := make([]backends.TagState, len(tags))
	if _, err := s.Load(e.Context(), backends.Key{}, tags, states); err != nil {
		e.Fatalf("Load: %v", err)
	}
	return states
}

func (e *env) state(s backends.Store, tag string) backends.TagState {
	e.Helper()
	return e.load(s, tag)[0]
}

func (e *env) entry(s backends.Store, key backends.Key) []byte {
	e.Helper()
	entry, err := s.Load(e.Context(), key, nil, nil)
	if err != nil {
		e.Fatalf("Load: %v", err)
	}
	return entry
}

func (e *env) save(s backends.Store, key backends.Key, entry []byte, ttl time.Duration) {
	e.Helper()
	if err := s.Save(e.Context(), key, entry, ttl); err != nil {
		e.Fatalf("Save: %v", err)
	}
}

func (e *env) fence(s backends.Store, w backends.Token, lease time.Duration, tags ...string) {
	e.Helper()
	if err := s.Fence(e.Context(), tags, w, lease); err != nil {
		e.Fatalf("Fence: %v", err)
	}
}

func (e *env) lift(s backends.Store, w backends.Token, advance bool, tags ...string) {
	e.Helper()
	if err := s.Lift(e.Context(), tags, w, advance); err != nil {
		e.Fatalf("Lift: %v", err)
	}
}

func (e *env) advance(s backends.Store, tags ...string) {
	e.Helper()
	if err := s.Advance(e.Context(), tags); err != nil {
		e.Fatalf("Advance: %v", err)
	}
}

// wantState checks what both clients see at tag.
func (e *env) wantState(tag, when string, want backends.TagState) {
	e.Helper()
	for name, s := range e.clients() {
		if got := e.state(s, tag); got != want {
			e.Errorf("client %s, %s: got %+v; want %+v", name, when, got, want)
		}
	}
}

// wantMoved checks that both clients see another generation than old at tag, the
// same one, and whether it is fenced. It returns the state.
func (e *env) wantMoved(tag, when string, old backends.Generation, fenced bool) backends.TagState {
	e.Helper()
	st := e.state(e.one, tag)
	if st.Generation == old {
		e.Errorf("%s: generation is still %d", when, old)
	}
	if st.Fenced != fenced {
		e.Errorf("%s: got Fenced %v; want %v", when, st.Fenced, fenced)
	}
	e.wantState(tag, when, st)
	return st
}

// await returns once done reports true, and fails the subtest if that takes much
// longer than a lease.
func (e *env) await(what string, done func() bool) {
	e.Helper()
	start := e.now()
	for !done() {
		if e.now()-start > e.Lease+e.Patience {
			e.Fatalf("%s: not yet after %v", what, e.now()-start)
		}
		e.pause(max(time.Millisecond, e.Lease/50))
	}
}

// awaitOneLease returns when a lease of e.Lease that was granted before the call
// has surely run out: it waits for two more, one after the other, on tags of their
// own. One would do where the store has one clock that counts finely; on several
// servers that count in seconds, a later lease can end before an earlier one.
func (e *env) awaitOneLease() {
	e.Helper()
	for range 2 {
		marker := e.tag()
		e.fence(e.one, backends.NewToken(), e.Lease, marker)
		e.await("end of a lease", func() bool { return !e.state(e.one, marker).Fenced })
	}
}

// now is a clock that goes as fast as the store's.
func (e *env) now() time.Duration {
	if e.Elapse != nil {
		return e.elapsed
	}
	return time.Since(processStart)
}

func (e *env) pause(d time.Duration) {
	if e.Elapse != nil {
		e.Elapse(e.T, e.one, d)
		e.elapsed += d
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-e.Context().Done():
	}
}

var processStart = time.Now()
