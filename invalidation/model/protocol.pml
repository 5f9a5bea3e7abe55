/*
 * The protocol of package invalidation, for spin: writers, readers, a store and a
 * database, whose steps come in every order. ../PROTOCOL.md says what came of it,
 * doc.go how to run it.
 *
 * The names are the code's, and a comment "Write.fence (write.go)" names the function
 * that a step stands for: of invalidation, or of cache or backends as
 * cache/ticket.go. One d_step, or one statement, is what the product does in one step
 * that others can see.
 *
 * Macros set sizes, add parts (TIERED, FLIGHTS, FILL_LOCK, LATE_CALLS, ...), or break
 * one thing (WRONG_..., and for assumptions BROKEN_...): then a read must be stale.
 * configurations.txt has them all.
 *
 * What needs no step of its own:
 *
 *   a reader that dies, a Save that is lost    a reader may stop anywhere, and not save
 *   a Save that arrives late                   is another reader's, a slow one's
 *   clocks                                     a lease may end at any time that the
 *                                              assumptions allow: see over
 *   a generation that was lost                 begins at one that was never there
 *   the marks of copies (backends/tiered)      may fit or not, whatever the copy
 */

#ifndef WRITERS
#define WRITERS 2           /* of one transaction each */
#endif
#ifndef READERS
#define READERS 2
#endif
#ifndef READS
#define READS 1             /* of each reader, one after the other */
#endif
#ifndef KEYS
#define KEYS 2              /* statements: over both tables, orders, lines */
#endif
#ifndef PROCESSES
#define PROCESSES 1         /* that the readers are in, by turns */
#endif
#ifndef LOSSES
#define LOSSES 0            /* of generations */
#endif

#if defined(QUARANTINE) || defined(BROKEN_FENCE_LOST)
#define RENEWALS            /* are told apart only where a fence can be lost */
#endif

#define ORDERS 1            /* sets of tags are their sums */
#define LINES  2
#define ENTRY  4            /* what a Load asks for besides */
#define TAGS(key) (key == 0 -> ORDERS + LINES : (key == 1 -> ORDERS : LINES))
#define HOME(r) (r % PROCESSES)

/*
 * The database. A query sees all tables at one instant, a COMMIT changes them at one.
 */
#define UNSENT     0        /* what became of a transaction: nothing yet */
#define SENT       1        /* its COMMIT is with the database, its writer waits */
#define ABANDONED  2        /* its COMMIT is with the database, nobody waits */
#define COMMITTED  3        /* the reply is on its way to the writer */
#define ROLLEDBACK 4        /* likewise */
#define OVER       5        /* resolved, and the writer knows or is dead; or never to be sent */

byte version[2];            /* of each table: how many transactions wrote it */
byte commit[WRITERS];
byte tags[WRITERS];         /* what the transaction writes */

/*
 * The store (backends.Store). A tag has a generation and fences, and changes in one
 * step.
 */
typedef Entry {
	byte generation[2];     /* it was read under; 0 where it has none */
	byte rows[2]            /* the versions that the query saw */
}

byte generation[2] = 1;
byte fences[2];             /* the sets of the writers whose fence stands there */
Entry entry[KEYS];

typedef Load {              /* what a reader has loaded */
	byte states[2];         /* the generations of the tags, none of them fenced */
	Entry found
}

Load loaded[READERS];

byte i;                     /* these two are for d_steps */
bool seen;

/* What the readers' processes have. */
#ifdef TIERED
Entry copy[PROCESSES * KEYS];   /* tiered.Store.local */
#define copyOf(r, key) copy[HOME(r) * KEYS + key]
#endif

#ifdef FLIGHTS
byte flights[PROCESSES * KEYS]; /* flights.m (cache/flight.go): who leads it, from 1 on */
Entry flight[READERS];          /* what the one that r leads began under, and brought */
byte waits[READERS];            /* for whose flight, from 1 on */
#define flying(r, key) flights[HOME(r) * KEYS + key]
#define LANDED 254              /* the flight that r waits for brought rows: they are flight[r].rows */
#define FAILED 255              /* it brought none */
#endif

