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
 * protocol.txt has them all.
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
#define EPOCH  4            /* this and the next with DEFINITIONS alone */
#define BLIND  8
#define ENTRY  16           /* what a Load asks for besides */
#define HOME(r) (r % PROCESSES)

/*
 * With DEFINITIONS the last of the writers changes a definition, and no table. From then
 * on, who writes orders writes lines too, as by a cascade, and statement 0, over a view,
 * is over lines, and not over orders; statement 1 is over lines. The other writers and
 * the readers have to find that out.
 *
 * each and eachVersion do a step for each tag, and for each thing that has a version.
 */
#ifdef DEFINITIONS
#if defined(AVAILABLE) || defined(TOLD)
#error "DEFINITIONS without AVAILABLE and TOLD"
#endif
#define N 4                 /* tags */
#define VERSIONS 3          /* the definition's is the last */
#define TABLES(key, definition) (key || definition -> LINES : ORDERS)
#define TAGS(key) (EPOCH + BLIND + TABLES(key, knows[r]))
#define CHANGES(w) (w == WRITERS - 1)
#define each(step) step(0, ORDERS) step(1, LINES) step(2, EPOCH) step(3, BLIND)
#define eachVersion(step) step(0, ORDERS) step(1, LINES) step(2, EPOCH)
#else
#define N 2
#define VERSIONS 2
#define TAGS(key) (key == 0 -> ORDERS + LINES : (key == 1 -> ORDERS : LINES))
#define CHANGES(w) false
#define each(step) step(0, ORDERS) step(1, LINES)
#define eachVersion(step) each(step)
#endif

/*
 * The database. A query sees all tables at one instant, a COMMIT changes them at one.
 */
#define UNSENT     0        /* what became of a transaction: nothing yet */
#define SENT       1        /* its COMMIT is with the database, its writer waits */
#define ABANDONED  2        /* its COMMIT is with the database, nobody waits */
#define COMMITTED  3        /* the reply is on its way to the writer */
#define ROLLEDBACK 4        /* likewise */
#define OVER       5        /* resolved, and the writer knows or is dead; or never to be sent */

byte version[VERSIONS];     /* of each table: how many transactions wrote it */
byte commit[WRITERS];
byte tags[WRITERS];         /* what the transaction writes, by all that its writer knows */

/*
 * The store (backends.Store). A tag has a generation and fences, and changes in one
 * step.
 */
typedef Entry {
	byte generation[N];     /* it was read under; 0 where it has none */
	byte rows[VERSIONS]     /* the versions that the query saw */
}

byte generation[N] = 1;
byte fences[N];             /* the sets of the writers whose fence stands there */
Entry entry[KEYS];

