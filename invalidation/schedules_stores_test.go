package invalidation_test

import "github.com/gojohnny/gojohnny/backends"

// storeSchedules are stores that break a sentence of the contract. The real store
// runs the same script, or where the answers differ, the same steps.
var storeSchedules = []schedule{
	{
		name:       "two markers overwrite one another",
		who:        "Hibernate: the end of W's write lowers X's shield; shared tokens",
		wrongStore: func(s backends.Store) backends.Store { return sharedToken{s} },
		wrong: `
			1: W: write
			2: W: fence
			3: X: write
			4: X: fence
			5: W: commit
			6: W: end committed
			7: R: read         -> 2 from database
			8: X: commit
			9: S: read         -> 2 from cache, stale`,
		right: `
			1: W: write
			2: W: fence
			3: X: write
			4: X: fence
			5: W: commit
			6: W: end committed
			7: R: read         -> 2 from database    # X's fence stands
			8: X: commit
			9: S: read         -> 3 from database
			10: X: end committed
			11: S: read        -> 3 from database`,
	},
	{
		name:       "window shorter than the write",
		who:        "Hibernate's 60 s: a slow writer is taken for a dead one",
		wrongStore: newNoRenewal,
		wrong: `
			1: W: write
			2: W: fence
			3: time: 1m
			4: R: read         -> 1 from database
			5: W: commit
			6: S: read         -> 1 from cache, stale`,
		right: `
			1: W: write
			2: W: fence
			3: time: 1m
			4: R: read         -> 1 from database    # W has renewed its lease
			5: W: commit
			6: S: read         -> 2 from database
			7: W: end committed
			8: S: read         -> 2 from database`,
	},
	{
		name:       "lease ends without an advance",
		who:        "the model checker",
		wrongStore: newNoExpiryAdvance,
		wrong: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: fence
			4: W: commit
			5: W: dies
			6: time: 11s
			7: S: read         -> 1 from cache, stale`,
		right: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: fence
			4: W: commit
			5: W: dies
			6: time: 11s
			7: S: read         -> 2 from database
			8: S: read         -> 2 from cache`,
	},
	{
		name:       "evicted counter restarts at 1",
		who:        "django-jimmypage: an old entry comes back to life",
		wrongStore: newRestartAtOne,
		wrong: `
			1: R: read         -> 1 from database    # under generation 1
			2: W: write
			3: W: fence
			4: W: commit
			5: W: end committed
			6: store: forgets orders
			7: S: read         -> 1 from cache, stale`,
		right: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: fence
			4: W: commit
			5: W: end committed
			6: store: forgets orders
			7: S: read         -> 2 from database`,
	},
	{
		name:       "evicted stamp read as fresh",
		who:        "Hibernate",
		wrongStore: newLostIsFresh,
		wrong: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: fence
			4: W: commit
			5: W: end committed
			6: store: forgets orders
			7: S: read         -> 1 from cache, stale`,
		right: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: fence
			4: W: commit
			5: W: end committed
			6: store: forgets orders
			7: S: read         -> 2 from database`,
	},
	{
		name:       "read-only block restores an old stamp",
		who:        "cachalot: stamps are copied when an atomic block begins, and written back when it ends",
		wrongStore: newSettable,
		wrong: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: fence
			4: W: commit
			5: W: end committed
			6: R: put                      # the generation it loaded in step 1
			7: S: read         -> 1 from cache, stale`,
		right: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: fence
			4: W: commit
			5: W: end committed
			6: S: read         -> 2 from database`,
		defence: "backends.Store has no method that sets a generation",
	},
	{
		name:       "fence lost",
		who:        "a store that restarts, or evicts what it must not",
		wrongStore: newLosesFences,
		wrong: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: fence
			4: store: forgets orders
			5: W: commit
			6: S: read         -> 1 from cache, stale
			7: W: end committed
			8: S: read         -> 2 from database    # that is all: the advance does not need the fence`,
		right: `
			1: R: read         -> 1 from database
			2: W: write
			3: W: fence
			4: store: forgets orders       # but no tag with a fence
			5: W: commit
			6: S: read         -> 2 from database
			7: W: end committed
			8: S: read         -> 2 from database`,
	},
}

