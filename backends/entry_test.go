package backends

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func testEntry() (Key, []TagState, []byte, []byte) {
	key := Key{1, 2, 31: 3}
	states := []TagState{{Generation: 7}, {Generation: 1<<63 - 1}, {Generation: 0}}
	rows := []byte("some rows")
	return key, states, rows, AppendEntry(nil, key, states, rows)
}

func TestEntryRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 3, MaxTags} {
		for _, rows := range [][]byte{nil, {}, {0}, []byte("gj\x01rows"), bytes.Repeat([]byte{255}, 1<<16)} {
			key := Key{byte(n)}
			states := make([]TagState, n)
			for i := range states {
				states[i].Generation = NewGeneration()
			}
			b := AppendEntry([]byte("before"), key, states, rows)
			b, ok := bytes.CutPrefix(b, []byte("before"))
			if !ok {
				t.Fatal("AppendEntry changed what it was to append to")
			}
			if got, want := len(b), EntryOverhead(n)+len(rows); got != want {
				t.Errorf("%d tags, %d bytes of rows: got %d bytes; want %d", n, len(rows), got, want)
			}
			e, err := ParseEntry(key, b)
			if err != nil {
				t.Fatalf("%d tags, %d bytes of rows: %v", n, len(rows), err)
			}
			if !bytes.Equal(e.Rows, rows) {
				t.Errorf("%d tags: got rows %q; want %q", n, e.Rows, rows)
			}
			if !e.Current(states) {
				t.Errorf("%d tags: not current under its own states", n)
			}
		}
	}
}

// An entry that is sealed where its rows stand is the one that AppendEntry makes.
func TestSealEntry(t *testing.T) {
	key, states, rows, want := testEntry()
	got := append(bytes.Repeat([]byte{0xff}, EntryOverhead(len(states))), rows...)
	SealEntry(got, key, states)
	if !bytes.Equal(got, want) {
		t.Errorf("got %x; want %x", got, want)
	}
}

func TestAppendEntryRefusesTooManyTags(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic for MaxTags+1 tags")
		}
	}()
	AppendEntry(nil, Key{}, make([]TagState, MaxTags+1), nil)
}

// TestEveryFlippedBitIsNoEntry holds for every single bit, in every part.
func TestEveryFlippedBitIsNoEntry(t *testing.T) {
	key, _, rows, whole := testEntry()
	for i := range whole {
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[i] ^= 1 << bit
			wantNoEntry(t, "bit flipped", key, b, rows)
		}
	}
}

func TestEveryCutIsNoEntry(t *testing.T) {
	key, _, rows, whole := testEntry()
	for i := range whole {
		wantNoEntry(t, "cut at the end", key, whole[:i], rows)
		wantNoEntry(t, "cut at the start", key, whole[i+1:], rows)
	}
	wantNoEntry(t, "one byte more", key, append(bytes.Clone(whole), 0), rows)
	wantNoEntry(t, "twice", key, append(bytes.Clone(whole), whole...), rows)
}

func TestEntryUnderAnotherKeyIsNoEntry(t *testing.T) {
	key, _, rows, whole := testEntry()
	for i := range key {
		other := key
		other[i]++
		wantNoEntry(t, "another key", other, whole, rows)
	}
}

func TestForeignBytesAreNoEntry(t *testing.T) {
	key, _, rows, whole := testEntry()
	older := bytes.Clone(whole)
	older[2] = entryVersion + 1
	for _, b := range [][]byte{nil, {}, []byte("gj"), []byte("gj\x01\x00"), make([]byte, 100), []byte(strings.Repeat("x", 100)), older} {
		wantNoEntry(t, "foreign", key, b, rows)
	}
}

func wantNoEntry(t *testing.T, what string, key Key, b, rows []byte) {
	t.Helper()
	e, err := ParseEntry(key, b)
	if !errors.Is(err, ErrEntry) {
		t.Fatalf("%s: got error %v for %x; want ErrEntry", what, err, b)
	}
	if e.Rows != nil || e.generations != nil {
		t.Errorf("%s: got parts of an entry beside an error", what)
	}
	if strings.Contains(err.Error(), string(rows)) {
		t.Errorf("%s: the error %q shows the rows", what, err)
	}
}

