package invalidation_test

import (
	"slices"
	"testing"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A schedule is an order that serves a stale row, beside the right one.
type schedule struct {
	name string
	who  string // does it, or did; or what it is

	wrong      string
	wrongStore func(backends.Store) backends.Store // where the store is what is wrong

	right string
	mode  invalidation.Mode

	// defence says where the right order is kept, where that is not here.
	defence string
	// verdict is what is wrong with the wrong order; "stale" if empty.
	verdict string
}

// TestSchedules runs every order of field.md and of the design that serves what it
// must not, and the right order beside it. The wrong one is shown to be wrong:
// otherwise the right one would prove nothing.
func TestSchedules(t *testing.T) {
	all := slices.Concat(orderSchedules, outcomeSchedules, storeSchedules, engineSchedules, limitSchedules)
	for _, s := range all {
		if s.verdict == "" {
			s.verdict = "stale"
		}
		t.Run(s.name, func(t *testing.T) {
			t.Log(s.who)
			t.Run("wrong", func(t *testing.T) {
				if got := runScript(t, s.wrong, s.mode, s.wrongStore); !slices.Contains(got, s.verdict) {
					t.Errorf("reads of the wrong order were %q; want one %s", got, s.verdict)
				}
			})
			t.Run("right", func(t *testing.T) {
				if s.defence != "" {
					t.Log("kept by", s.defence)
				}
				if got := runScript(t, s.right, s.mode, nil); len(got) > 0 {
					t.Errorf("reads of the right order were %q; want none wrong", got)
				}
			})
		})
	}
}

// orderSchedules are wrong orders of the steps of a read and a write.
var orderSchedules = []schedule{
	{
		name: "fill race",
		who:  "cachalot, cacheops, pgpool, MaxScale, EF Core SLCI, gorm plugins: the generation is read after the query",
		wrong: `
			1: R: query        -> 1
			2: W: write
			3: W: commit
			4: W: advance
			5: R: load         -> miss     # the generation after the write
			6: R: save                     # the rows before it
			7: S: read         -> 1 from cache, stale`,
		right: `
			1: R: load         -> miss
			2: R: query        -> 1
			3: W: write
			4: W: fence
			5: W: commit
			6: W: end committed
			7: R: save                     # under the generation before the write
			8: S: read         -> 2 from database
			9: S: read         -> 2 from cache`,
	},
	{
		name: "advance after commit",
		who:  "Johnny-Cache: whoever learns of the write through the database hits the older entry",
		wrong: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: commit
			4: S: query        -> 2
			5: S: read         -> 1 from cache, stale
			6: W: advance`,
		right: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: fence
			4: W: commit
			5: S: query        -> 2
			6: S: read         -> 2 from database
			7: W: end committed
			8: S: read         -> 2 from database
			9: S: read         -> 2 from cache`,
	},
	{
		name: "advance before commit",
		who:  "gorm plugins, Heimdall, cachalot in autocommit: invalidate too early",
		wrong: `
			1: W: write
			2: W: advance
			3: R: read         -> 1 from database
			4: W: commit
			5: S: read         -> 1 from cache, stale`,
		right: `
			1: W: write
			2: W: fence
			3: R: read         -> 1 from database    # and not kept
			4: W: commit
			5: W: end committed
			6: S: read         -> 2 from database`,
	},
	{
		name: "advance before and after commit, no fence",
		who:  "the model checker",
		wrong: `
			1: W: write
			2: W: advance
			3: R: read         -> 1 from database
			4: W: commit
			5: S: query        -> 2
			6: S: read         -> 1 from cache, stale
			7: W: advance`,
		right: `
			1: W: write
			2: W: fence
			3: R: read         -> 1 from database
			4: W: commit
			5: S: query        -> 2
			6: S: read         -> 2 from database
			7: W: end committed
			8: S: read         -> 2 from database`,
	},
	{
		name: "fence lowered, then advanced",
		who:  "a lift that is not one step",
		wrong: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: fence
			4: W: commit
			5: W: lower
			6: S: read         -> 1 from cache, stale
			7: W: advance`,
		right: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: fence
			4: W: commit
			5: W: end committed
			6: S: read         -> 2 from database`,
	},
	{
		name: "two tables advanced one after the other",
		who:  "half of a transaction is seen",
		wrong: `
			1: R: read lines   -> lines=1 from database
			2: W: write orders lines
			3: W: commit
			4: W: advance orders
			5: S: read         -> 2 from database
			6: S: read lines   -> lines=1 from cache, stale
			7: W: advance lines`,
		right: `
			1: R: read lines   -> lines=1 from database
			2: W: write orders lines
			3: W: fence
			4: W: commit
			5: S: read         -> 2 from database
			6: S: read lines   -> lines=2 from database
			7: W: end committed
			8: S: read lines   -> lines=2 from database`,
	},
	{
		name: "entry stored before it is listed",
		who:  "lada, cacheops: an entry is found for invalidation in a list; here it carries its generations",
		wrong: `
			1: R: query        -> 1
			2: R: keep
			3: W: write
			4: W: commit
			5: W: drop                     # what is listed: nothing yet
			6: R: list
			7: S: serve        -> 1 from cache, stale`,
		right: `
			1: R: load         -> miss
			2: R: query        -> 1
			3: R: save
			4: W: write
			5: W: fence
			6: W: commit
			7: W: end committed
			8: S: read         -> 2 from database`,
	},
	{
		name: "clocks of hosts compared",
		who:  "cachalot, Hibernate over Hazelcast: the reader's clock is ahead",
		wrong: `
			1: R: query        -> 1
			2: W: write
			3: W: commit
			4: W: stamp 12:00:03
			5: R: keep 12:05:01            # one second earlier
			6: S: serve        -> 1 from cache, stale`,
		right: `
			1: R: load         -> miss
			2: R: query        -> 1
			3: W: write
			4: W: fence
			5: W: commit
			6: W: end committed
			7: R: save
			8: S: read         -> 2 from database`,
	},
}

// outcomeSchedules are writes whose end is not told, or told wrong.
var outcomeSchedules = []schedule{
	{
		name: "crash between commit and invalidation",
		who:  "johnny, cachalot, cacheops, lada",
		wrong: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: commit
			4: W: dies
			5: time: 1h
			6: S: read         -> 1 from cache, stale`,
		right: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: fence
			4: W: commit
			5: W: dies
			6: time: 9s
			7: S: read         -> 2 from database    # the fence stands
			8: time: 1s
			9: S: read         -> 2 from database    # its lease ended, in an advance
			10: S: read        -> 2 from cache`,
	},
	{
		name: "unknown outcome taken for a rollback",
		who:  "a connection that is lost while COMMIT is on the wire",
		wrong: `
			1: W: write
			2: W: fence
			3: W: end rolled back
			4: R: read         -> 1 from database
			5: W: commit
			6: S: read         -> 1 from cache, stale`,
		right: `
			1: W: write
			2: W: fence
			3: W: end unknown
			4: R: read         -> 1 from database
			5: time: 9s
			6: W: commit
			7: S: read         -> 2 from database
			8: time: 1s
			9: S: read         -> 2 from database
			10: S: read        -> 2 from cache`,
	},
	{
		name: "unknown outcome left to what is left of the lease",
		who:  "this package, once",
		wrong: `
			1: W: write
			2: W: fence
			3: time: 2s
			4: W: dies                     # and nobody renews what is left: 8s
			5: time: 9s
			6: R: read         -> 1 from database
			7: W: commit
			8: S: read         -> 1 from cache, stale`,
		right: `
			1: W: write
			2: W: fence
			3: time: 2s
			4: W: end unknown              # renews
			5: time: 9s
			6: R: read         -> 1 from database
			7: W: commit
			8: S: read         -> 2 from database`,
	},
	{
		name: "failed invalidation forgotten",
		who:  "pgpool, cacheops, lada, identity_cache",
		wrong: `
			1: R: read         -> 1 from database
			2: W: write
			3: store: down
			4: W: commit
			5: W: advance      -> lost
			6: store: up
			7: time: 1m
			8: S: read         -> 1 from cache, stale`,
		right: `
			1: R: read         -> 1 from database
			2: W: write
			3: store: down
			4: W: fence                    # in vain: Available
			5: W: commit
			6: W: end committed
			7: T@W: read       -> 2 from database
			8: store: up
			9: T@W: read       -> 2 from database    # held until the advance has landed
			10: time: 1m
			11: S: read        -> 2 from database
			12: S: read        -> 2 from cache
			13: T@W: read      -> 2 from cache`,
	},
	{
		name: "failed lift forgotten",
		who:  "as above, the store goes away during the write",
		wrong: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: fence
			4: W: commit
			5: W: lower                    # what was sent as a lift arrives as half of one
			6: store: down
			7: W: advance      -> lost
			8: store: up
			9: S: read         -> 1 from cache, stale`,
		right: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: fence
			4: W: commit
			5: store: down
			6: W: end committed
			7: store: up
			8: S: read         -> 2 from database    # the fence stands
			9: time: 3s
			10: S: read        -> 2 from database    # the lift landed
			11: S: read        -> 2 from cache`,
	},
	{
		name: "write let through while the store is out of reach",
		who:  "Strict refuses it",
		mode: invalidation.Strict,
		wrong: `
			1: R: read         -> 1 from database
			2: W: write
			3: store: down
			4: W: fence        -> refused
			5: W: commit                   # although it was
			6: store: up
			7: S: read         -> 1 from cache, stale`,
		right: `
			1: R: read         -> 1 from database
			2: W: write
			3: store: down
			4: W: fence        -> refused
			5: W: rollback
			6: store: up
			7: S: read         -> 1 from cache`,
	},
	{
		name: "store back during the write",
		who:  "a fence that failed and was not tried again",
		wrong: `
			1: W: write
			2: store: down
			3: R: query        -> 1
			4: store: up
			5: R: read         -> 1 from database
			6: W: commit
			7: S: read         -> 1 from cache, stale`,
		right: `
			1: W: write
			2: store: down
			3: W: fence
			4: store: up
			5: R: read         -> 1 from database
			6: time: 3s                    # the next renewal places the fence
			7: W: commit
			8: S: read         -> 2 from database
			9: W: end committed
			10: S: read        -> 2 from database`,
	},
}
