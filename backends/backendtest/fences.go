package backendtest

import (
	"github.com/gojohnny/gojohnny/backends"
)

const (
	fenceMarks  = "Fence marks each tag with w's fence for the length of lease, which is positive."
	fenceNil    = "When Fence returns nil, every tag is fenced."
	fenceEach   = "Each tag is marked in one step; several tags in any order."
	liftRemoves = "Lift removes w's fence from each tag, and no other writer's, and advances the generation if advance is set, in one step per tag."
	liftGone    = "A fence that is not there any more changes nothing about the advance."
	liftAgain   = "Lifting again is harmless: at worst the generation advances once more."
)

var fenceTests = []subtest{
	{"FenceMarksEveryTag", []string{fenceMarks, fenceNil, fenceEach}, fenceMarksEveryTag},
	{"FenceKeepsGeneration", []string{fenceMarks}, fenceKeepsGeneration},
	{"FenceBeforeTheFirstLoad", []string{fenceMarks, "A tag without a generation gets one."}, fenceBeforeTheFirstLoad},
	{"LiftRemovesOnlyItsOwnFence", []string{liftRemoves}, liftRemovesOnlyItsOwnFence},
	{"LiftWithoutAdvanceKeepsGeneration", []string{liftRemoves}, liftWithoutAdvanceKeepsGeneration},
	{"LiftAdvancesEveryTag", []string{liftRemoves}, liftAdvancesEveryTag},
	{"LiftWithoutFenceStillAdvances", []string{liftGone}, liftWithoutFenceStillAdvances},
	{"LiftAgainIsHarmless", []string{liftAgain}, liftAgainIsHarmless},
	{"TwoWritersOnOneTag", []string{liftRemoves, "at least one write is on its way"}, twoWritersOnOneTag},
	{"ManyWritersOnOneTag", []string{liftRemoves}, manyWritersOnOneTag},
}

func fenceMarksEveryTag(e *env) {
	tags := e.tags(100)
	e.load(e.one, tags[:50]...) // half of them are known, half are not
	w := backends.NewToken()
	e.fence(e.one, w, long, tags...)
	for name, s := range e.clients() {
		for i, st := range e.load(s, tags...) {
			if !st.Fenced {
				e.Errorf("client %s: tag %d of %d is not fenced", name, i, len(tags))
			}
		}
	}
	e.lift(e.one, w, false, tags...)
	for i, st := range e.load(e.other, tags...) {
		if st.Fenced {
			e.Errorf("tag %d of %d is fenced after Lift", i, len(tags))
		}
	}
}

func fenceKeepsGeneration(e *env) {
	tag := e.tag()
	st := e.state(e.one, tag)
	e.fence(e.other, backends.NewToken(), long, tag)
	st.Fenced = true
	e.wantState(tag, "after Fence", st)
}

func fenceBeforeTheFirstLoad(e *env) {
	tag, w := e.tag(), backends.NewToken()
	e.fence(e.one, w, long, tag)
	st := e.state(e.other, tag)
	if !st.Fenced {
		e.Error("a tag that was fenced before it was ever loaded is not fenced")
	}
	e.lift(e.one, w, true, tag)
	e.wantMoved(tag, "after Lift", st.Generation, false)
}

func liftRemovesOnlyItsOwnFence(e *env) {
	tag, w, stranger := e.tag(), backends.NewToken(), backends.NewToken()
	e.fence(e.one, w, long, tag)
	st := e.state(e.one, tag)
	e.lift(e.other, stranger, false, tag)
	e.wantState(tag, "after a stranger's Lift", st)
	e.lift(e.other, stranger, true, tag)
	e.wantMoved(tag, "after a stranger's Lift that advances", st.Generation, true)
}

func liftWithoutAdvanceKeepsGeneration(e *env) {
	tag, w := e.tag(), backends.NewToken()
	st := e.state(e.one, tag)
	e.fence(e.one, w, long, tag)
	e.lift(e.one, w, false, tag)
	e.wantState(tag, "after Fence and Lift of a write that failed", st)
}

func liftAdvancesEveryTag(e *env) {
	tags, w := e.tags(20), backends.NewToken()
	before := e.load(e.one, tags...)
	e.fence(e.one, w, long, tags...)
	e.lift(e.one, w, true, tags...)
	for i, tag := range tags {
		e.wantMoved(tag, "after Lift", before[i].Generation, false)
	}
}

func liftWithoutFenceStillAdvances(e *env) {
	tag := e.tag()
	st := e.state(e.one, tag)
	e.lift(e.one, backends.NewToken(), true, tag)
	e.wantMoved(tag, "after Lift without a fence", st.Generation, false)
}

func liftAgainIsHarmless(e *env) {
	tag, w, bystander := e.tag(), backends.NewToken(), backends.NewToken()
	e.fence(e.one, w, long, tag)
	e.fence(e.one, bystander, long, tag)
	e.lift(e.one, w, true, tag)
	st := e.state(e.one, tag)
	e.lift(e.one, w, false, tag)
	e.wantState(tag, "after a second Lift without advance", st)
	e.lift(e.one, w, true, tag)
	again := e.state(e.one, tag)
	if d := again.Generation - st.Generation; d > 1 {
		e.Errorf("a second Lift moved the generation by %d; want at most 1", d)
	}
	if !again.Fenced {
		e.Error("a second Lift removed another writer's fence")
	}
}

// twoWritersOnOneTag has the first writer end first, and then the second.
func twoWritersOnOneTag(e *env) {
	for _, early := range []int{0, 1} {
		tag := e.tag()
		writers := []backends.Token{backends.NewToken(), backends.NewToken()}
		st := e.state(e.one, tag)
		e.fence(e.one, writers[0], long, tag)
		e.fence(e.other, writers[1], long, tag)
		e.lift(e.one, writers[early], true, tag)
		st = e.wantMoved(tag, "one writer committed, one is on its way", st.Generation, true)
		e.lift(e.other, writers[1-early], false, tag)
		st.Fenced = false
		e.wantState(tag, "the other writer rolled back", st)
	}
}

func manyWritersOnOneTag(e *env) {
	tag := e.tag()
	writers := make([]backends.Token, 20)
	for i := range writers {
		writers[i] = backends.NewToken()
		e.fence(e.one, writers[i], long, tag)
	}
	for i, w := range writers {
		if !e.state(e.other, tag).Fenced {
			e.Fatalf("unfenced with %d of %d writers on their way", len(writers)-i, len(writers))
		}
		e.lift(e.one, w, true, tag)
	}
	if e.state(e.other, tag).Fenced {
		e.Error("fenced after the last writer's Lift")
	}
}
