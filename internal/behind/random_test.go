package behind

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/internal/randomsql"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

const (
	defaultSteps = 24_000
	actions      = 40 // on one schema
)

// TestRandom is three processes on one store and one database with a schema at random: one
// through database/sql, one through pgx, and another that looks for names in another schema
// first. By turns they execute statements at random, alone, in transactions and changing
// definitions, and after each every read of all is compared with the database. A step is such a
// read. A failure prints the shortest script that was found.
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
				w.compare(w.processes...)
				if w.difference != "" {
					r.Fatalf("%s\n%s", w.difference, w.script.String())
				}
			}
		})
	}
	t.Logf("%d steps, %d of them hits; %d statements, %d refused", w.steps, hits(w.processes), w.statements, w.refused)
	if hits(w.processes)*10 < w.steps {
		t.Errorf("%d of %d reads were hits; want a tenth at least", hits(w.processes), w.steps)
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
	t         testing.TB
	server    int // the version of PostgreSQL
	processes []*process

	generator *randomsql.Generator
	reads     []string
	script    strings.Builder // of what was done

	steps, statements, refused int
	difference                 string // the latest that was found
}

// A process is a client, and a session of it.
type process struct {
	*client
	one door
}

func newWorld(t testing.TB) *world {
	t.Helper()
	server, store := testservers.Postgres(t), newStore(t)
	w := &world{t: t, server: server.Version(t)}
	hiding := server.URL() + "&search_path=" + url.QueryEscape(randomsql.HidingPath)
	for _, p := range []struct{ wrapper, url string }{{"sql", server.URL()}, {"pgx", server.URL()}, {"pgx", hiding}} {
		// A write of unknown outcome, such as after an internal error of a rule's, holds up reads for a lease.
		c := newClient(t, wrappers[p.wrapper], p.url, newCache(t, store, &cache.Options{Lease: time.Second}))
		w.processes = append(w.processes, &process{c, c.session(t)})
	}
	return w
}

// hits counts those of all processes.
func hits(processes []*process) (n int) {
	for _, p := range processes {
		n += int(p.cache.Stats().Hits)
	}
	return n
}

// begin puts a new schema in place of the old one.
func (w *world) begin(choices []uint16) {
	w.script.Reset()
	w.difference = ""
	w.generator = &randomsql.Generator{Server: w.server, Pick: chooser(choices)}
	script := w.generator.Schema()
	w.reads = w.generator.Reads()
	w.script.WriteString(script)
	execAll(w.t, w.processes[0], "DROP SCHEMA IF EXISTS hiding CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; "+script)
}

// act is one action of one of the processes.
func (w *world) act() {
	g := w.generator
	i := g.Pick(len(w.processes))
	switch p := w.processes[i]; g.Pick(12) {
	case 0: // what rapid makes of an action that is needless
	case 10:
		w.do(i, p, g.Change())
	case 11:
		w.do(i, p, g.Change())
		w.compare(p)
		i = (i + 1) % len(w.processes) // which has not seen it
		w.do(i, w.processes[i], g.Statement())
	case 8, 9:
		w.transaction(i)
	default:
		w.do(i, p, g.Statement())
	}
}

// transaction is one of process i, which reads before and after what it does.
func (w *world) transaction(i int) {
	g, p := w.generator, w.processes[i]
	w.do(i, p.one, []string{"BEGIN", "BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ"}[g.Pick(3)])
	for range 1 + g.Pick(3) {
		w.compareOne(p, w.reads[g.Pick(len(w.reads))])
		w.do(i, p.one, "SAVEPOINT p")
		if !w.do(i, p.one, g.Statement()) {
			w.do(i, p.one, "ROLLBACK TO p")
		}
		w.compareOne(p, w.reads[g.Pick(len(w.reads))])
	}
	if !w.do(i, p.one, []string{"COMMIT", "COMMIT", "ROLLBACK"}[g.Pick(3)]) {
		w.do(i, p.one, "ROLLBACK")
	}
}

// do executes a statement of process i and reports whether the server did.
func (w *world) do(i int, d door, statement string) bool {
	err := d.exec(w.t.Context(), statement)
	w.statements++
	fmt.Fprintf(&w.script, "%s; -- process %d", statement, i)
	if err != nil {
		w.refused++
		fmt.Fprintf(&w.script, ": %v", err)
	}
	w.script.WriteByte('\n')
	return err == nil
}

// compare compares every read of the processes with the database, as a new session sees it.
func (w *world) compare(processes ...*process) {
	w.t.Helper()
	for _, p := range processes {
		execAll(w.t, p.bare, "DISCARD PLANS")
		all := rows(w.t, p.bare, "SELECT ("+strings.Join(w.reads, "), (")+")", pgx.QueryExecModeSimpleProtocol)
		for i, want := range strings.Split(all, "|")[:len(w.reads)] {
			w.read(p, p, w.reads[i], want+"|\n")
		}
	}
}

// compareOne compares a read in a transaction of the process with what it is past the cache.
func (w *world) compareOne(p *process, read string) {
	w.t.Helper()
	w.read(p, p.one, read, rows(w.t, p.one, read+" /* gojohnny: skip */"))
}

// read compares one read of a process. One that bypasses is the database's own: its session's
// plans may be older than what hides a name by now.
func (w *world) read(p *process, d door, read, want string) {
	w.t.Helper()
	w.steps++
	bypasses := p.cache.Stats().Bypasses
	got := rows(w.t, d, read)
	if got != want && p.cache.Stats().Bypasses == bypasses {
		w.difference = fmt.Sprintf("process %d: %s: got %s; want %s", slices.Index(w.processes, p), read, got, want)
	}
}