#ifdef FILL_LOCK
byte lock[KEYS];                /* backends.Locker: the process that holds it, from 1 on */
#endif

#ifdef WRONG_SHARED_TOKENS
#define TOKEN(w) 1
#else
#define TOKEN(w) (1 << w)
#endif

#ifdef RENEWALS
byte placed[WRITERS];           /* the tags that the writer believes to be fenced */
#define place(w, t) fences[t] = fences[t] | TOKEN(w); placed[w] = placed[w] | (t + 1)
#else
#define place(w, t) fences[t] = fences[t] | TOKEN(w)
#endif
#define lift(w, t) fences[t] = fences[t] & ~TOKEN(w)

inline copyEntry(to, from) {
	to.generation[0] = from.generation[0];
	to.generation[1] = from.generation[1];
	to.rows[0] = from.rows[0];
	to.rows[1] = from.rows[1]
}

inline forget(e) {
	e.generation[0] = 0;
	e.generation[1] = 0;
	e.rows[0] = 0;
	e.rows[1] = 0
}

/* An entry under a generation that has passed, and that no reader has loaded, answers
 * nobody any more, and is taken away: that keeps the states few, and nothing else. */
#define passed(e, t) (e.generation[t] && e.generation[t] != generation[t] && !LOADED(t, e.generation[t]))
#if READERS > 3
#error "at most three readers"
#elif READERS == 1
#define LOADED(t, g) (loaded[0].states[t] == g)
#elif READERS == 2
#define LOADED(t, g) (loaded[0].states[t] == g || loaded[1].states[t] == g)
#else
#define LOADED(t, g) (loaded[0].states[t] == g || loaded[1].states[t] == g || loaded[2].states[t] == g)
#endif

inline tidy() {
	i = 0;
#if !defined(WRONG_RESTART_AT_ONE) && !defined(BROKEN_BACK_IN_TIME)
	do
	:: i < KEYS ->
		if :: passed(entry[i], 0) || passed(entry[i], 1) -> forget(entry[i]) :: else fi;
		i++
	:: else -> break
	od;
#ifdef TIERED
	i = 0;
	do
	:: i < PROCESSES * KEYS ->
		if :: passed(copy[i], 0) || passed(copy[i], 1) -> forget(copy[i]) :: else fi;
		i++
	:: else -> break
	od;
#endif
	i = 0;
#endif
	skip
}

#define holds(e, t) (e.generation[t] == generation[t])
#ifdef FLIGHTS
#define IN_FLIGHT(t) || holds(flight[i], t)
#else
#define IN_FLIGHT(t)
#endif

/* The next generation. Where nobody holds the one that stands, it is as good as new:
 * that keeps the numbers small, and nothing else. */
inline advance(t) {
	seen = false;
	i = 0;
	do
	:: i < KEYS -> seen = seen || holds(entry[i], t); i++
	:: else -> break
	od;
	i = 0;
	do
	:: i < READERS -> seen = seen || loaded[i].states[t] == generation[t] || holds(loaded[i].found, t) IN_FLIGHT(t); i++
	:: else -> break
	od;
#ifdef TIERED
	i = 0;
	do
	:: i < PROCESSES * KEYS -> seen = seen || holds(copy[i], t); i++
	:: else -> break
	od;
#endif
	if :: seen -> generation[t]++; assert(generation[t]); tidy() :: else fi;
	seen = false;
	i = 0
}

#ifdef AVAILABLE
/* Available, and the store out of the writer's reach: its process, the first, holds
 * the tags back (queue.held, queue.go) from before the COMMIT until a fence stands
 * again or the end has landed. */
#define TRUSTED  0
#define HELD     1
#define LANDING  2          /* held, and the lease began anew: Protocol.land of an unknown outcome */
byte held_back[WRITERS];
#define holds_back(tag) (held_back[0] && tags[0] & tag)
#define unreached(w) (held_back[w] == HELD)
#else
#define unreached(w) false
#endif

/* Whether the lease of w's fence may end. A living writer whose write is on its way
 * renews it (Write.renew, renewal.go); that what a dead one left with the database is
 * resolved before its lease ends, is assumed. */
