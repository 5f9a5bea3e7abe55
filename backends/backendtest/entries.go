package backendtest

import (
	"bytes"
	"errors"
	"math/rand/v2"

	"github.com/gojohnny/gojohnny/backends"
)

const (
	loadFills    = "Load fills states[i] with the state of tags[i] and returns the entry at key, nil if there is none."
	emptyEntry   = "An empty entry is not nil."
	entryWhole   = "It is the bytes of one Save under this very key, whole, or a damaged store's, which the caller can tell from the entry's checksum."
	entryShared  = "The entry may be shared with the store and with other callers: nobody writes to it."
	saveKeeps    = "Save keeps entry under key for at most ttl, in place of what stands there."
	saveTooLarge = "An entry that is too large is ErrTooLarge, and what stood there may stay."
	saveOwns     = "It may keep entry, which nobody writes to any more."
	absentAnswer = "What is absent is an answer, not an error: an error means that the store did not answer, and nothing is known of what it did."
)

var entryTests = []subtest{
	{"NoEntryIsNil", []string{loadFills, absentAnswer}, noEntryIsNil},
	{"EntryComesBackWhole", []string{entryWhole, "A Store keeps generations, fences and entries."}, entryComesBackWhole},
	{"EmptyEntryIsNotNoEntry", []string{emptyEntry}, emptyEntryIsNotNoEntry},
	{"SaveReplaces", []string{saveKeeps}, saveReplaces},
	{"KeysAreApart", []string{entryWhole}, keysAreApart},
	{"EntryExpires", []string{saveKeeps, storesClock}, entryExpires},
	{"SaveRestartsTimeToLive", []string{saveKeeps}, saveRestartsTimeToLive},
	{"TooLargeIsRefused", []string{saveTooLarge}, tooLargeIsRefused},
	{"LoadBringsEntryAndTagsTogether", []string{loadFills}, loadBringsEntryAndTagsTogether},
	{"LoadedEntryNeverChanges", []string{entryShared}, loadedEntryNeverChanges},
}

// someBytes returns n bytes that no text protocol is at ease with.
func someBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(n)}).Read(b) // never fails: math/rand/v2's documentation
	copy(b, "\r\nEND\r\n\x00$-1\r\n")
	return b
}

func (e *env) wantEntry(key backends.Key, when string, want []byte) {
	e.Helper()
	for name, s := range e.clients() {
		if got := e.entry(s, key); !bytes.Equal(got, want) || (got == nil) != (want == nil) {
			e.Errorf("client %s, %s: got %s; want %s", name, when, brief(got), brief(want))
		}
	}
}

func noEntryIsNil(e *env) {
	e.wantEntry(newKey(), "nothing saved", nil)
}

func entryComesBackWhole(e *env) {
	for _, n := range []int{1, 8, 100, 4096, 64 << 10, e.MaxEntry} {
		if n > e.MaxEntry {
			continue
		}
		key, want := newKey(), someBytes(n)
		e.save(e.one, key, want, long)
		e.wantEntry(key, "after Save", want)
	}
}

func emptyEntryIsNotNoEntry(e *env) {
	key := newKey()
	e.save(e.one, key, []byte{}, long)
	e.wantEntry(key, "after Save of an empty entry", []byte{})
}

// saveReplaces asks only the client that saved: another one may keep the older
// entry close by and still be right, as it carries its generations.
func saveReplaces(e *env) {
	key := newKey()
	for _, want := range [][]byte{someBytes(500), someBytes(20), someBytes(3000), {7}} {
		for name, s := range e.clients() {
			e.save(s, key, want, long)
			if got := e.entry(s, key); !bytes.Equal(got, want) {
				e.Errorf("client %s: got %s after Save; want %s", name, brief(got), brief(want))
			}
		}
	}
}

func keysAreApart(e *env) {
	base := newKey()
	keys := []backends.Key{base, {}}
	for i := range base { // keys that differ in one bit, at either end of each byte
		for _, bit := range []byte{1, 0x80} {
			k := base
			k[i] ^= bit
			keys = append(keys, k)
		}
	}
	for i, k := range keys {
		e.save(e.one, k, []byte{byte(i), 'x'}, long)
	}
	for i, k := range keys {
		e.wantEntry(k, "after Save under similar keys", []byte{byte(i), 'x'})
	}
}

func entryExpires(e *env) {
	key := newKey()
	e.save(e.one, key, []byte("rows"), e.Lease)
	for _, s := range e.clients() {
		e.await("end of an entry's time to live", func() bool {
			got := e.entry(s, key)
			if got != nil && string(got) != "rows" {
				e.Fatalf("got %s; want the entry or none", brief(got))
			}
			return got == nil
		})
	}
	e.wantEntry(key, "after its time to live", nil)
}

func saveRestartsTimeToLive(e *env) {
	longer, shorter := newKey(), newKey()
	e.save(e.one, longer, []byte("old"), e.Lease)
	e.save(e.one, longer, []byte("new"), long)
	e.save(e.one, shorter, []byte("old"), long)
	e.save(e.one, shorter, []byte("new"), e.Lease)
	e.await("end of the shorter time to live", func() bool { return e.entry(e.one, shorter) == nil })
	e.awaitOneLease()
	if got := e.entry(e.one, longer); string(got) != "new" {
		e.Errorf("got %s after the time to live of what was replaced; want the new entry", brief(got))
	}
}

func tooLargeIsRefused(e *env) {
	e.need(e.TooLarge > 0, "TooLarge")
	key := newKey()
	e.save(e.one, key, []byte("old"), long)
	err := e.one.Save(e.Context(), key, someBytes(e.TooLarge), long)
	if !errors.Is(err, backends.ErrTooLarge) {
		e.Errorf("Save of %d bytes: got error %v; want ErrTooLarge", e.TooLarge, err)
	}
	if got := e.entry(e.other, key); got != nil && string(got) != "old" {
		e.Errorf("got %s after a refused Save; want the old entry or none", brief(got))
	}
	e.save(e.one, key, []byte("new"), long)
	if got := e.entry(e.one, key); string(got) != "new" {
		e.Errorf("got %s after the next Save; want the new entry", brief(got))
	}
}

func loadBringsEntryAndTagsTogether(e *env) {
	key, tags := newKey(), e.tags(backends.MaxTags)
	e.fence(e.one, backends.NewToken(), long, tags[3])
	want := e.load(e.one, tags...)
	e.save(e.one, key, []byte("rows"), long)
	for name, s := range e.clients() {
		got := make([]backends.TagState, len(tags))
		entry, err := s.Load(e.Context(), key, tags, got)
		if err != nil || string(entry) != "rows" {
			e.Fatalf("client %s: got %s, error %v; want the entry", name, brief(entry), err)
		}
		for i := range got {
			if got[i] != want[i] {
				e.Errorf("client %s: tag %d: got %+v; want %+v", name, i, got[i], want[i])
			}
			if got[i].Fenced != (i == 3) {
				e.Errorf("client %s: tag %d: got Fenced %v", name, i, got[i].Fenced)
			}
		}
	}
}

// loadedEntryNeverChanges holds on to an entry while the store replaces it.
func loadedEntryNeverChanges(e *env) {
	key, want := newKey(), someBytes(1000)
	e.save(e.one, key, want, long)
	held := e.entry(e.one, key)
	for i := range 20 {
		e.save(e.one, key, bytes.Repeat([]byte{byte(i)}, len(want)), long)
		e.entry(e.one, key)
	}
	if !bytes.Equal(held, want) {
		e.Error("an entry that a reader holds changed when another was saved")
	}
}
