package redisstore_test

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/redisstore"
)

// A world is a database of one row, and readers and a writer who keep to the
// protocol with a store in between.
type world struct {
	t     testing.TB
	store *redisstore.Store
	tags  []string
	key   backends.Key
	row   string
}

// hour is a lease or a time to live that ends in no test.
const hour = time.Hour

type outcome string

const (
	hit    outcome = "hit"
	miss   outcome = "miss" // and filled
	bypass outcome = "bypass"
)

func newWorld(t testing.TB, s *redisstore.Store) *world {
	return &world{t: t, store: s, tags: newTags(3), key: newKey(), row: "v1"}
}

// read reads the row, and wants it to be want by the way of how.
func (w *world) read(want string, how outcome) {
	w.t.Helper()
	got, by := w.tryRead()
	if got != want || by != how {
		w.t.Errorf("read %s by a %s; want %s by a %s", got, by, want, how)
	}
}

func (w *world) tryRead() (row string, how outcome) {
	w.t.Helper()
	states := make([]backends.TagState, len(w.tags))
	b, err := w.store.Load(w.t.Context(), w.key, w.tags, states)
	if err != nil {
		return w.row, bypass
	}
	if e, err := backends.ParseEntry(w.key, b); err == nil && e.Current(states) {
		return string(e.Rows), hit
	}
	for _, st := range states {
		if st.Fenced {
			return w.row, bypass
		}
	}
	entry := backends.AppendEntry(nil, w.key, states, []byte(w.row))
	must(w.t, w.store.Save(w.t.Context(), w.key, entry, time.Hour))
	return w.row, miss
}

// write writes the row: fence, commit, lift.
func (w *world) write(row string) {
	w.t.Helper()
	token := w.fence()
	w.row = row
	must(w.t, w.store.Lift(w.t.Context(), w.tags, token, true))
}

func (w *world) fence() backends.Token {
	w.t.Helper()
	token := backends.NewToken()
	must(w.t, w.store.Fence(w.t.Context(), w.tags, token, time.Minute))
	return token
}

// newTags returns n tags that nobody has used.
func newTags(n int) []string {
	tags := make([]string, n)
	for i := range tags {
		token := backends.NewToken()
		tags[i] = "test/public.t" + hex.EncodeToString(token[:])
	}
	return tags
}

// newKey returns a key that nobody has used.
func newKey() backends.Key {
	token := backends.NewToken()
	return backends.Key(append(token[:], token[:]...))
}

func load(t testing.TB, s backends.Store, tags []string) []backends.TagState {
	t.Helper()
	states := make([]backends.TagState, len(tags))
	_, err := s.Load(t.Context(), backends.Key{}, tags, states)
	must(t, err)
	return states
}