#define standing(w, t) (fences[t] & TOKEN(w))
#if defined(WRONG_NO_RENEWAL)
#define over(w, t) (standing(w, t) && commit[w] != ABANDONED)
#elif defined(BROKEN_STOPPED)
#define over(w, t) (standing(w, t) && (commit[w] == UNSENT || commit[w] == OVER))
#elif defined(BROKEN_LATE_COMMIT)
#define over(w, t) (standing(w, t) && commit[w] >= ABANDONED)
#else
#define over(w, t) (standing(w, t) && (commit[w] == OVER || unreached(w)))
#endif

#ifdef QUARANTINE
/* redisstore.Options.Quarantine, memcachestore's: a tag that was lost is fenced, by
 * nobody, for as long as a lease. Until then each fence that was lost with it is
 * renewed, or its write resolved. */
#define NOBODYS (1 << WRITERS)
#define recovers(w, t, tag) (commit[w] >= COMMITTED || !(placed[w] & tag) || standing(w, t))
#if WRITERS == 1
#define recovered(t, tag) recovers(0, t, tag)
#else
#define recovered(t, tag) (recovers(0, t, tag) && recovers(1, t, tag))
#endif
#endif

inline expire(w, t) {
	lift(w, t);
#ifndef WRONG_EXPIRY_WITHOUT_ADVANCE
	advance(t)
#endif
}

/*
 * The property. A read returns what it must know when it starts, or later: all that is
 * committed by then. That is more than PROTOCOL.md promises, and implies it. With TOLD
 * it is what is promised, and no more: what the database has told anybody, be it the
 * writer or a reader.
 */
#ifdef TOLD
byte told[2];
byte made[WRITERS * 2];     /* the versions that a transaction made */
#define known(t) told[t]
#define raise(t, v) told[t] = (told[t] < v -> v : told[t])
#ifdef ACKNOWLEDGED_ONLY    /* not what readers were given */
#define tell(t, v) skip
#else
#define tell(t, v) raise(t, v)
#endif
inline acknowledge(w) {
	if :: tags[w] & ORDERS -> raise(0, made[w * 2]) :: else fi;
	if :: tags[w] & LINES -> raise(1, made[w * 2 + 1]) :: else fi
}
#else
#define known(t) version[t]
#define tell(t, v) skip
#endif

/*
 * What becomes of w's write without w: the database resolves its COMMIT, its leases
 * end.
 */
inline apply(w) {
	if :: tags[w] & ORDERS -> version[0]++ :: else fi;
	if :: tags[w] & LINES -> version[1]++ :: else fi;
#ifdef TOLD
	made[w * 2] = version[0];
	made[w * 2 + 1] = version[1]
#endif
}

#define renews(w) (commit[w] == UNSENT || commit[w] == SENT)

proctype fate(byte w) {
end:	do
	:: d_step { commit[w] == SENT -> apply(w); commit[w] = COMMITTED }
	:: d_step { commit[w] == ABANDONED -> apply(w); commit[w] = OVER }
	:: d_step { commit[w] == SENT -> commit[w] = ROLLEDBACK }
	:: d_step { commit[w] == ABANDONED -> commit[w] = OVER }
	:: d_step { over(w, 0) -> expire(w, 0) }
	:: d_step { over(w, 1) -> expire(w, 1) }
#ifdef AVAILABLE /* Write.renew (renewal.go): it fails, and later succeeds */
	:: d_step { commit[w] == SENT && !held_back[w] -> held_back[w] = HELD }
	:: d_step { renews(w) && held_back[w] && tags[w] & ORDERS -> place(w, 0) }
	:: d_step { renews(w) && held_back[w] && tags[w] & LINES -> place(w, 1) }
	:: d_step { renews(w) && held_back[w] && (!(tags[w] & ORDERS) || standing(w, 0)) && (!(tags[w] & LINES) || standing(w, 1)) ->
		held_back[w] = TRUSTED }
#endif
#ifdef RENEWALS /* Write.renew (renewal.go): where the fence still stands, nothing changes */
	:: d_step { renews(w) && placed[w] & ORDERS && !standing(w, 0) -> place(w, 0) }
	:: d_step { renews(w) && placed[w] & LINES && !standing(w, 1) -> place(w, 1) }
#endif
	od
}