typedef Load {              /* what a reader has loaded */
	byte states[N];         /* the generations of the tags, none of them fenced */
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
#define place(w, t) fences[t] = fences[t] | TOKEN(w); placed[w] = placed[w] | (1 << t)
#else
#define place(w, t) fences[t] = fences[t] | TOKEN(w)
#endif
#define lift(w, t) fences[t] = fences[t] & ~TOKEN(w)

#define _copy_generation(t, tag) to.generation[t] = from.generation[t];
#define _copy_rows(t, tag) to.rows[t] = from.rows[t];
#define _forget_generation(t, tag) e.generation[t] = 0;
#define _forget_rows(t, tag) e.rows[t] = 0;

inline copyEntry(to, from) { each(_copy_generation) eachVersion(_copy_rows) skip }

inline forget(e) { each(_forget_generation) eachVersion(_forget_rows) skip }

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

#ifdef DEFINITIONS
#define anyPassed(e) (passed(e, 0) || passed(e, 1) || passed(e, 2) || passed(e, 3))
#else
#define anyPassed(e) (passed(e, 0) || passed(e, 1))
#endif

inline tidy() {
	i = 0;
#if !defined(WRONG_RESTART_AT_ONE) && !defined(BROKEN_BACK_IN_TIME)
	do
	:: i < KEYS ->
		if :: anyPassed(entry[i]) -> forget(entry[i]) :: else fi;
		i++
	:: else -> break
	od;
#ifdef TIERED
	i = 0;
	do
	:: i < PROCESSES * KEYS ->
		if :: anyPassed(copy[i]) -> forget(copy[i]) :: else fi;
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

#ifdef DEFINITIONS
/* What a reader knows of the definition, and as of which generation of the epoch
 * (definitions, cache/definitions.go); and as of which a writer does, whose tags rest on
 * that (Basis, basis.go), 0 where they rest on nothing any more. */
byte knows[READERS];
byte asOf[READERS];
byte basis[WRITERS];
#define KNOWN(t) || (t == 2 && asOf[i] == generation[2])
#define stands(w) (fences[2] == 0 && basis[w] == generation[2]) /* Basis.stands */
#else
#define KNOWN(t)
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
	:: i < READERS -> seen = seen || loaded[i].states[t] == generation[t] || holds(loaded[i].found, t) IN_FLIGHT(t) KNOWN(t); i++
	:: else -> break
	od;
#ifdef DEFINITIONS
	i = 0;
	do
	:: i < WRITERS -> seen = seen || (t == 2 && basis[i] == generation[2]); i++
	:: else -> break
	od;
#endif
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
 *
 * With DEFINITIONS there is one exception, which PROTOCOL.md declares: where a definition
 * changes while a write is on the wire, what the write changed beyond its tags must be
 * known when the write has ended, and not before.
 */
#ifdef DEFINITIONS
byte promised[VERSIONS];
byte owed[WRITERS];         /* the version of lines that is promised when the write ends */
byte wire[WRITERS];
#define OFF_WIRE 0          /* not all of its fences stand yet, or it is resolved */
#define ON_WIRE  1
#define CHANGED  2          /* on the wire, and the definition has changed meanwhile */
#ifdef BROKEN_ON_THE_WIRE
#define late(w, tag) false
#else
#define late(w, tag) (wire[w] == CHANGED && !(tags[w] & (tag + BLIND)))
#endif
#define known(t) promised[t]
#define tell(t, v) skip
#elif defined(TOLD)
byte told[VERSIONS];
byte made[WRITERS * VERSIONS]; /* the versions that a transaction made */
#define known(t) told[t]
#define raise(t, v) told[t] = (told[t] < v -> v : told[t])
#ifdef ACKNOWLEDGED_ONLY    /* not what readers were given */
#define tell(t, v) skip
#else
#define tell(t, v) raise(t, v)
#endif
#define _acknowledge(t, tag) raise(t, made[w * VERSIONS + t]);
inline acknowledge(w) { eachVersion(_acknowledge) skip }
#else
#define known(t) version[t]
#define tell(t, v) skip
#endif

/*
 * What becomes of w's write without w: the database resolves its COMMIT, its leases
 * end.
 */
#ifdef TOLD
#define _made(t, tag) if :: set & tag -> made[w * VERSIONS + t] = version[t] :: else fi;
#else
#define _made(t, tag)
#endif
#ifdef DEFINITIONS
#define _promise(t, tag) if :: set & tag && !late(w, tag) -> promised[t] = version[t] :: else fi;
#endif
#define _apply(t, tag) if :: set & tag -> version[t]++ :: else fi;

inline apply(w, set) {
	eachVersion(_apply)
	eachVersion(_made)
#ifdef DEFINITIONS
	eachVersion(_promise)
	if :: set & LINES && late(w, LINES) -> owed[w] = version[1] :: else fi;
	if
	:: CHANGES(w) ->
		i = 0;
		do
		:: i < WRITERS -> wire[i] = (wire[i] == ON_WIRE -> CHANGED : wire[i]); i++
		:: else -> break
		od;
		i = 0
	:: else
	fi;
	wire[w] = OFF_WIRE;
#endif
	skip
}

#ifdef DEFINITIONS
/* By the definition of now. A statement of a transaction may have gone by the one before. */
#define cascades(w) (version[2] && tags[w] & ORDERS && !(tags[w] & LINES))

inline pay(w) {
	promised[1] = (owed[w] > promised[1] -> owed[w] : promised[1]);
	owed[w] = 0
}
#endif

#define _expire(t, tag) :: d_step { over(w, t) -> expire(w, t) }
#define _renew(t, tag) :: d_step { renews(w) && placed[w] & tag && !standing(w, t) -> place(w, t) }
#define renews(w) (commit[w] == UNSENT || commit[w] == SENT)

proctype fate(byte w) {
end:	do
	:: d_step { commit[w] == SENT -> apply(w, tags[w]); commit[w] = COMMITTED }
	:: d_step { commit[w] == ABANDONED -> apply(w, tags[w]); commit[w] = OVER }
#ifdef DEFINITIONS
	:: d_step { commit[w] == SENT && cascades(w) -> apply(w, tags[w] | LINES); commit[w] = COMMITTED }
	:: d_step { commit[w] == ABANDONED && cascades(w) -> apply(w, tags[w] | LINES); commit[w] = OVER }
	:: d_step { commit[w] == SENT && basis[w] && !stands(w) -> tags[w] = tags[w] | BLIND; basis[w] = 0; place(w, 3) } /* Write.renew */
#endif
	:: d_step { commit[w] == SENT -> commit[w] = ROLLEDBACK }
	:: d_step { commit[w] == ABANDONED -> commit[w] = OVER }
	each(_expire)
#ifdef AVAILABLE /* Write.renew (renewal.go): it fails, and later succeeds */
	:: d_step { commit[w] == SENT && !held_back[w] -> held_back[w] = HELD }
	:: d_step { renews(w) && held_back[w] && tags[w] & ORDERS -> place(w, 0) }
	:: d_step { renews(w) && held_back[w] && tags[w] & LINES -> place(w, 1) }
	:: d_step { renews(w) && held_back[w] && (!(tags[w] & ORDERS) || standing(w, 0)) && (!(tags[w] & LINES) || standing(w, 1)) ->
		held_back[w] = TRUSTED }
#endif
#ifdef RENEWALS /* Write.renew (renewal.go): where the fence still stands, nothing changes */
	each(_renew)
#endif
	od
}

/*
 * A writer. It dies by taking no further step; where that matters to others, leave
 * says so.
 */
#ifdef LATE_CALLS
/* A Fence that got no reply, of a renewal too, is carried out when its write is over. */
#define LATE_FENCES each(_fence_again)
#else
#define LATE_FENCES
#endif

/* The steps of a writer, for each tag. */
#define _advance(t, tag) :: d_step { todo & tag -> advance(t); todo = todo & ~tag }
#ifdef DEFINITIONS
#define _fence(t, tag) :: d_step { todo & tag -> place(w, t); todo = todo & ~tag; wire[w] = (todo -> OFF_WIRE : ON_WIRE) }
#else
#define _fence(t, tag) :: d_step { todo & tag -> place(w, t); todo = todo & ~tag }
#endif
#define _fence_again(t, tag) :: d_step { tags[w] & tag && !standing(w, t) -> place(w, t) }
#define _lift(t, tag) :: d_step { standing(w, t) -> lift(w, t) }
#define _lower(t, tag) :: d_step { tags[w] & tag -> lift(w, t); todo = todo & ~tag }
#ifdef DEFINITIONS          /* each tag once: again and again is for the others */
#define _settle(t, tag) :: d_step { todo & tag -> lift(w, t); advance(t); todo = todo & ~tag }
#else
#define _settle(t, tag) :: d_step { tags[w] & tag -> lift(w, t); advance(t); todo = todo & ~tag }
#endif
#define _advance_lowered(t, tag) :: d_step { todo & tag && !standing(w, t) -> advance(t); todo = todo & ~tag }

#ifdef DEFINITIONS
#define looked(w) (basis[w] == 0 || stands(w))
#define widen(w) tags[w] = tags[w] | BLIND; basis[w] = 0
#define forgo(w) basis[w] = 0; wire[w] = OFF_WIRE
#else
#define looked(w) true
#define forgo(w) skip
#endif
#ifdef WRONG_LOOK_BEFORE_FENCE
#define FENCED(w) true
#else
#define FENCED(w) looked(w)
#endif
#if defined(WRONG_ADVANCE_AFTER)
#define unfenced(w) true
#elif defined(WRONG_DDL_ADVANCE_AFTER)
#define unfenced(w) CHANGES(w)
#else
#define unfenced(w) false
#endif

#define leave(w) commit[w] = (commit[w] == SENT -> ABANDONED : OVER)

proctype writer(byte w) {
	byte todo;              /* the tags that are not fenced yet; not lifted */

#ifdef DEFINITIONS /* Session.understand (cache/understand.go) */
	if
	:: CHANGES(w)
#ifdef WRONG_CATALOG_BEFORE_EPOCH
	:: d_step { !CHANGES(w) -> tags[w] = tags[w] | (version[2] && tags[w] & ORDERS -> LINES : 0) };
		d_step { fences[2] == 0 -> basis[w] = generation[2] }
#else
	:: d_step { !CHANGES(w) && fences[2] == 0 -> basis[w] = generation[2] };
		d_step { tags[w] = tags[w] | (version[2] && tags[w] & ORDERS -> LINES : 0) }
#endif
	fi;
#ifdef WRONG_LOOK_BEFORE_FENCE
	d_step { if :: looked(w) :: else -> widen(w) fi };
#endif
#endif

	/* Write.fence (write.go) */
	todo = (unfenced(w) -> 0 : tags[w]);
	do
#if defined(WRONG_ADVANCE_BEFORE) || defined(WRONG_ADVANCE_AROUND)
	each(_advance)
#else
#ifdef WRONG_DDL_ADVANCE_BEFORE
	:: d_step { CHANGES(w) && todo -> advance(2); todo = 0 }
#endif
	each(_fence)
#endif
	:: d_step { todo == 0 && commit[w] == UNSENT && FENCED(w) -> commit[w] = SENT }; break
#ifdef DEFINITIONS /* Write.place (write.go) */
	:: d_step { todo == 0 && commit[w] == UNSENT && !FENCED(w) -> widen(w); todo = BLIND }
#endif
#ifdef AVAILABLE
	:: d_step { todo && commit[w] == UNSENT -> held_back[w] = HELD; todo = 0 } /* Write.distrust */
#endif
	:: d_step { commit[w] == UNSENT -> commit[w] = OVER; todo = 0; forgo(w) }; goto refused /* dies, gets no reply, or sends a ROLLBACK */
#ifdef WRONG_COMMIT_BEFORE_FENCE
	:: todo == 0 && commit[w] != UNSENT -> break
	:: todo && commit[w] == UNSENT -> commit[w] = SENT
#endif
	od;

	if /* Run.End (cache/run.go), Write.End (write.go) */
	:: d_step { commit[w] == COMMITTED -> commit[w] = OVER }
	:: d_step { commit[w] == ROLLEDBACK -> commit[w] = OVER; forgo(w) }; goto refused
	:: leave(w) -> goto unknown /* dies, or got no reply */
	fi;

	/* Write.settle (write.go), Protocol.land (protocol.go), queue.run (queue.go): again
	 * and again until there is a reply */
#if defined(TOLD) || defined(AVAILABLE) || defined(DEFINITIONS)
	todo = tags[w];
#endif
#ifdef WRONG_RELEASE_EARLY
	held_back[w] = TRUSTED;
#endif
end_committed:
	do
#if defined(WRONG_LIFT_IN_TWO_STEPS)
	each(_lift)
	each(_advance_lowered)
#elif defined(WRONG_LIFT_WITHOUT_ADVANCE)
	each(_lower)
#elif defined(WRONG_ADVANCE_BEFORE)
	:: todo = 0
#else
#ifdef WRONG_DDL_ADVANCE_BEFORE
	:: CHANGES(w) -> todo = 0
#endif
	each(_settle)
#endif
#ifdef DEFINITIONS /* Write.land (write.go): the look comes with the lift, at any instant of it */
#ifdef WRONG_NO_LOOK_AT_END
	:: basis[w] -> basis[w] = 0
#else
	:: d_step { basis[w] && stands(w) -> basis[w] = 0 }
	:: d_step { basis[w] && !stands(w) -> widen(w); todo = todo | BLIND }
#endif
	:: d_step { owed[w] && todo == 0 && basis[w] == 0 -> pay(w) }
#endif
#ifdef TOLD
	:: atomic { todo == 0 -> acknowledge(w) }
#endif
#ifdef AVAILABLE
	:: d_step { todo == 0 && held_back[w] -> held_back[w] = TRUSTED }
#endif
	LATE_FENCES
	od;

refused: /* also rolled back: Write.lift (write.go) */
#ifdef AVAILABLE
	held_back[w] = TRUSTED;
#endif
end_refused:
	do
	each(_lift)
	LATE_FENCES
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
	each(_settle)
#elif !defined(DEFINITIONS)
	each(_fence_again)
#endif
#ifdef DEFINITIONS /* Write.land; but who has died does not look */
	:: d_step { basis[w] && stands(w) -> basis[w] = 0; pay(w) }
	:: d_step { basis[w] && !stands(w) -> widen(w); place(w, 3); pay(w) }
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

#define _lose(t, tag) :: d_step { canLose(t) -> lose(t); losses++ }
#define _recover(t, tag) :: d_step { fences[t] & NOBODYS && recovered(t, tag) -> fences[t] = fences[t] & ~NOBODYS; advance(t) }

proctype loss() {
end:	do
	each(_lose)
#ifdef QUARANTINE
	each(_recover)
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
#ifdef DEFINITIONS
#define present(e) (e.generation[2])
#define same(a, b) (a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3])
#else
#define present(e) (e.generation[0] + e.generation[1])
#define same(a, b) (a[0] == b[0] && a[1] == b[1])
#endif
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

/* A SELECT: the rows of now, and what it means now. */
#ifdef DEFINITIONS
#define MEANS(key) (TABLES(key, version[2]) + (key == 0 -> EPOCH : 0))
#define HAS_TO_KNOW(key) (key == 0 -> ORDERS + LINES + EPOCH : LINES)
#else
#define MEANS(key) TAGS(key)
#define HAS_TO_KNOW(key) TAGS(key)
#endif
#define _query(t, tag) loaded[r].found.rows[t] = (MEANS(key) & tag -> version[t] : 0); tell(t, loaded[r].found.rows[t]);
#define _start(t, tag) since[t] = (HAS_TO_KNOW(key) & tag && promised_to(r, tag) -> known(t) : 0);
#define _end(t, tag) since[t] = 0;
#define _load(t, tag) \
	:: atomic { todo & tag && !fenced(t) -> loaded[r].states[t] = generation[t]; todo = todo & ~tag; LAST } \
	:: atomic { todo & tag && fenced(t) -> goto bypass }
#define _load_late(t, tag) :: d_step { todo & tag && !fenced(t) -> loaded[r].states[t] = generation[t]; todo = todo & ~tag }
#define _keep(t, tag) loaded[r].found.generation[t] = loaded[r].states[t];
#define _unload(t, tag) loaded[r].states[t] = 0;

inline query(key) { eachVersion(_query) skip }

#ifdef FLIGHTS
#define _share(t, tag) flight[other].rows[t] = (how == LANDED -> loaded[r].found.rows[t] : 0);
#define _join(t, tag) flight[r].generation[t] = loaded[r].states[t];
#define _shared(t, tag) loaded[r].found.rows[t] = flight[r].rows[t]; flight[r].rows[t] = 0;

/* flights.finish: rows, or none, for those who wait. */
inline finish(how) {
	other = 0;
	do
	:: other < READERS ->
		if
		:: waits[other] == r + 1 ->
			waits[other] = how;
			eachVersion(_share)
			skip
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
#define promised_to(r, tag) (HOME(r) == 0 || !holds_back(tag))
#else
#define promised_to(r, tag) true
#endif

#ifdef TIERED
#define LAST if :: todo == 0 -> goto keep :: else fi
#else
#define LAST if :: todo == 0 -> goto current :: else fi
#endif

#ifdef DEFINITIONS
/* watcher.read (cache/watcher.go): the epoch, without a fence, and then the catalog. */
#ifdef WRONG_CATALOG_BEFORE_EPOCH
#define LOOK knows[r] = version[2]; d_step { fences[2] == 0 -> asOf[r] = generation[2] }
#else
#define LOOK d_step { fences[2] == 0 -> asOf[r] = generation[2] }; knows[r] = version[2]
#endif
#endif

proctype reader(byte r) {
	byte reads, key, todo;
	byte since[VERSIONS];   /* it must return these versions or later ones */
#ifdef DEFINITIONS
	bool again;
#endif
#ifdef FLIGHTS
	bool leads;
	byte other;
#endif
#ifdef FILL_LOCK
	bool locked, waited;
#endif

#ifdef DEFINITIONS
	LOOK;
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
		eachVersion(_start)
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
	each(_load)
	:: atomic { todo & ENTRY -> copyEntry(loaded[r].found, entry[key]); todo = todo & ~ENTRY; LAST }
	od;

#ifdef TIERED
keep:	if /* tiered.Store.keep */
	:: d_step { present(loaded[r].found) -> copyEntry(copyOf(r, key), loaded[r].found) }
	:: else
	fi;
#endif

current:
	atomic {
#if defined(DEFINITIONS) && !defined(WRONG_NOT_COMPARED)
		if :: loaded[r].states[2] != asOf[r] -> goto outdated :: else fi; /* Session.load */
#endif
		if /* Entry.Current (backends/entry.go) */
		:: same(loaded[r].found.generation, loaded[r].states) -> goto hit
		:: else -> forget(loaded[r].found)
		fi;
#ifdef FLIGHTS
		if /* flights.join, or flights.renew */
		:: leads -> each(_join) skip
		:: !leads && flying(r, key) && joins(r, key) -> waits[r] = flying(r, key); goto wait
		:: else ->
			flying(r, key) = r + 1;
			each(_join)
			leads = true
		fi
#endif
	}
#ifdef FILL_LOCK
	if /* Session.lead, Locker.TryLock */
	:: d_step { lock[key] == 0 || lock[key] == HOME(r) + 1 -> lock[key] = HOME(r) + 1; locked = true }
	:: atomic { lock[key] && lock[key] != HOME(r) + 1 && !waited -> /* as often as you like; here, once */
		waited = true;
		each(_unload)
		todo = TAGS(key) + ENTRY;
		goto load }
	:: lock[key] && lock[key] != HOME(r) + 1 /* it has waited for long enough */
	fi;
#endif

miss:	atomic { query(key); eachVersion(_end) skip } /* and returns the rows */
#ifdef WRONG_GENERATION_AFTER_QUERY
	todo = TAGS(key);
	do
	each(_load_late)
	:: todo == 0 -> break
	od;
#endif

	/* Ticket.Save (cache/ticket.go) */
#ifdef FLIGHTS
	d_step { if :: leads -> finish(LANDED) :: else fi };
#endif
	atomic {
		each(_keep)
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

#ifdef DEFINITIONS
outdated: /* Session.Lookup: once more */
	atomic {
		if :: again -> goto bypass :: else -> again = true fi;
#ifdef FLIGHTS
		if :: leads -> finish(FAILED) :: else fi;
#endif
		forget(loaded[r].found);
		each(_unload)
		todo = 0;
		knows[r] = 0;
		asOf[r] = 0
	}
	LOOK;
	todo = TAGS(key) + ENTRY;
	goto load;
#endif

#ifdef FLIGHTS
wait:	if /* flight.wait */
	:: atomic { waits[r] == LANDED ->
		waits[r] = 0;
		eachVersion(_shared)
		goto hit }
	:: waits[r] == FAILED -> waits[r] = 0; goto miss
	:: d_step { waits[r] < LANDED -> waits[r] = 0 }; goto miss /* its leader has not started */
	fi;
#endif

hit:	atomic {
#ifdef DEFINITIONS
#define rowsOf(t) (key || loaded[r].found.rows[2] -> t == 1 : t == 0) /* by what the query took it to mean */
		assert(loaded[r].found.rows[0] >= since[0] * rowsOf(0) && loaded[r].found.rows[1] >= since[1] * rowsOf(1) && loaded[r].found.rows[2] >= since[2]);
#else
		assert(loaded[r].found.rows[0] >= since[0] && loaded[r].found.rows[1] >= since[1]);
		/* where every transaction writes both tables, a statement over both sees whole ones */
		assert(key != 0 || tags[0] != ORDERS + LINES || loaded[r].found.rows[0] == loaded[r].found.rows[1]);
#endif
#ifdef FLIGHTS
		if :: leads -> finish(LANDED) :: else fi;
#endif
		skip
	}

returned:
	atomic {
		forget(loaded[r].found);
		each(_unload)
		eachVersion(_end)
		todo = 0;
		key = 0;
#ifdef DEFINITIONS
		again = false;
#endif
#ifdef FILL_LOCK
		waited = false;
#endif
		tidy();
		if
		:: reads < READS -> goto next
		:: else
		fi;
#ifdef DEFINITIONS
		knows[r] = 0;
		asOf[r] = 0;
#endif
		skip
	}
}

init {
	atomic {
		do
		:: i < WRITERS ->
			if /* what it writes: the sets in an order, since writers are alike */
			:: !CHANGES(i) && (i == 0 || tags[i - 1] <= ORDERS) -> tags[i] = ORDERS
			:: !CHANGES(i) && (i == 0 || tags[i - 1] <= LINES) -> tags[i] = LINES
#ifndef DEFINITIONS
			:: tags[i] = ORDERS + LINES
#endif
			:: CHANGES(i) -> tags[i] = EPOCH
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