func TestEntryIsCurrent(t *testing.T) {
	key, states, _, b := testEntry()
	e, err := ParseEntry(key, b)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func([]TagState)) []TagState {
		s := append([]TagState(nil), states...)
		change(s)
		return s
	}
	for _, test := range []struct {
		name   string
		states []TagState
		want   bool
	}{
		{"the same", states, true},
		{"first generation moved", with(func(s []TagState) { s[0].Generation++ }), false},
		{"last generation moved", with(func(s []TagState) { s[2].Generation++ }), false},
		{"generation went back", with(func(s []TagState) { s[1].Generation-- }), false},
		{"first fenced", with(func(s []TagState) { s[0].Fenced = true }), false},
		{"last fenced", with(func(s []TagState) { s[2].Fenced = true }), false},
		{"another order", with(func(s []TagState) { s[0], s[1] = s[1], s[0] }), false},
		{"a tag fewer", states[:2], false},
		{"a tag more", append(with(func([]TagState) {}), TagState{}), false},
		{"no tags", nil, false},
	} {
		if got := e.Current(test.states); got != test.want {
			t.Errorf("%s: got %v; want %v", test.name, got, test.want)
		}
	}
	if (Entry{}).Current(states) {
		t.Error("the zero Entry is current")
	}
}

// TestFencedStatesAreNeverCurrent: what is saved under states with a fence is not
// current under the same states.
func TestFencedStatesAreNeverCurrent(t *testing.T) {
	states := []TagState{{Generation: 5, Fenced: true}}
	e, err := ParseEntry(Key{}, AppendEntry(nil, Key{}, states, nil))
	if err != nil {
		t.Fatal(err)
	}
	if e.Current(states) {
		t.Error("an entry is current while a tag is fenced")
	}
}

func TestReadingAnEntryDoesNotAllocate(t *testing.T) {
	key, states, _, b := testEntry()
	got := testing.AllocsPerRun(100, func() {
		if e, err := ParseEntry(key, b); err != nil || !e.Current(states) {
			t.Error("not current", err)
		}
	})
	if got != 0 {
		t.Errorf("got %v allocations; want 0", got)
	}
}

func TestNewGenerationsLeaveRoomToCountUp(t *testing.T) {
	seen := map[Generation]bool{}
	for range 1000 {
		g := NewGeneration()
		if g>>63 != 0 {
			t.Fatalf("generation %d has more than 63 bits", g)
		}
		if seen[g] {
			t.Fatalf("generation %d came twice", g)
		}
		seen[g] = true
	}
}

func TestNewTokensDiffer(t *testing.T) {
	seen := map[Token]bool{{}: true} // the zero token is nobody's
	for range 1000 {
		w := NewToken()
		if seen[w] {
			t.Fatalf("token %x came twice", w)
		}
		seen[w] = true
	}
}

// FuzzParseEntry: any bytes are an entry or ErrEntry, and what is an entry is what
// AppendEntry makes of its parts.
func FuzzParseEntry(f *testing.F) {
	key, _, _, whole := testEntry()
	f.Add(key[:], whole)
	f.Add(key[:], whole[:len(whole)-1])
	f.Add([]byte{}, []byte("gj\x01\xff"))
	f.Add(key[:], AppendEntry(nil, key, nil, nil))
	f.Fuzz(func(t *testing.T, keyBytes, b []byte) {
		var key Key
		copy(key[:], keyBytes)
		e, err := ParseEntry(key, b)
		if err != nil {
			if !errors.Is(err, ErrEntry) {
				t.Fatalf("got error %v; want ErrEntry", err)
			}
			// Made into an entry, it comes back.
			made, err := ParseEntry(key, AppendEntry(nil, key, []TagState{{Generation: 9}}, b))
			if err != nil || !bytes.Equal(made.Rows, b) {
				t.Fatalf("got rows %q, error %v; want %q", made.Rows, err, b)
			}
			return
		}
		states := make([]TagState, b[3])
		for i := range states {
			for j := range 8 {
				states[i].Generation |= Generation(e.generations[8*i+j]) << (8 * j)
			}
		}
		if !e.Current(states) {
			t.Error("not current under its own generations")
		}
		if again := AppendEntry(nil, key, states, e.Rows); !bytes.Equal(again, b) {
			t.Errorf("got %x from the parts of %x", again, b)
		}
	})
}

func BenchmarkParseEntry(b *testing.B) {
	key, states := Key{1}, make([]TagState, 3)
	entry := AppendEntry(nil, key, states, make([]byte, 1000))
	b.ReportAllocs()
	for b.Loop() {
		if e, err := ParseEntry(key, entry); err != nil || !e.Current(states) {
			b.Fatal(err)
		}
	}
}