/*
 * A writer. It dies by taking no further step; where that matters to others, leave
 * says so.
 */
#ifdef LATE_CALLS
/* A Fence that got no reply, of a renewal too, is carried out when its write is over. */
#define place_late(w) d_step { tags[w] & ORDERS && !standing(w, 0) -> place(w, 0) } :: d_step { tags[w] & LINES && !standing(w, 1) -> place(w, 1) }
#endif

#define leave(w) commit[w] = (commit[w] == SENT -> ABANDONED : OVER)

proctype writer(byte w) {
	byte todo;              /* the tags that are not fenced yet; with TOLD, not lifted */

	/* Write.fence (write.go) */
#ifndef WRONG_ADVANCE_AFTER
	todo = tags[w];
#endif
	do
#if defined(WRONG_ADVANCE_BEFORE) || defined(WRONG_ADVANCE_AROUND)
	:: d_step { todo & ORDERS -> advance(0); todo = todo & ~ORDERS }
	:: d_step { todo & LINES -> advance(1); todo = todo & ~LINES }
#else
	:: d_step { todo & ORDERS -> place(w, 0); todo = todo & ~ORDERS }
	:: d_step { todo & LINES -> place(w, 1); todo = todo & ~LINES }
#endif
	:: d_step { todo == 0 && commit[w] == UNSENT -> commit[w] = SENT }; break
#ifdef AVAILABLE
	:: d_step { todo && commit[w] == UNSENT -> held_back[w] = HELD; todo = 0 } /* Write.distrust */
#endif
	:: d_step { commit[w] == UNSENT -> commit[w] = OVER; todo = 0 }; goto refused /* dies, gets no reply, or sends a ROLLBACK */
#ifdef WRONG_COMMIT_BEFORE_FENCE
	:: todo == 0 && commit[w] != UNSENT -> break
	:: todo && commit[w] == UNSENT -> commit[w] = SENT
#endif
	od;

	if /* Run.End (cache/run.go), Write.End (write.go) */
	:: d_step { commit[w] == COMMITTED -> commit[w] = OVER }
	:: d_step { commit[w] == ROLLEDBACK -> commit[w] = OVER }; goto refused
	:: leave(w) -> goto unknown /* dies, or got no reply */
	fi;

	/* Write.settle (write.go), Protocol.land (protocol.go), queue.run (queue.go): again
	 * and again until there is a reply */
#if defined(TOLD) || defined(AVAILABLE)
	todo = tags[w];
#endif
#ifdef WRONG_RELEASE_EARLY
	held_back[w] = TRUSTED;
#endif
end_committed:
	do
#if defined(WRONG_LIFT_IN_TWO_STEPS)
	:: d_step { standing(w, 0) -> lift(w, 0) }
	:: d_step { todo & ORDERS && !standing(w, 0) -> advance(0); todo = todo & ~ORDERS }
	:: d_step { standing(w, 1) -> lift(w, 1) }
	:: d_step { todo & LINES && !standing(w, 1) -> advance(1); todo = todo & ~LINES }
#elif defined(WRONG_LIFT_WITHOUT_ADVANCE)
	:: d_step { tags[w] & ORDERS -> lift(w, 0); todo = todo & ~ORDERS }
	:: d_step { tags[w] & LINES -> lift(w, 1); todo = todo & ~LINES }
#elif defined(WRONG_ADVANCE_BEFORE)
	:: todo = 0
#else
	:: d_step { tags[w] & ORDERS -> lift(w, 0); advance(0); todo = todo & ~ORDERS }
	:: d_step { tags[w] & LINES -> lift(w, 1); advance(1); todo = todo & ~LINES }
#endif
#ifdef TOLD
	:: atomic { todo == 0 -> acknowledge(w) }
#endif
#ifdef AVAILABLE
	:: d_step { todo == 0 && held_back[w] -> held_back[w] = TRUSTED }
#endif
#ifdef LATE_CALLS
	:: place_late(w)
#endif
	od;

refused: /* also rolled back: Write.lift (write.go) */
#ifdef AVAILABLE
	held_back[w] = TRUSTED;
#endif
end_refused:
	do
	:: d_step { standing(w, 0) -> lift(w, 0) }
	:: d_step { standing(w, 1) -> lift(w, 1) }
#ifdef LATE_CALLS
	:: place_late(w)
#endif
	od;

unknown: /* Protocol.land: fences again, and leaves them */
#ifdef AVAILABLE
	todo = tags[w];
	do
	:: d_step { todo & ORDERS -> place(w, 0); todo = todo & ~ORDERS; held_back[w] = (held_back[w] -> LANDING : TRUSTED) }
	:: d_step { todo & LINES -> place(w, 1); todo = todo & ~LINES; held_back[w] = (held_back[w] -> LANDING : TRUSTED) }
	:: todo == 0 -> break
	od;
	held_back[w] = TRUSTED;
#endif
end_unknown:
	do
#ifdef WRONG_UNKNOWN_LIFTS
	:: d_step { tags[w] & ORDERS -> lift(w, 0); advance(0) }
	:: d_step { tags[w] & LINES -> lift(w, 1); advance(1) }
#else
	:: d_step { tags[w] & ORDERS && !standing(w, 0) -> place(w, 0) }
	:: d_step { tags[w] & LINES && !standing(w, 1) -> place(w, 1) }
#endif
	od
}