// engineSchedules are orders whose defence is in the engine.
var engineSchedules = []schedule{
	{
		name: "snapshot fill",
		who:  "johnny, pgpool",
		wrong: `
			1: R: snapshot
			2: W: write
			3: W: fence
			4: W: commit
			5: W: end committed
			6: R: load         -> miss     # the generation after the write
			7: R: query        -> 1        # the rows of its snapshot
			8: R: save
			9: S: read         -> 1 from cache, stale`,
		right: `
			1: R: snapshot
			2: W: write
			3: W: fence
			4: W: commit
			5: W: end committed
			6: R: query        -> 1        # not through the cache
			7: S: read         -> 2 from database`,
		defence: "cache: REPEATABLE READ and SERIALIZABLE bypass",
	},
	{
		name:       "late push",
		who:        "johnny: W keeps what it reads under a generation of its own, and pushes both when it commits",
		wrongStore: newSettable,
		wrong: `
			1: W: write
			2: W: load         -> miss
			3: W: query        -> 1+W
			4: X: write
			5: X: commit
			6: X: advance
			7: W: commit
			8: W: put 99
			9: W: save                     # rows without X's
			10: S: read        -> 1+W from cache, stale`,
		right: `
			1: W: write
			2: W: query        -> 1+W      # not through the cache
			3: X: write
			4: X: fence
			5: X: commit
			6: X: end committed
			7: W: fence
			8: W: commit
			9: W: end committed
			10: S: read        -> 3 from database`,
		defence: "cache: a transaction bypasses from its first write on",
	},
	{
		name:    "rolled-back rows served",
		who:     "pgxcache, EF Core SLCI",
		verdict: "never committed",
		wrong: `
			1: W: write
			2: W: load         -> miss
			3: W: query        -> 1+W
			4: W: save
			5: W: rollback
			6: S: read         -> 1+W from cache, never committed`,
		right: `
			1: W: write
			2: W: query        -> 1+W      # not through the cache
			3: W: rollback
			4: S: read         -> 1 from database`,
		defence: "cache: a transaction bypasses from its first write on",
	},
}

// limitSchedules break an assumption of the guarantee. The wrong one is what
// happens then; the right one, how near one can come.
var limitSchedules = []schedule{
	{
		name: "commit resolved after the lease of a dead writer",
		who:  "the assumption: a commit is resolved within the lease",
		wrong: `
			1: W: write
			2: W: fence
			3: W: dies                     # COMMIT is with the database
			4: time: 11s
			5: R: read         -> 1 from database
			6: W: commit
			7: S: read         -> 1 from cache, stale`,
		right: `
			1: W: write
			2: W: fence
			3: W: dies
			4: time: 9s
			5: R: read         -> 1 from database
			6: W: commit
			7: S: read         -> 2 from database
			8: time: 2s
			9: S: read         -> 2 from database`,
	},
	{
		name: "process stopped between fence and commit",
		who:  "SIGSTOP, a paused machine",
		wrong: `
			1: W: write
			2: W: fence
			3: W: stops                    # for longer than its lease, before COMMIT is sent
			4: time: 11s
			5: R: read         -> 1 from database
			6: W: commit                   # it goes on, and COMMIT is the first thing it sends
			7: S: read         -> 1 from cache, stale
			8: W: goes on
			9: W: end committed
			10: S: read        -> 2 from database`,
		right: `
			1: W: write
			2: W: fence
			3: W: stops
			4: W: commit                   # COMMIT was sent
			5: time: 11s
			6: S: read         -> 2 from database
			7: W: goes on
			8: W: end committed
			9: S: read         -> 2 from database`,
	},
	{
		name: "other processes while the store is out of reach of the writer",
		who:  "Available, until the advance has landed",
		wrong: `
			1: R: read         -> 1 from database
			2: W: write
			3: store: down                 # for W
			4: W: fence
			5: W: commit
			6: W: end committed
			7: store: up                   # for R, and for W in a moment
			8: R: read         -> 1 from cache, stale
			9: time: 3s
			10: R: read        -> 2 from database`,
		right: `
			1: R: read         -> 1 from database
			2: W: write
			3: store: down
			4: W: fence
			5: W: commit
			6: W: end committed
			7: store: up
			8: T@W: read       -> 2 from database    # not in this process
			9: time: 3s
			10: R: read        -> 2 from database`,
	},
}
