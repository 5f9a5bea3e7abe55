package backendtest

import (
	"context"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

const (
	mayLose    = "What a store may lose at any time: entries, and generations as long as their INVARIANT holds."
	mustKeep   = "What it must not lose while it lives: fences."
	saysSo     = "A store that can lose one (eviction, a restart, a failover) says so, and what prevents it."
	cutTimeout = 5 * time.Second
)

var lossTests = []subtest{
	{"LostGenerationNeverReturns", []string{generationInvariant, mayLose}, lostGenerationNeverReturns},
	{"LiftAfterLostFenceStillAdvances", []string{liftGone, saysSo}, liftAfterLostFenceStillAdvances},
	{"FenceAfterLossStandsAgain", []string{fenceRenews, saysSo}, fenceAfterLossStandsAgain},
	{"FencesSurviveManyTags", []string{mustKeep}, fencesSurviveManyTags},
	{"RestartBringsNoGenerationBack", []string{generationInvariant, saysSo}, restartBringsNoGenerationBack},
	{"OutOfReachIsAnError", []string{absentAnswer}, outOfReachIsAnError},
	{"DamagedEntryIsTold", []string{entryWhole}, damagedEntryIsTold},
}

func lostGenerationNeverReturns(e *env) {
	e.need(e.Forget != nil, "Forget")
	tag := e.tag()
	had := map[backends.Generation]bool{}
	for range 20 {
		for range 5 {
			st := e.state(e.one, tag)
			if had[st.Generation] {
				e.Fatalf("generation %d came back", st.Generation)
			}
			e.wantState(tag, "after a loss", st)
			had[st.Generation] = true
			e.advance(e.one, tag)
		}
		e.Forget(e.T, e.one, tag)
	}
}

func liftAfterLostFenceStillAdvances(e *env) {
	e.need(e.DropFences != nil, "DropFences")
	tag, w := e.tag(), backends.NewToken()
	before := e.state(e.one, tag)
	e.fence(e.one, w, long, tag)
	e.DropFences(e.T, e.one, tag)
	e.lift(e.one, w, true, tag)
	e.wantMoved(tag, "after Lift of a lost fence", before.Generation, false)
}

func fenceAfterLossStandsAgain(e *env) {
	e.need(e.DropFences != nil, "DropFences")
	tag, w := e.tag(), backends.NewToken()
	e.fence(e.one, w, long, tag)
	e.DropFences(e.T, e.one, tag)
	e.fence(e.one, w, long, tag)
	st := e.state(e.one, tag)
	if !st.Fenced {
		e.Error("a renewal of a lost fence left the tag unfenced")
	}
	e.lift(e.one, w, true, tag)
	e.wantMoved(tag, "after Lift", st.Generation, false)
}

// fencesSurviveManyTags gives a store that bounds its tags a reason to drop one.
func fencesSurviveManyTags(e *env) {
	const strangers = 3000
	fenced := e.tags(10)
	e.fence(e.one, backends.NewToken(), long, fenced...)
	before := e.load(e.one, fenced...)
	for range strangers / 100 {
		e.load(e.other, e.tags(100)...)
	}
	for i, tag := range fenced {
		e.wantState(tag, "after thousands of other tags", before[i])
	}
}

// restartBringsNoGenerationBack fails a store that comes back with what it saved a
// while ago: an entry of that time would be taken for current.
func restartBringsNoGenerationBack(e *env) {
	e.need(e.Restart != nil, "Restart")
	tag := e.tag()
	had := map[backends.Generation]bool{}
	for range 3 {
		for range 5 {
			had[e.state(e.one, tag).Generation] = true
			e.advance(e.one, tag)
		}
		last := e.state(e.one, tag)
		e.Restart(e.T, e.one)
		e.awaitAnswer()
		st := e.state(e.one, tag)
		if had[st.Generation] {
			e.Fatalf("generation %d came back after a restart; the last was %d", st.Generation, last.Generation)
		}
		e.wantState(tag, "after a restart", st)
	}
}

func outOfReachIsAnError(e *env) {
	e.need(e.Cut != nil, "Cut")
	tags, key, w := e.tags(2), newKey(), backends.NewToken()
	e.save(e.one, key, []byte("rows"), long)
	mend := e.Cut(e.T, e.one)
	calls := map[string]func(context.Context) error{
		"Load": func(ctx context.Context) error {
			_, err := e.one.Load(ctx, key, tags, make([]backends.TagState, 2))
			return err
		},
		"Save":    func(ctx context.Context) error { return e.one.Save(ctx, key, []byte("rows"), long) },
		"Fence":   func(ctx context.Context) error { return e.one.Fence(ctx, tags, w, long) },
		"Lift":    func(ctx context.Context) error { return e.one.Lift(ctx, tags, w, true) },
		"Advance": func(ctx context.Context) error { return e.one.Advance(ctx, tags) },
	}
	for name, call := range calls {
		ctx, cancel := context.WithTimeout(e.Context(), cutTimeout)
		if err := call(ctx); err == nil {
			e.Errorf("%s: no error from a store out of reach", name)
		}
		cancel()
	}
	mend()
	e.awaitAnswer()
	e.fence(e.one, w, long, tags...)
	e.wantAllFenced(tags)
}

// awaitAnswer waits until both clients reach the store again.
func (e *env) awaitAnswer() {
	e.Helper()
	for name, s := range e.clients() {
		var err error
		tags, states := e.tags(20), make([]backends.TagState, 20) // on every server of a cluster
		e.await("answer to client "+name, func() bool {
			_, err = s.Load(e.Context(), newKey(), tags, states)
			return err == nil
		})
	}
}

func damagedEntryIsTold(e *env) {
	e.need(e.Corrupt != nil, "Corrupt")
	key, tag := newKey(), e.tag()
	whole := backends.AppendEntry(nil, key, e.load(e.one, tag), someBytes(100))
	e.save(e.one, key, whole, long)
	if _, err := backends.ParseEntry(key, e.entry(e.one, key)); err != nil {
		e.Fatalf("the entry before the damage: %v", err)
	}
	e.Corrupt(e.T, e.one, key)
	for name, s := range e.clients() {
		if got := e.entry(s, key); got != nil {
			if _, err := backends.ParseEntry(key, got); err == nil {
				e.Errorf("client %s: a damaged entry came back as a good one", name)
			}
		}
	}
}
