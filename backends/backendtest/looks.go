package backendtest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

const (
	fenceAndLook = "FenceAndLook is Fence, and returns the state of tag at an instant when every fence stands."
	liftAndLook  = "LiftAndLook is Lift, and returns the state of tag at an instant within the call."
	lookers      = "A Looker is a Store that can look at one more tag in the round trip of a Fence or a Lift."
)

var lookTests = []subtest{
	{"LookTellsTheState", []string{fenceAndLook, liftAndLook, lookers}, lookTellsTheState},
	{"LookComesAfterTheFence", []string{fenceAndLook}, lookComesAfterTheFence},
}

// lookTellsTheState tries a store that is no Looker too: what is asked then is
// [backends.FenceAndLook].
func lookTellsTheState(e *env) {
	tags, w, other := e.tags(3), backends.NewToken(), backends.NewToken()
	tag := e.tag()
	look := func(what string, want backends.TagState, got backends.TagState, err error) {
		e.Helper()
		if err != nil {
			e.Fatalf("%s: %v", what, err)
		}
		if got != want {
			e.Errorf("%s: got %+v; want %+v", what, got, want)
		}
	}
	before := e.load(e.one, tags...)
	got, err := backends.FenceAndLook(e.Context(), e.one, tags, w, long, tag)
	look("FenceAndLook of a new tag", e.state(e.other, tag), got, err)
	for i, name := range tags {
		e.wantState(name, "after FenceAndLook", backends.TagState{Generation: before[i].Generation, Fenced: true})
	}

	e.fence(e.other, other, long, tag)
	fenced := backends.TagState{Generation: got.Generation, Fenced: true}
	got, err = backends.FenceAndLook(e.Context(), e.one, tags, w, long, tag)
	look("FenceAndLook of a fenced tag", fenced, got, err)
	got, err = backends.LiftAndLook(e.Context(), e.one, tags[:2], w, true, tag)
	look("LiftAndLook of a fenced tag", fenced, got, err)

	e.lift(e.other, other, true, tag)
	got, err = backends.LiftAndLook(e.Context(), e.one, tags[2:], w, false, tag)
	look("LiftAndLook of a tag that has moved", e.state(e.other, tag), got, err)
	for i, name := range tags {
		want := before[i].Generation
		if i < 2 {
			want++
		}
		e.wantState(name, "after LiftAndLook", backends.TagState{Generation: want})
	}
	e.wantMoved(tag, "after its own lift", fenced.Generation, false)
	got, err = backends.FenceAndLook(e.Context(), e.one, nil, w, long, tag)
	look("FenceAndLook of no tags", e.state(e.other, tag), got, err)
}

// lookComesAfterTheFence: who finds a tag without a fence has come before the fence, and what
// it did before that, the look sees.
func lookComesAfterTheFence(e *env) {
	const rounds = 50
	for range rounds {
		tag, looked := e.tag(), e.tag()
		e.load(e.one, tag, looked)
		var wg sync.WaitGroup
		var latest atomic.Uint64 // generation of looked that was moved before tag was seen without a fence
		started := make(chan struct{})
		wg.Go(func() {
			close(started)
			for {
				e.advance(e.other, looked)
				g := e.state(e.other, looked).Generation
				if e.state(e.other, tag).Fenced || e.Failed() {
					return
				}
				latest.Store(uint64(g))
			}
		})
		<-started
		w := backends.NewToken()
		got, err := backends.FenceAndLook(e.Context(), e.one, []string{tag}, w, time.Minute, looked)
		wg.Wait()
		if err != nil {
			e.Fatalf("FenceAndLook: %v", err)
		}
		if want := backends.Generation(latest.Load()); want != 0 && got.Generation < want {
			e.Fatalf("FenceAndLook: got generation %d; want at least %d, which was there before the fence", got.Generation, want)
		}
	}
}
