package tiered

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

const most = 10 * time.Second

var one = []string{"app/public.orders"}

func generation(g backends.Generation) []backends.TagState {
	return []backends.TagState{{Generation: g}}
}

// wantTrusted checks what t trusts of the one tag: a generation, or 0 for nothing.
func wantTrusted(t *testing.T, tr *trust, when string, want backends.Generation) {
	t.Helper()
	states := make([]backends.TagState, 1)
	ok := tr.states(one, states)
	if ok != (want != 0) || ok && states[0] != (backends.TagState{Generation: want}) {
		t.Errorf("%s: got %+v, %v; want generation %d", when, states[0], ok, want)
	}
}

func TestTrustEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrust(most)
		wantTrusted(t, tr, "nothing told", 0)
		q := tr.ask()
		time.Sleep(3 * time.Second)
		tr.told(q, one, generation(7))
		if got := tr.left(q); got != most-3*time.Second {
			t.Errorf("got %v left; want %v", got, most-3*time.Second)
		}
		time.Sleep(most - 3*time.Second - 1)
		wantTrusted(t, tr, "an instant before the end", 7)
		time.Sleep(time.Nanosecond)
		wantTrusted(t, tr, "at the end", 0)
	})
}

func TestOlderAnswerDoesNotReplaceNewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrust(most)
		older := tr.ask()
		time.Sleep(time.Nanosecond)
		newer := tr.ask()
		tr.told(newer, one, generation(8))
		tr.told(older, one, generation(7))
		wantTrusted(t, tr, "the older answer came last", 8)
	})
}

func TestForgottenIsNotRemembered(t *testing.T) {
	tr := newTrust(most)
	q := tr.ask()
	tr.told(q, one, generation(7))
	tr.forget(one)
	wantTrusted(t, tr, "forgotten", 0)
	tr.told(q, one, generation(7))
	wantTrusted(t, tr, "told what was asked before", 0)
	tr.told(tr.ask(), one, generation(8))
	wantTrusted(t, tr, "asked again", 8)
}

func TestAllForgottenIsNotRemembered(t *testing.T) {
	tr := newTrust(most)
	q := tr.ask()
	tr.told(q, one, generation(7))
	tr.forgetAll()
	wantTrusted(t, tr, "all forgotten", 0)
	tr.told(q, one, generation(7))
	wantTrusted(t, tr, "told what was asked before", 0)
	tr.told(tr.ask(), one, generation(8))
	wantTrusted(t, tr, "asked again", 8)
}

func TestFencedIsForgotten(t *testing.T) {
	tr := newTrust(most)
	tr.told(tr.ask(), one, generation(7))
	tr.told(tr.ask(), one, []backends.TagState{{Generation: 7, Fenced: true}})
	wantTrusted(t, tr, "fenced", 0)
}

// TestManyTags: the memory is bounded, and what is lost with it does not bring an
// answer back that was to be forgotten.
func TestManyTags(t *testing.T) {
	tr := newTrust(most)
	q := tr.ask()
	tr.forget(one)
	for i := range maxTrusted {
		tr.told(tr.ask(), []string{fmt.Sprint("stranger", i)}, generation(1))
	}
	if got := len(tr.tags); got > maxTrusted {
		t.Errorf("%d tags are remembered; want at most %d", got, maxTrusted)
	}
	tr.told(q, one, generation(7))
	wantTrusted(t, tr, "told what was asked before", 0)
}

func TestNoTrust(t *testing.T) {
	var tr *trust
	q := tr.ask()
	tr.told(q, one, generation(7))
	tr.forget(one)
	if got := tr.left(q); got != 0 {
		t.Errorf("got %v left; want none", got)
	}
}
