package backendtest

import (
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// A Harness says how to reach the store under test, and what can be done to it.
// Only Open is required.
//
// Tags and keys are random, so that subtests and runs may share a server.
type Harness struct {
	// Open returns two clients of one store for one subtest, as two processes
	// would have them. For a store in the memory of one process they are the
	// same. It closes them with t.Cleanup, and fails or skips t itself where the
	// store cannot be reached.
	Open func(t *testing.T) (one, other backends.Store)

	// Lease is the length of the leases and times to live that a subtest sees
	// the end of. Defaults to 100 ms. A store that counts in seconds takes 2 s.
	Lease time.Duration

	// Patience is how long after its end a lease may stand before the suite takes
	// it for one that never ends. Defaults to 10 s.
	Patience time.Duration

	// Around runs a subtest. Defaults to calling it. A store in memory takes
	// synctest.Test, and leases run out without waiting; a client of a server
	// cannot live in such a bubble.
	Around func(t *testing.T, subtest func(t *testing.T))

	// Elapse makes d pass on the store's clock, where that can be moved. Without
	// it, the suite lets time pass.
	Elapse func(t *testing.T, s backends.Store, d time.Duration)

	// MaxEntry is the size in bytes of the largest entry the suite saves.
	// Defaults to 1 MiB less 4 KiB.
	MaxEntry int

	// TooLarge is the size in bytes of an entry that the store refuses.
	TooLarge int

	// Forget makes the store lose the generation of tag, which carries no fence, as
	// an eviction would.
	Forget func(t *testing.T, s backends.Store, tag string)

	// DropFences makes the store lose the fences of tag, as a failover might, and
	// keep its generation if it can. A store that never loses a fence has none.
	DropFences func(t *testing.T, s backends.Store, tag string)

	// Restart stops the store and starts it anew, with what it keeps over a
	// restart. The clients stay open.
	Restart func(t *testing.T, s backends.Store)

	// Cut makes the store unreachable until mend is called.
	Cut func(t *testing.T, s backends.Store) (mend func())

	// Corrupt changes at least one byte of the entry that stands at key.
	Corrupt func(t *testing.T, s backends.Store, key backends.Key)
}

const (
	defaultLease    = 100 * time.Millisecond
	defaultPatience = 10 * time.Second
	defaultMaxEntry = 1<<20 - 4<<10

	// long is a lease or a time to live that ends in no subtest.
	long = 10 * time.Minute
)

// A subtest proves the sentences of the contract that it quotes.
type subtest struct {
	name      string
	sentences []string
	run       func(e *env)
}

// subtests is the whole suite. TestEverySentenceIsCovered compares what it quotes
// with the contract.
func subtests() []subtest {
	var all []subtest
	for _, group := range [][]subtest{
		generationTests, fenceTests, leaseTests, entryTests, argumentTests,
		contextTests, lossTests, concurrencyTests, lookTests, lockTests,
	} {
		all = append(all, group...)
	}
	return all
}

// Run runs the suite, one subtest for each name, against the store of h.
func Run(t *testing.T, h Harness) {
	if h.Open == nil {
		t.Fatal("backendtest: Harness.Open is nil")
	}
	if h.Lease == 0 {
		h.Lease = defaultLease
	}
	if h.Patience == 0 {
		h.Patience = defaultPatience
	}
	if h.MaxEntry == 0 {
		h.MaxEntry = defaultMaxEntry
	}
	if h.Around == nil {
		h.Around = func(t *testing.T, subtest func(t *testing.T)) { subtest(t) }
	}
	for _, st := range subtests() {
		t.Run(st.name, func(t *testing.T) {
			e := &env{Harness: h}
			h.Around(t, func(t *testing.T) { e.run(t, st) })
			// A bubble of synctest keeps to itself that it was skipped.
			if e.skipped && !t.Skipped() {
				t.Skip(e.lacking)
			}
		})
	}
}
