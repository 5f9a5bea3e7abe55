package backendtest

import (
	"sync"

	"github.com/gojohnny/gojohnny/backends"
)

const (
	generationInvariant = "INVARIANT: a tag's generation never returns to a value it has had, not even after the store lost it."
	generationStart     = "A missing one starts at a random 63-bit value ([NewGeneration]), put there only where none stands (SET NX, add), and goes up by one with every advance."
	advanceKeeps        = "Advance moves the generation of each tag, whatever fences stand there, and leaves those."
)

var generationTests = []subtest{
	{
		"LoadCreatesGenerationOnce",
		[]string{"A tag without a generation gets one.", generationStart},
		loadCreatesGenerationOnce,
	},
	{
		"NewGenerationsAreFarApart",
		[]string{generationStart},
		newGenerationsAreFarApart,
	},
	{
		"GenerationStaysWithoutAdvance",
		[]string{"Load fills states[i] with the state of tags[i] and returns the entry at key, nil if there is none.", "A Store keeps generations, fences and entries."},
		generationStaysWithoutAdvance,
	},
	{
		"AdvanceCountsUpByOne",
		[]string{generationStart},
		advanceCountsUpByOne,
	},
	{
		"AdvanceMovesEachTagAndNoOther",
		[]string{advanceKeeps},
		advanceMovesEachTagAndNoOther,
	},
	{
		"AdvanceKeepsFences",
		[]string{advanceKeeps},
		advanceKeepsFences,
	},
	{
		"AdvanceBeforeTheFirstLoad",
		[]string{advanceKeeps, generationInvariant},
		advanceBeforeTheFirstLoad,
	},
}

func loadCreatesGenerationOnce(e *env) {
	const rounds, loaders = 50, 8
	for range rounds {
		tag := e.tag()
		got := make([]backends.TagState, loaders)
		var wg sync.WaitGroup
		start := make(chan struct{})
		for i := range loaders {
			s := e.one
			if i%2 == 1 {
				s = e.other
			}
			wg.Go(func() {
				<-start
				if _, err := s.Load(e.Context(), backends.Key{}, []string{tag}, got[i:i+1]); err != nil {
					e.Errorf("Load: %v", err)
				}
			})
		}
		close(start)
		wg.Wait()
		for _, st := range got {
			if st != got[0] {
				e.Fatalf("concurrent loads of a new tag disagree: %+v", got)
			}
		}
		e.wantState(tag, "after the first loads", got[0])
	}
}

// newGenerationsAreFarApart would fail a correct store once in 2^48 runs or so.
func newGenerationsAreFarApart(e *env) {
	const near = 1 << 10
	states := e.load(e.one, e.tags(8)...)
	for i, a := range states {
		if a.Fenced {
			e.Errorf("a new tag is fenced")
		}
		if a.Generation>>63 != 0 {
			e.Errorf("new generation %d has more than 63 bits", a.Generation)
		}
		for _, b := range states[:i] {
			if a.Generation-b.Generation < near || b.Generation-a.Generation < near {
				e.Errorf("new generations %d and %d are near each other", a.Generation, b.Generation)
			}
		}
	}
}

func generationStaysWithoutAdvance(e *env) {
	tag := e.tag()
	st := e.state(e.one, tag)
	e.save(e.one, newKey(), []byte("rows"), long)
	for range 3 {
		e.wantState(tag, "nothing happened", st)
	}
}

func advanceCountsUpByOne(e *env) {
	tag, w := e.tag(), backends.NewToken()
	st := e.state(e.one, tag)
	for range 3 {
		e.advance(e.one, tag)
		st.Generation++
		e.wantState(tag, "after Advance", st)
		e.fence(e.other, w, long, tag)
		e.lift(e.other, w, true, tag)
		st.Generation++
		e.wantState(tag, "after Lift that advances", st)
	}
}

func advanceMovesEachTagAndNoOther(e *env) {
	tags := e.tags(6)
	before := e.load(e.one, tags...)
	e.advance(e.one, tags[:5]...)
	for i, tag := range tags[:5] {
		e.wantMoved(tag, "after Advance", before[i].Generation, false)
	}
	e.wantState(tags[5], "after Advance of others", before[5])
}

func advanceKeepsFences(e *env) {
	tag, w1, w2 := e.tag(), backends.NewToken(), backends.NewToken()
	e.fence(e.one, w1, long, tag)
	e.fence(e.other, w2, long, tag)
	st := e.state(e.one, tag)
	e.advance(e.one, tag)
	st = e.wantMoved(tag, "after Advance", st.Generation, true)
	e.lift(e.one, w1, false, tag)
	e.wantState(tag, "after Advance and one Lift of two", st)
	e.lift(e.other, w2, false, tag)
	st.Fenced = false
	e.wantState(tag, "after both Lifts", st)
}

func advanceBeforeTheFirstLoad(e *env) {
	tag := e.tag()
	e.advance(e.one, tag)
	st := e.state(e.other, tag)
	if st.Fenced {
		e.Error("Advance of an unknown tag fenced it")
	}
	e.advance(e.one, tag)
	e.wantMoved(tag, "after Advance", st.Generation, false)
}
