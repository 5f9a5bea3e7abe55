package behind

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gojohnny/gojohnny/internal/randomsql"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

const (
	defaultSteps = 24_000
	actions      = 40 // on one schema
)

// TestRandom is two processes, one through database/sql and one through pgx, on one store
// and one database with a schema at random. By turns they execute statements at random,
// alone, in transactions and changing definitions, and after each every read of both is
// compared with the database. A step is such a read. A failure prints the shortest script that
// was found.
func TestRandom(t *testing.T) {
	steps := testservers.Number(t, "GOJOHNNY_STEPS", defaultSteps)
	w := newWorld(t)
	for w.steps < steps && !t.Failed() {
		rapid.Check(t, func(r *rapid.T) {
			if w.steps >= steps && w.difference == "" { // but to shrink what failed
				return
			}
			w.begin(rapid.SliceOfN(rapid.Uint16(), 150, 150).Draw(r, "schema"))
			for _, choices := range rapid.SliceOfN(rapid.SliceOfN(rapid.Uint16(), 16, 16), actions/2, actions).Draw(r, "actions") {
				w.generator.Pick = chooser(choices)
				w.act()
				w.compare(w.clients...)
				if w.difference != "" {
					r.Fatalf("%s\n%s", w.difference, w.script.String())
				}
			}
		})
	}
	t.Logf("%d steps, %d of them hits; %d statements, %d refused", w.steps, w.hits(), w.statements, w.refused)
	if w.hits()*10 < w.steps {
		t.Errorf("%d of %d reads were hits; want a tenth at least", w.hits(), w.steps)
	}
}

// chooser picks by choices, and the first where there are none left. It mixes them, since
// rapid's are mostly small; 0, to which they shrink, stays the first.
func chooser(choices []uint16) func(n int) int {
	return func(n int) int {
		if len(choices) == 0 {
			return 0
		}
		mixed := choices[0] * 40503
		choices = choices[1:]
		return int(mixed) * n >> 16
	}
}

// A world is a database, and the processes that work on it.
type world struct {
	t        testing.TB
	bare     door
	server   int // the version of PostgreSQL
	clients  []*client
	sessions []door // one of each client

	generator *randomsql.Generator
	reads     []string
	script    strings.Builder // of what was done

	steps, statements, refused int
	difference                 string // the latest that was found
}

func newWorld(t testing.TB) *world {
	t.Helper()
	server, store := testservers.Postgres(t), newStore(t)
	url := server.URL()
	w := &world{t: t, server: server.Version(t), bare: openBare(t, url)}
	for _, open := range wrappers {
		c := newClient(t, open, url, newCache(t, store, nil))
		w.clients = append(w.clients, c)
		w.sessions = append(w.sessions, c.session(t))
	}
	return w
}

func (w *world) hits() int {
	var n uint64
	for _, c := range w.clients {
		n += c.cache.Stats().Hits
	}
	return int(n)
}

// begin puts a new schema in place of the old one.
func (w *world) begin(choices []uint16) {
	w.script.Reset()
	w.difference = ""
	w.generator = &randomsql.Generator{Server: w.server, Pick: chooser(choices)}
	script := w.generator.Schema()
	w.reads = w.generator.Reads()
	w.script.WriteString(script)
	execAll(w.t, w.clients[0], "DROP SCHEMA public CASCADE; CREATE SCHEMA public; "+script)
}

// act is one action of one of the processes.
func (w *world) act() {
	g := w.generator
	who := g.Pick(len(w.clients))
	switch kind := g.Pick(12); kind {
	case 0: // what rapid makes of an action that is needless
	case 10:
		w.do(who, w.clients[who], g.Change())
	case 11:
		w.do(who, w.clients[who], g.Change())
		w.compare(w.clients[who])
		who = 1 - who // which has not seen it
		w.do(who, w.clients[who], g.Statement())
	case 8, 9:
		s := w.sessions[who]
		w.do(who, s, "BEGIN")
		for range 1 + g.Pick(3) {
			w.do(who, s, "SAVEPOINT p")
			if !w.do(who, s, g.Statement()) {
				w.do(who, s, "ROLLBACK TO p")
			}
		}
		if !w.do(who, s, []string{"COMMIT", "COMMIT", "ROLLBACK"}[g.Pick(3)]) {
			w.do(who, s, "ROLLBACK")
		}
	default:
		w.do(who, w.clients[who], g.Statement())
	}
}

// do executes a statement and reports whether the server did.
func (w *world) do(who int, d door, statement string) bool {
	err := d.exec(w.t.Context(), statement)
	w.statements++
	fmt.Fprintf(&w.script, "%s; -- process %d", statement, who)
	if err != nil {
		w.refused++
		fmt.Fprintf(&w.script, ": %v", err)
	}
	w.script.WriteByte('\n')
	return err == nil
}

// compare compares every read of the processes with the database.
func (w *world) compare(clients ...*client) {
	w.t.Helper()
	want := strings.Split(rows(w.t, w.bare, "SELECT ("+strings.Join(w.reads, "), (")+")"), "|")
	for _, c := range clients {
		for i, read := range w.reads {
			w.steps++
			if got := rows(w.t, c, read); got != want[i]+"|\n" {
				w.difference = fmt.Sprintf("process %d: %s: got %s; want %s", slices.Index(w.clients, c), read, got, want[i])
			}
		}
	}
}
