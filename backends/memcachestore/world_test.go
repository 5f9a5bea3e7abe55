package memcachestore_test

import (
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memcachestore"
)

// A world is a database of one row, with readers and a writer in a process each.
type world struct {
	t              *testing.T
	reader, writer *memcachestore.Store
	tags           []string
	key            backends.Key
	row            string
	token          backends.Token
}

func newWorld(t *testing.T, w *network, opts *memcachestore.Options) *world {
	return &world{t: t, reader: w.store(opts), writer: w.store(opts), tags: testTags(3), key: backends.Key{7}, row: "old"}
}

type outcome string

const (
	hit    outcome = "hit"
	miss   outcome = "miss" // and filled
	bypass outcome = "bypass"
)

// read reads the row by the protocol.
func (w *world) read() (row string, by outcome) {
	w.t.Helper()
	states := make([]backends.TagState, len(w.tags))
	b, err := w.reader.Load(w.t.Context(), w.key, w.tags, states)
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
	w.check(w.reader.Save(w.t.Context(), w.key, entry, time.Hour))
	return w.row, miss
}

// want reads the row and checks what came back and how.
func (w *world) want(step, row string, by outcome) {
	w.t.Helper()
	if gotRow, gotBy := w.read(); gotRow != row || gotBy != by {
		w.t.Errorf("%s: read %s by a %s; want %s by a %s", step, gotRow, gotBy, row, by)
	}
}

func (w *world) fence(lease time.Duration) {
	w.t.Helper()
	w.token = backends.NewToken()
	w.check(w.writer.Fence(w.t.Context(), w.tags, w.token, lease))
}

func (w *world) commit(row string) { w.row = row }

func (w *world) lift() {
	w.t.Helper()
	w.check(w.writer.Lift(w.t.Context(), w.tags, w.token, true))
}

// fill reads until the row is cached.
func (w *world) fill() {
	w.t.Helper()
	for {
		if _, by := w.read(); by == hit {
			return
		}
	}
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
