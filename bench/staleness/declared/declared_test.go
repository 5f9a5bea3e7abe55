//go:build unix

package declared

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
	"github.com/gojohnny/gojohnny/internal/servers"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

func TestMain(m *testing.M) {
	worker.Main() // does not return in an actor
	m.Run()
}

// quick is how a test runs a case: as short as leases can be.
var quick = Config{Lease: time.Second}

// postgres is one for all cases of a test.
func postgres(t *testing.T) *servers.Postgres {
	t.Helper()
	pg, err := servers.StartPostgres()
	testservers.Started(t, err)
	t.Cleanup(func() { _ = pg.Close() }) // ends with the tests anyway
	return pg
}

// find runs a case. A machine that is busy may not give a schedule the time that it needs
// to produce anything: then it is run again.
func find(t *testing.T, pg *servers.Postgres, c Case) Finding {
	t.Helper()
	const tries = 3
	var f Finding
	var err error
	for range tries {
		f, err = runCase(t.Context(), pg, quick, c)
		if err == nil && (f.Holds() || f.contradicts()) {
			break
		}
	}
	return ran(t, f, err)
}

// ran returns what was found, or ends the test where nothing could be.
func ran(t *testing.T, f Finding, err error) Finding {
	t.Helper()
	testservers.Started(t, err)
	if f.NotRun != "" {
		t.Skip(f.NotRun)
	}
	return f
}

// short are the cases that differ most from one another.
var short = []string{
	"written past", "defined past", "dead writer", "set forward while", "stopped", "Redis flushed", "RESTORE", "keys moved",
	"out of the writer's reach", "MaxStaleness",
}

// TestDeclaredCases produces some cases, each with its remedy, or all if the environment
// has GOJOHNNY_DECLARED=all.
func TestDeclaredCases(t *testing.T) {
	t.Parallel()
	pg := postgres(t)
	cfg := quick
	if os.Getenv("GOJOHNNY_DECLARED") != "all" {
		cfg.Only = short
	}
	var wg sync.WaitGroup
	most := make(chan struct{}, 8) // at a time: they wait rather than work
	for _, c := range cfg.chosen() {
		wg.Go(func() {
			most <- struct{}{}
			defer func() { <-most }()
			t.Run(c.Name, func(t *testing.T) {
				f := find(t, pg, c)
				t.Log(f.Line())
				if !f.Holds() {
					t.Errorf("got %+v, with the remedy %+v; want stale reads until the bound, and none with it", f.Produced, f.Remedied)
				}
			})
		})
	}
	wg.Wait()
}

// TestFindsWhatIsNotDeclared shows that it can fail: on a case that is over before it ends,
// one that is no case, and a remedy that is none.
func TestFindsWhatIsNotDeclared(t *testing.T) {
	t.Parallel()
	pg := postgres(t)
	for _, c := range []Case{
		{Name: "a bound that is too early", run: func(s *stage) {
			r := s.actor(s.redis())
			s.warm(r)
			s.sql(s.update())
			s.look()
			s.bound(history.Now() + int64(time.Millisecond))
			s.watchUntilFresh(r)
		}},
		{Name: "no stale read", run: func(s *stage) {
			store := s.redis()
			r, w := s.actor(store), s.actor(store)
			s.warm(r)
			s.bound(w.write(s.update()).End)
			s.watchUntilFresh(r)
		}},
		{Name: "a remedy that is none", Remedy: "nothing", run: func(s *stage) {
			s.remedied = false
			writtenPast(s)
		}},
	} {
		t.Run(c.Name, func(t *testing.T) {
			if f := find(t, pg, c); f.Holds() {
				t.Errorf("got %+v, with the remedy %+v, which holds", f.Produced, f.Remedied)
			}
		})
	}
}

// contradicts reports whether a read was stale where the documentation says that none is.
func (f *Finding) contradicts() bool {
	return f.Produced.Late > 0 || f.Remedied != nil && f.Remedied.Stale > 0
}

func TestParseFlags(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"", ""},
		{"-case tiered -lease 1s -json", ""},
		{"-case nonsense", "-case names none"},
		{"-lease 3s", "-lease is 3s"},
		{"more", `"more" is no flag`},
	} {
		_, err := ParseFlags(strings.Fields(c.args), os.Stderr)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got error %v; want %q", c.args, err, c.want)
		}
	}
}
