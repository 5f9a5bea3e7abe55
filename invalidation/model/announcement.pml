/*
 * Who moves the epoch when definitions change past gojohnny, for spin: processes that look
 * at the definitions in one database, and what they announce in the store. cache/announce.go
 * has the schedules; ../PROTOCOL.md says what came of this, doc.go how to run it.
 *
 * The names are the code's, and a comment "watcher.move" names the function of
 * cache/announce.go or cache/watcher.go that a step stands for. One d_step, or one
 * statement, is what the product does in one step that others can see.
 *
 * Nothing is bounded but the number of processes: each looks again and again, definitions
 * change back and forth, and whatever may happen may happen again. That is finite because
 * generations are no numbers here. One that has passed never returns; so of two that were
 * loaded or announced it is enough to know whether they are equal, whether the present one is among
 * them, and in watcher.move whether one is right after the other: see epoch, era and advances.
 *
 * Macros set the number of processes, add changes THROUGH gojohnny, or break one thing
 * (WRONG_..., and for an assumption BROKEN_...): then spin must find a fault.
 * announcement.txt has them all.
 *
 * What needs no step of its own:
 *
 *   a process that dies                    takes no further step
 *   one that gives up                      has advanced the era, or the epoch, as anybody may
 *   an advance without a reply             likewise; also one that comes late, or twice
 *   watcher.elect                          is for load alone: here all are elected
 *   the look at what is announced by then  is a late first one
 *   a Save that comes after a later one    of an earlier era: it is like a loss of what it overwrites
 *   the time to live                       an announcement is lost at any time
 */

#ifndef PROCESSES
#define PROCESSES 2
#endif

#define has(set, p) (set & (1 << p))
#define put(set, p) set = set | (1 << p)
#define drop(set, p) set = set & ~(1 << p)

#define NONE 0
#define F    1              /* the states of the definitions are two */
#define G    2

byte definitions = F;       /* in the database */

/*
 * The store. A generation is the set of the processes that have loaded it, and NOW is in the
 * present one of the era, the tag of an announcement. Those that are in no set any more are all
 * the empty one: nobody compares with them.
 */
#define NOW (1 << PROCESSES)

byte epoch;                 /* the present generation */
byte era = NOW;             /* the present generation */

typedef Announcement {      /* an entry over the era; its rows are a fingerprint */
	byte print;             /* F, G, or NONE: there is none */
	byte era
}

Announcement announced;
Announcement sent[PROCESSES];   /* what the process has saved last: it comes late, twice, or never */

/*
 * The processes.
 */
byte relies[PROCESSES];     /* watcher.relied, if it is under the present generation of the epoch */
byte found[PROCESSES];      /* the fingerprint announced, if its era is the present one still: loaded before that is */
byte advances[PROCESSES];   /* of the era since it was loaded in watcher.move: 0, 1, or MANY */
#define MANY 2

byte i;                     /* for d_steps */

/*
 * The property. What is kept under one generation of the epoch rests on one state of the
 * definitions. Who relies on some under the present generation can keep rows by them there and
 * then, or take what others have kept; what it does later, while the epoch stands, it can do
 * at once; and what it keeps under a generation that has passed is no hit. So it is enough that
 * no two are ever relied on under one generation while it stands.
 */
byte used;                  /* what is relied on under the present generation */

#ifdef THROUGH
/* Besides, whoever relies on definitions under a generation has read them after the changes
 * through gojohnny that ended in it or before (definitions.go). */
byte knows;                 /* who has read them since the latest of these */
byte fence;                 /* its fence, on the epoch */
#define STANDS    1
#define COMMITTED 2
#define fenced (fence != NONE)
#define current(p) (fenced || has(knows, p)) /* behind the fence there is no hit, and the epoch moves with it */
#else
#define fenced false
#define current(p) true
#endif

inline rely(p) {
	if
	:: has(epoch, p) ->
		assert(current(p) && (used == NONE || used == print));
		used = print;
		relies[p] = print
	:: else /* under a generation that has passed */
	fi
}

inline advanceEpoch() {
	epoch = 0;
	used = NONE;
	i = 0;
	do
	:: i < PROCESSES ->
#ifndef WRONG_EPOCH_NOT_COMPARED
		relies[i] = NONE;
#endif
		i++
	:: else -> break
	od;
	i = 0
}

/* An announcement of an era that has passed, and that nobody has loaded, answers nobody any more,
 * and is taken away: that keeps the states few, and nothing else. */
#if defined(WRONG_NO_ERA) || defined(BROKEN_ERA_RETURNS)
#define tidy(a) skip
#else
#define tidy(a) a.print = (a.era -> a.print : NONE)
#endif

inline advanceEra(by) {
	era = NOW;
	announced.era = announced.era & ~NOW;
	tidy(announced);
	i = 0;
	do
	:: i < PROCESSES ->
		sent[i].era = sent[i].era & ~NOW;
		tidy(sent[i]);
#ifndef WRONG_NO_ERA
		found[i] = NONE;
#endif
		advances[i] = (advances[i] + by < MANY -> advances[i] + by : MANY);
		i++
	:: else -> break
	od;
	i = 0
}

#define _load(set, p) set = (set & NOW -> set | (1 << p) : set)

inline loadEra(p) {
	_load(era, p);
	_load(announced.era, p);
	i = 0;
	do
	:: i < PROCESSES -> _load(sent[i].era, p); i++
	:: else -> break
	od;
	i = 0
}

inline unload(p) {
	drop(era, p);
	drop(announced.era, p);
	tidy(announced);
	i = 0;
	do
	:: i < PROCESSES -> drop(sent[i].era, p); tidy(sent[i]); i++
	:: else -> break
	od;
	i = 0;
	found[p] = NONE
}

