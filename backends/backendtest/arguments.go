package backendtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gojohnny/gojohnny/backends"
)

const (
	tagsAreAny  = "Tags are any non-empty strings of at most MaxTagLen bytes; a call's tags are different from one another, and there may be none."
	notKept     = "None of them but Save keeps a slice it was given after it returned, and none changes its contents."
	lenOfStates = "len(states) is len(tags)."
)

var argumentTests = []subtest{
	{"TagsMayBeAnyString", []string{tagsAreAny}, tagsMayBeAnyString},
	{"SimilarTagsAreApart", []string{tagsAreAny}, similarTagsAreApart},
	{"NoTagsAtAll", []string{tagsAreAny, lenOfStates}, noTagsAtAll},
	{"SlicesAreNotKept", []string{notKept}, slicesAreNotKept},
	{"SlicesAreNotChanged", []string{notKept, saveOwns}, slicesAreNotChanged},
	{"StatesAreOverwritten", []string{loadFills}, statesAreOverwritten},
}

// oddTags are each a tag of its own, whatever a store makes of them.
func (e *env) oddTags() []string {
	tags := []string{
		"a", "A", "a ", " a", "a a", "a\ta", "a\na", "a\r\na", "a\x00a", "a\x00", "\x7f",
		"'", `"`, `"a"."b"`, "`", `\`, `\n`, "{a}", "{a}b", "a}", "{", "*", "a*", "?", "%", "%00", "%s",
		"a:b", "a/b", "a|b", "a,b", "a;b", "0", "00", "-1", "1e9", "nil", "END",
		"é", "e\u0301", "ß", "ẞ", "SS", "İ", "日本", "\U0001F600", "\xff", "\xff\xfe", "\xc3(",
	}
	for i, t := range tags {
		tags[i] = e.prefix + t
	}
	tags = append(tags, e.prefix)
	for _, fill := range []string{"x", "\x00", " ", "\xff"} {
		for _, n := range []int{250, 251, backends.MaxTagLen - 1, backends.MaxTagLen} {
			tags = append(tags, e.prefix+strings.Repeat(fill, n-len(e.prefix)))
		}
	}
	return tags
}

func tagsMayBeAnyString(e *env) {
	w := backends.NewToken()
	for _, tag := range e.oddTags() {
		before := e.state(e.one, tag)
		e.fence(e.one, w, long, tag)
		e.wantState(tag, fmt.Sprintf("tag %.40q fenced", tag), backends.TagState{Generation: before.Generation, Fenced: true})
		e.lift(e.one, w, true, tag)
		e.wantMoved(tag, fmt.Sprintf("tag %.40q lifted", tag), before.Generation, false)
	}
}

// similarTagsAreApart moves and fences one tag after the other, and looks at all.
func similarTagsAreApart(e *env) {
	tags := e.oddTags()
	want := e.load(e.one, tags...)
	for i, tag := range tags {
		e.advance(e.one, tag)
		e.fence(e.one, backends.NewToken(), long, tag)
		want[i].Generation++
		want[i].Fenced = true
		for j, got := range e.load(e.one, tags...) {
			if got != want[j] {
				e.Fatalf("tag %.40q after %.40q was touched: got %+v; want %+v", tags[j], tag, got, want[j])
			}
		}
	}
}

func noTagsAtAll(e *env) {
	key := newKey()
	e.save(e.one, key, []byte("rows"), long)
	e.wantEntry(key, "loaded without tags", []byte("rows"))
	e.fence(e.one, backends.NewToken(), long)
	e.lift(e.one, backends.NewToken(), true)
	e.advance(e.one)
	if _, err := e.one.Load(e.Context(), key, []string{}, []backends.TagState{}); err != nil {
		e.Errorf("Load with empty slices: %v", err)
	}
}

func slicesAreNotKept(e *env) {
	key, w := newKey(), backends.NewToken()
	tag, stranger := e.tag(), e.tag()
	reused := []string{tag}
	states := make([]backends.TagState, 1)
	if _, err := e.one.Load(e.Context(), key, reused, states); err != nil {
		e.Fatalf("Load: %v", err)
	}
	before := states[0]
	e.fence(e.one, w, long, reused...)
	reused[0] = stranger
	states[0] = backends.TagState{}
	e.wantState(tag, "the caller reused its slices", backends.TagState{Generation: before.Generation, Fenced: true})
	if e.state(e.one, stranger).Fenced {
		e.Error("a tag that was put into the caller's slice after the call is fenced")
	}
}

func slicesAreNotChanged(e *env) {
	tags, entry, w := e.tags(20), someBytes(1000), backends.NewToken()
	slices.Reverse(tags) // a store that sorts them would be seen
	wantTags, wantEntry := slices.Clone(tags), slices.Clone(entry)
	e.load(e.one, tags...)
	e.save(e.one, newKey(), entry, long)
	e.fence(e.one, w, long, tags...)
	e.lift(e.one, w, true, tags...)
	e.advance(e.one, tags...)
	if !slices.Equal(tags, wantTags) {
		e.Error("the caller's tags changed")
	}
	if !slices.Equal(entry, wantEntry) {
		e.Error("the caller's entry changed")
	}
}

func statesAreOverwritten(e *env) {
	tags := e.tags(3)
	want := e.load(e.one, tags...)
	got := []backends.TagState{{Generation: 1, Fenced: true}, {Generation: 2, Fenced: true}, {Generation: 3, Fenced: true}}
	if _, err := e.one.Load(e.Context(), newKey(), tags, got); err != nil {
		e.Fatalf("Load: %v", err)
	}
	if !slices.Equal(got, want) {
		e.Errorf("got %+v in used states; want %+v", got, want)
	}
}

// brief is an entry as an error message shows it.
func brief(b []byte) string {
	switch {
	case b == nil:
		return "no entry"
	case len(b) <= 40:
		return fmt.Sprintf("entry %q", b)
	}
	return fmt.Sprintf("entry of %d bytes, %q...", len(b), b[:40])
}