/*
 * What the store does by itself: it loses a tag, with its fences only where that is
 * broken.
 */
#if LOSSES > 0
byte losses;
#if defined(WRONG_RESTART_AT_ONE)
#define lose(t) generation[t] = 1
#elif defined(BROKEN_BACK_IN_TIME)
#define lose(t) generation[t] = (generation[t] > 1 -> generation[t] - 1 : 1)
#elif defined(QUARANTINE)
#define lose(t) fences[t] = NOBODYS; advance(t)
#elif defined(BROKEN_FENCE_LOST)
#define lose(t) fences[t] = 0; advance(t)
#else
#define lose(t) advance(t)
#endif
#if defined(QUARANTINE) || defined(BROKEN_FENCE_LOST)
#define canLose(t) (losses < LOSSES)
#else
#define canLose(t) (losses < LOSSES && !fences[t])
#endif

proctype loss() {
end:	do
	:: d_step { canLose(0) -> lose(0); losses++ }
	:: d_step { canLose(1) -> lose(1); losses++ }
#ifdef QUARANTINE
	:: d_step { fences[0] & NOBODYS && recovered(0, ORDERS) -> fences[0] = fences[0] & ~NOBODYS; advance(0) }
	:: d_step { fences[1] & NOBODYS && recovered(1, LINES) -> fences[1] = fences[1] & ~NOBODYS; advance(1) }
#endif
	od
}
#endif

#ifdef FILL_LOCK
proctype unlock() {
end:	do
	:: lock[0] -> lock[0] = 0
#if KEYS > 1
	:: lock[1] -> lock[1] = 0
#endif
	od
}
#endif

/*
 * A reader: Session.look (cache/lookup.go), or a session that bypasses.
 */
#define present(e) (e.generation[0] + e.generation[1])
#define same(a, b) (a[0] == b[0] && a[1] == b[1])
#ifdef WRONG_JOIN_BY_KEY
#define joins(r, key) true
#else
#define joins(r, key) same(flight[flying(r, key) - 1].generation, loaded[r].states)
#endif
#ifdef WRONG_HIT_UNDER_FENCE
#define fenced(t) false
#else
#define fenced(t) (fences[t] != 0)
#endif

/* A SELECT: the rows of now. */
inline query(key) {
	loaded[r].found.rows[0] = (TAGS(key) & ORDERS -> version[0] : 0);
	loaded[r].found.rows[1] = (TAGS(key) & LINES -> version[1] : 0);
	tell(0, loaded[r].found.rows[0]);
	tell(1, loaded[r].found.rows[1])
}

