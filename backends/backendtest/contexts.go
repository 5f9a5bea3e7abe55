package backendtest

import (
	"context"
	"sync"

	"github.com/gojohnny/gojohnny/backends"
)

const honourCtx = "They honour ctx as far as their client can, and say in their documentation where it cannot."

var contextTests = []subtest{
	{"CancelledContextIsAnErrorOrDone", []string{honourCtx, absentAnswer, fenceNil}, cancelledContextIsAnErrorOrDone},
	{"CancelledMidwayIsAnErrorOrDone", []string{honourCtx, absentAnswer, "When it returns an error, any of them may be, or may become so shortly after."}, cancelledMidwayIsAnErrorOrDone},
}

// cancelledContextIsAnErrorOrDone lets a store ignore the context, but not say that
// it did what it did not do.
func cancelledContextIsAnErrorOrDone(e *env) {
	ctx, cancel := context.WithCancel(e.Context())
	cancel()
	tags, key, w := e.tags(3), newKey(), backends.NewToken()
	want := e.load(e.one, tags...)

	got := make([]backends.TagState, len(tags))
	if _, err := e.one.Load(ctx, key, tags, got); err == nil {
		for i := range got {
			if got[i] != want[i] {
				e.Errorf("Load without an error: got %+v; want %+v", got[i], want[i])
			}
		}
	}
	if err := e.one.Save(ctx, key, []byte("rows"), long); err == nil {
		e.wantEntry(key, "Save without an error", []byte("rows"))
	}
	if err := e.one.Fence(ctx, tags, w, long); err == nil {
		e.wantAllFenced(tags)
	}
	if err := e.one.Advance(ctx, tags); err == nil {
		e.wantMoved(tags[0], "Advance without an error", want[0].Generation, e.state(e.one, tags[0]).Fenced)
	}
	before := e.load(e.one, tags...)
	if err := e.one.Lift(ctx, tags, w, true); err == nil {
		for i, tag := range tags {
			e.wantMoved(tag, "Lift without an error", before[i].Generation, false)
		}
	}
	// The client is as good as before.
	e.fence(e.one, w, long, tags...)
	e.wantAllFenced(tags)
	e.lift(e.one, w, false, tags...)
}

func (e *env) wantAllFenced(tags []string) {
	e.Helper()
	for name, s := range e.clients() {
		for i, st := range e.load(s, tags...) {
			if !st.Fenced {
				e.Errorf("client %s: Fence returned no error and tag %d is not fenced", name, i)
			}
		}
	}
}

// cancelledMidwayIsAnErrorOrDone cancels while calls are on the wire, and then
// looks for mixed-up answers: a client that gives a connection back with a reply
// still to come would answer the next call with it.
func cancelledMidwayIsAnErrorOrDone(e *env) {
	const rounds = 100
	tags, w := e.tags(4), backends.NewToken()
	key, entry := newKey(), someBytes(2000)
	e.save(e.one, key, entry, long)
	before := e.load(e.one, tags...)
	for range rounds {
		ctx, cancel := context.WithCancel(e.Context())
		var wg sync.WaitGroup
		var fenced, lifted error
		wg.Go(func() {
			states := make([]backends.TagState, len(tags))
			_, _ = e.one.Load(ctx, key, tags, states) // whatever it answers
		})
		wg.Go(func() {
			fenced = e.one.Fence(ctx, tags, w, long)
			if fenced == nil {
				lifted = e.one.Lift(ctx, tags, w, false)
			}
		})
		wg.Go(cancel)
		wg.Wait()
		if fenced == nil && lifted != nil {
			e.lift(e.one, w, false, tags...)
		}
		if other := e.entry(e.one, newKey()); other != nil {
			e.Fatalf("got %s for a key nobody saved", brief(other))
		}
		e.wantEntry(key, "after a cancelled call", entry)
		for i, st := range e.load(e.one, tags...) {
			if st.Generation != before[i].Generation {
				e.Fatalf("tag %d: generation moved from %d to %d, and nobody advanced it", i, before[i].Generation, st.Generation)
			}
		}
	}
	e.lift(e.one, w, true, tags...)
	for i, tag := range tags {
		e.wantMoved(tag, "after the last Lift", before[i].Generation, e.state(e.one, tag).Fenced)
	}
}
