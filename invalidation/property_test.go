package invalidation_test

import (
	"flag"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A mutant is one thing done wrong, by the store or by who uses the protocol.
type mutant struct {
	name  string
	below func(backends.Store) backends.Store // around the store
	above func(backends.Store) backends.Store // between a Protocol and the gates

	queryFirst bool // a reader loads the generations after the query
	fenceLast  bool // a writer fences after the commit
	guesses    bool // a writer takes an unknown outcome for a rollback
}

// plain makes a function of a store that has no state of its own.
func plain[S backends.Store](wrap func(backends.Store) S) func(backends.Store) backends.Store {
	return func(s backends.Store) backends.Store { return wrap(s) }
}

var mutants = []mutant{
	{name: "fence not placed", below: plain(func(s backends.Store) noFence { return noFence{s} })},
	{name: "one table of two fenced", below: plain(func(s backends.Store) ordersOnly { return ordersOnly{s} })},
	{name: "lift does not advance", below: plain(func(s backends.Store) noAdvance { return noAdvance{s} })},
	{name: "lift in two steps", above: plain(func(s backends.Store) twoSteps { return twoSteps{s} })},
	{name: "lift removes all fences", below: newLiftsAll},
	{name: "one token for all", below: plain(func(s backends.Store) sharedToken { return sharedToken{s} })},
	{name: "lease not renewed", below: newNoRenewal},
	{name: "lease ends without an advance", below: newNoExpiryAdvance},
	{name: "lost generation starts at 1", below: newRestartAtOne},
	{name: "lost generation taken for fresh", below: newLostIsFresh},
	{name: "fence lost", below: newLosesFences},
	{name: "generations loaded after the query", queryFirst: true},
	{name: "fenced after the commit", fenceLast: true},
	{name: "unknown outcome taken for a rollback", guesses: true},
}

// checks is how many schedules each setup and each mutant is tried with.
const checks = 600

func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		_ = flag.Set("rapid.checks", strconv.Itoa(checks)) // the flag is there: rapid is imported
	}
	goleak.VerifyTestMain(m)
}

var schedulesOf = rapid.SliceOfN(rapid.Uint16(), 20, 300)

// TestNeverStale checks the guarantee on every read of random schedules: readers,
// writers of one table and of two, crashes, renewals, leases that end, lost
// generations, a store that fails.
func TestNeverStale(t *testing.T) {
	for name, set := range map[string]setup{
		"store answers":          {},
		"store fails, available": {mode: invalidation.Available, faults: true},
		"store fails, strict":    {mode: invalidation.Strict, faults: true},
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				steps := schedulesOf.Draw(r, "steps")
				if failure, trace := simulate(t, set, steps); failure != "" {
					r.Fatalf("%s\n%s", failure, strings.Join(trace, "\n"))
				}
			})
		})
	}
}

// TestMutantsAreFound shows that TestNeverStale can fail: of each mutant it finds a
// stale read, in no more schedules than it tries on the product.
func TestMutantsAreFound(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			for seed := range checks {
				failure, trace := simulate(t, setup{mutant: m}, schedulesOf.Example(seed))
				if failure != "" {
					t.Logf("schedule %d, after %d steps: %s", seed, len(trace), failure)
					return
				}
			}
			t.Errorf("no stale read in %d schedules", checks)
		})
	}
}