/*
 * What happens by itself, or is anybody's doing.
 */
proctype world() {
end:	do
	:: d_step { definitions = F + G - definitions }    /* past gojohnny */
	:: d_step { advanceEpoch() }    /* a write that nobody could see through; the epoch is lost */
	:: d_step { advanceEra(1) }     /* a move that came to nothing */
	:: d_step { advanceEra(MANY) }  /* it is lost, and begins where it never was, not at the next one either */
	:: d_step { announced.print = NONE; announced.era = 0 } /* it is lost */
#ifdef BROKEN_ERA_RETURNS
	:: d_step { announced.print -> advanceEra(MANY); announced.era = NOW }
#endif
	od
}

proctype network(byte p) {
end:	do
	:: d_step { sent[p].print -> announced.print = sent[p].print; announced.era = sent[p].era }
	od
}

#ifdef THROUGH
proctype through() {
end:	do
	:: d_step { !fenced -> fence = STANDS }
	:: d_step { fence == STANDS -> definitions = F + G - definitions; knows = 0; fence = COMMITTED }
	:: d_step { fence == STANDS -> fence = NONE }           /* rolled back */
	:: d_step { fenced -> fence = NONE; advanceEpoch() }    /* lifted, or the lease ends */
	od
}
#endif

/*
 * A process.
 */
#ifdef WRONG_EPOCH_NOT_COMPARED
#define relied(p) (relies[p] == print)
#else
#define relied(p) (has(epoch, p) && relies[p] == print)
#endif

#ifdef WRONG_NO_ERA
#define loadAnnounced(p) found[p] = announced.print
#define finds(p) (found[p] == print || announced.print == print)
#else
#define loadAnnounced(p) found[p] = (announced.era & NOW -> announced.print : NONE)
#define finds(p) (found[p] == print || (has(announced.era, p) && announced.print == print))
#endif

#ifdef THROUGH
#define LEARN(p) d_step { print = definitions; put(knows, p) }
#else
#define LEARN(p) print = definitions
#endif

/* watcher.glimpse: the epoch, without a fence, and then the definitions. */
#ifdef WRONG_CATALOG_BEFORE_EPOCH
#define GLIMPSE(p) LEARN(p); d_step { !fenced -> put(epoch, p) }
#else
#define GLIMPSE(p) d_step { !fenced -> put(epoch, p) }; LEARN(p)
#endif

/* The advances of watcher.move. */
#if defined(WRONG_NO_ADVANCE)
#define BEGIN d_step { advanceEra(1) }
#elif defined(WRONG_EPOCH_BEFORE_ERA)
#define BEGIN d_step { advanceEpoch() }; d_step { advanceEra(1) }
#elif defined(WRONG_FAILURE_IGNORED)
#define BEGIN if :: d_step { advanceEra(1) } :: true fi; d_step { advanceEpoch() }
#else
#define BEGIN d_step { advanceEra(1) }; d_step { advanceEpoch() }
#endif

/* Whether nobody else has begun the era. */
#if defined(WRONG_NOT_CHECKED)
#define begun(p) (advances[p] > 0)
#else
#define begun(p) (advances[p] == 1)
#endif

#define announce(p) sent[p].print = print; sent[p].era = era

proctype watcher(byte p) {
	byte print;             /* of the definitions as they were read */

look:	atomic {
		unload(p);
		drop(epoch, p);
#ifdef THROUGH
		drop(knows, p);
#endif
		print = NONE;
		advances[p] = MANY
	};

	/* watcher.read */
#ifdef WRONG_ERA_BEFORE_EPOCH
	d_step { loadEra(p) };
#endif
	GLIMPSE(p);
	if
#ifdef WRONG_ANNOUNCED_AGAIN
	:: atomic { relied(p) -> rely(p); announce(p); goto look }
#else
	:: atomic { relied(p) -> rely(p); goto look }
#endif
	/* watcher.isAnnounced: the announcement and the era, in any order */
#ifdef WRONG_ERA_BEFORE_EPOCH
	:: !relied(p)
#else
	:: d_step { !relied(p) -> loadAnnounced(p) }
	:: d_step { !relied(p) -> loadEra(p) }
#endif
	fi;
	atomic { /* and the other of the two */
		if
		:: finds(p) -> rely(p); goto look
		:: else -> unload(p); drop(epoch, p); print = NONE
		fi
	};

	/* watcher.move */
	advances[p] = 0;        /* watcher.era */
#ifdef WRONG_ANNOUNCED_BEFORE_MOVE
	d_step { advanceEra(1) };
	LEARN(p);
	d_step { begun(p) -> announce(p) };
	d_step { advanceEpoch() };
#else
	BEGIN;
#endif
#ifdef WRONG_CHECKED_BEFORE_EPOCH
	d_step { begun(p) -> sent[p].print = NONE; sent[p].era = era };
#endif
	GLIMPSE(p);
	atomic { /* watcher.era */
		if
#if defined(WRONG_CHECKED_BEFORE_EPOCH)
		:: sent[p].print = print; rely(p)
#elif defined(WRONG_ANNOUNCED_BEFORE_MOVE)
		:: begun(p) && sent[p].print == print -> rely(p)
#else
		:: begun(p) -> announce(p); rely(p)
#endif
		:: else /* errMoving */
		fi
	};
	goto look
}

init {
	atomic {
		do
		:: i < PROCESSES ->
			run watcher(i);
			run network(i);
			i++
		:: else -> break
		od;
		i = 0;
		run world();
#ifdef THROUGH
		run through();
#endif
	}
}