#ifdef FLIGHTS
/* flights.finish: rows, or none, for those who wait. */
inline finish(how) {
	other = 0;
	do
	:: other < READERS ->
		if
		:: waits[other] == r + 1 ->
			waits[other] = how;
			flight[other].rows[0] = (how == LANDED -> loaded[r].found.rows[0] : 0);
			flight[other].rows[1] = (how == LANDED -> loaded[r].found.rows[1] : 0)
		:: else
		fi;
		other++
	:: else -> break
	od;
	other = 0;
	forget(flight[r]);
	if :: flying(r, key) == r + 1 -> flying(r, key) = 0 :: else fi;
	leads = false
}
#endif

/* What the store is not told of, other processes are not promised. */
#ifdef AVAILABLE
#define promised(r, tag) (HOME(r) == 0 || !holds_back(tag))
#else
#define promised(r, tag) true
#endif

#ifdef TIERED
#define LAST if :: todo == 0 -> goto keep :: else fi
#else
#define LAST if :: todo == 0 -> goto current :: else fi
#endif

proctype reader(byte r) {
	byte reads, key, todo;
	byte since[2];          /* it must return these versions or later ones */
#ifdef FLIGHTS
	bool leads;
	byte other;
#endif
#ifdef FILL_LOCK
	bool locked, waited;
#endif

next:	atomic {
		reads++;
		if
		:: key = 0
#if KEYS > 1
		:: key = 1
#endif
#if KEYS > 2
		:: key = 2
#endif
		fi;
		since[0] = (TAGS(key) & ORDERS && promised(r, ORDERS) -> known(0) : 0);
		since[1] = (TAGS(key) & LINES && promised(r, LINES) -> known(1) : 0);
		todo = TAGS(key) + ENTRY
	}

#ifdef AVAILABLE
	if :: HOME(r) == 0 && holds_back(TAGS(key)) -> goto bypass :: else fi; /* ErrPending */
#endif
load:	/* Session.load, Protocol.Load, Store.Load: tags and entry, in any order */
#ifdef TIERED
	if /* tiered.Store.load: a copy, where its mark fits; otherwise tiered.Store.fetch */
	:: d_step { present(copyOf(r, key)) -> copyEntry(loaded[r].found, copyOf(r, key)); todo = todo & ~ENTRY }
	:: true
	fi;
#ifdef WRONG_UNCHECKED_COPY
	if :: !(todo & ENTRY) -> goto hit :: else fi;
#endif
#endif
	do
	:: atomic { todo & ORDERS && !fenced(0) -> loaded[r].states[0] = generation[0]; todo = todo & ~ORDERS; LAST }
	:: atomic { todo & LINES && !fenced(1) -> loaded[r].states[1] = generation[1]; todo = todo & ~LINES; LAST }
	:: atomic { todo & ENTRY -> copyEntry(loaded[r].found, entry[key]); todo = todo & ~ENTRY; LAST }
	:: atomic { todo & ORDERS && fenced(0) -> goto bypass }
	:: atomic { todo & LINES && fenced(1) -> goto bypass }
	od;

#ifdef TIERED
keep:	if /* tiered.Store.keep */
	:: d_step { present(loaded[r].found) -> copyEntry(copyOf(r, key), loaded[r].found) }
	:: else
	fi;
#endif

current:
	atomic {
		if /* Entry.Current (backends/entry.go) */
		:: same(loaded[r].found.generation, loaded[r].states) -> goto hit
		:: else -> forget(loaded[r].found)
		fi;
#ifdef FLIGHTS
		if /* flights.join */
		:: leads
		:: !leads && flying(r, key) && joins(r, key) -> waits[r] = flying(r, key); goto wait
		:: else ->
			flying(r, key) = r + 1;
			flight[r].generation[0] = loaded[r].states[0];
			flight[r].generation[1] = loaded[r].states[1];
			leads = true
		fi
#endif
	}
#ifdef FILL_LOCK
	if /* Session.lead, Locker.TryLock */
	:: d_step { lock[key] == 0 || lock[key] == HOME(r) + 1 -> lock[key] = HOME(r) + 1; locked = true }
	:: atomic { lock[key] && lock[key] != HOME(r) + 1 && !waited -> /* as often as you like; here, once */
		waited = true;
		loaded[r].states[0] = 0;
		loaded[r].states[1] = 0;
		todo = TAGS(key) + ENTRY;
		goto load }
	:: lock[key] && lock[key] != HOME(r) + 1 /* it has waited for long enough */
	fi;
#endif

miss:	atomic { query(key); since[0] = 0; since[1] = 0 } /* and returns the rows */
#ifdef WRONG_GENERATION_AFTER_QUERY
	todo = TAGS(key);
	do
	:: d_step { todo & ORDERS && !fenced(0) -> loaded[r].states[0] = generation[0]; todo = todo & ~ORDERS }
	:: d_step { todo & LINES && !fenced(1) -> loaded[r].states[1] = generation[1]; todo = todo & ~LINES }
	:: todo == 0 -> break
	od;
#endif

	/* Ticket.Save (cache/ticket.go) */
#ifdef FLIGHTS
	d_step { if :: leads -> finish(LANDED) :: else fi };
#endif
	atomic {
		loaded[r].found.generation[0] = loaded[r].states[0];
		loaded[r].found.generation[1] = loaded[r].states[1];
		copyEntry(entry[key], loaded[r].found);
		tidy();
#if !defined(TIERED) && !defined(FILL_LOCK)
		goto returned
#endif
	}
#ifdef TIERED
	d_step { copyEntry(copyOf(r, key), loaded[r].found) };
#endif
#ifdef FILL_LOCK
	d_step { if :: locked && lock[key] == HOME(r) + 1 -> lock[key] = 0 :: else fi; locked = false };
#endif
	goto returned;

bypass:	atomic {
#ifdef FLIGHTS
		if :: leads -> finish(FAILED) :: else fi;
#endif
		forget(loaded[r].found);
		query(key);
		goto returned
	}

#ifdef FLIGHTS
wait:	if /* flight.wait */
	:: atomic { waits[r] == LANDED ->
		waits[r] = 0;
		loaded[r].found.rows[0] = flight[r].rows[0];
		loaded[r].found.rows[1] = flight[r].rows[1];
		flight[r].rows[0] = 0;
		flight[r].rows[1] = 0;
		goto hit }
	:: waits[r] == FAILED -> waits[r] = 0; goto miss
	:: d_step { waits[r] < LANDED -> waits[r] = 0 }; goto miss /* its leader has not started */
	fi;
#endif

hit:	atomic {
		assert(loaded[r].found.rows[0] >= since[0] && loaded[r].found.rows[1] >= since[1]);
		/* where every transaction writes both tables, a statement over both sees whole ones */
		assert(key != 0 || tags[0] != ORDERS + LINES || loaded[r].found.rows[0] == loaded[r].found.rows[1]);
#ifdef FLIGHTS
		if :: leads -> finish(LANDED) :: else fi;
#endif
		skip
	}

returned:
	atomic {
		forget(loaded[r].found);
		loaded[r].states[0] = 0;
		loaded[r].states[1] = 0;
		since[0] = 0;
		since[1] = 0;
		todo = 0;
		key = 0;
#ifdef FILL_LOCK
		waited = false;
#endif
		tidy();
		if
		:: reads < READS -> goto next
		:: else
		fi
	}
}

init {
	atomic {
		do
		:: i < WRITERS ->
			if /* what it writes: the sets in an order, since writers are alike */
			:: i == 0 || tags[i - 1] <= ORDERS -> tags[i] = ORDERS
			:: i == 0 || tags[i - 1] <= LINES -> tags[i] = LINES
			:: tags[i] = ORDERS + LINES
			fi;
			run writer(i);
			run fate(i);
			i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < READERS -> run reader(i); i++
		:: else -> break
		od;
#if LOSSES > 0
		run loss();
#endif
#ifdef FILL_LOCK
		run unlock();
#endif
		i = 0
	}
}
