package cache

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// A Source is one way into a database: a connector or a pool, whose new sessions all
// start alike. A wrapper makes one for what it wraps. It is safe for concurrent
// use.
type Source struct {
	cache *Cache
	form  string
	base  atomic.Pointer[baseScope] // nil: no session was seen to start

	otherOnce sync.Once
	other     *scope

	watcher *watcher // of the database's definitions; nil: nobody can read them

	cut Cut // nil: see CompareBy

	idle sync.Pool // of *Session; see Borrow
}

// A baseScope is what an untouched session was last seen in, as new ones are.
type baseScope struct {
	scope *scope
	old   *atomic.Bool // it is time for a look
}

// baseAge is about how long that is believed without a look: ALTER ROLE ... SET changes it
// at any time, for new sessions only, and nobody tells.
const baseAge = 10 * time.Second

// starts takes note of what new sessions start with. It grows old from now on. A timer does
// that, since every hit asks how old it is: reading a clock costs it more than all else that
// the scope takes.
func (src *Source) starts(sc *scope) {
	base := &baseScope{sc, new(atomic.Bool)}
	src.base.Store(base)
	base.ages()
}

func (b *baseScope) ages() { time.AfterFunc(baseAge, func() { b.old.Store(true) }) }

// assume returns what new sessions start with, nil if that is not known, and whether
// it is fresh. Of those who meet an outdated one, the first is told so, and is
// expected to look; the others go on with it.
func (src *Source) assume() (s *scope, fresh bool) {
	base := src.base.Load()
	if base == nil {
		return nil, false
	}
	if !base.old.Load() {
		return base.scope, true
	}
	claimed := base.old.CompareAndSwap(true, false)
	if claimed {
		base.ages()
	}
	return base.scope, !claimed
}

// meets takes note that a session which the program's statements have not touched is in
// another scope than was assumed: where sessions differ, as by a pool's hooks, the next is
// likely to be as the last. That is no look at a new one, and as old as what was assumed.
func (src *Source) meets(sc, assumed *scope) {
	if base := src.base.Load(); base != nil && base.scope == assumed {
		src.base.CompareAndSwap(base, &baseScope{sc, base.old})
	}
}

// NewSource returns a Source of sessions for wrappers of database access, which close it.
// Form names the form in which the wrapper stores rows: what one keeps, no other is given.
// By open the cache reads the catalog of the database, if that is PostgreSQL. With nil it
// understands SQL by the words alone: see [invalidation.Static].
func (c *Cache) NewSource(form string, open OpenCatalog) *Source {
	src := &Source{cache: c, form: form, watcher: newWatcher(c, open)}
	c.addSource(src)
	return src
}

// Close closes the connection that the cache has to the database, and waits until it is
// closed.
func (src *Source) Close() {
	if src.watcher != nil {
		src.watcher.close()
	}
}

func (src *Source) otherScope() *scope {
	src.otherOnce.Do(func() { src.other = otherScope() })
	return src.other
}

// A Session follows what one database connection does to its transaction and its
// settings, through SQL and through the driver's calls, and decides for each
// statement what the cache may do. Like a connection it is for one goroutine at a
// time.
//
// A Session whose connection is not dialled yet answers hits under the scope that
// the Source's sessions are known to start with.
type Session struct {
	src       *Source
	cache     *Cache
	number    uint64 // see counter
	probe     Probe
	connected bool
	pristine  bool // nothing has changed its settings since it connected
	untouched bool // nothing has, but a reset
	strayed   bool // see Strayed
	noWait    bool // see NoWait

	scope   *scope   // nil: to be learned
	names   *scope   // what names mean; nil: to be learned. It outlives scope where only other settings changed
	seen    view     // the latest
	planned *ground  // the server has no plan that is older; nil: that is not known
	mute    bool     // the server did not answer: not asked again until something changes
	reset   bool     // the driver reset it: it may be as new sessions are
	extra   []string // settings that the session changed by name, sorted
	lost    Reason   // why the session cannot be followed until it is reset; no Code: it can
	inDoubt bool     // lost for no other reason than that its transaction is not known
	views   bool     // it had temporary views when its scope was learned

	tx     txState
	writes invalidation.WriteSet // of the open transaction
	basis  *definitions          // that they rest on; nil: none

	states []backends.TagState // of the latest Load
	key    backends.Key        // likewise
	found  *meaning            // likewise
}

// txState is what is known of the session's transaction.
type txState struct {
	open      bool
	unknown   bool               // there may be one or not: writes count in both ways
	isolation sqlparse.Isolation // empty: to be learned
	wrote     bool
	failed    bool
	set       bool // a setting changed, which its end may undo
}

// NewSession returns a Session whose connection is to be dialled when it is first
// needed, by probe or by the wrapper, which then calls Connected.
func (src *Source) NewSession(probe Probe) *Session {
	return &Session{src: src, cache: src.cache, number: src.cache.sessions.Add(1), probe: probe, pristine: true, untouched: true}
}

// Connected says that the session has its connection now, or a new one in place of
// one that was lost: it starts anew. What it starts with is learned before anything
// is kept under it.
func (s *Session) Connected() {
	*s = Session{src: s.src, cache: s.cache, number: s.number, probe: s.probe, connected: true, pristine: true, untouched: true, noWait: s.noWait, states: s.states}
}

// InTransaction reports whether a transaction may be open.
func (s *Session) InTransaction() bool { return s.tx.open || s.tx.unknown }

// Lose says that the session was used in a way that cannot be followed, such as the
// driver's own connection in somebody's hands. It bypasses until it is reset
// (DISCARD ALL), and so for ever unless somebody does that.
func (s *Session) Lose() {
	s.inDoubt = false
	s.lose()
}

func (s *Session) lose() {
	s.lost = Reason{Code: UnknownSession}
	s.tx.unknown = true
	s.unlearn()
}

// doubt loses the session after a text that may have begun or ended transactions,
// until somebody who knows ends the doubt: see Confirm.
func (s *Session) doubt() {
	s.inDoubt = s.inDoubt || s.lost.Code == ""
	s.lose()
}

// Confirm tells what the server says of the session's transaction, for wrappers whose
// driver tells them: whether one is open, and whether it has failed. It is called
// after the Run of a statement has ended, of which nobody could tell by its text what
// it did to the transaction; after any other it does nothing.
func (s *Session) Confirm(open, failed bool) {
	if !s.inDoubt {
		return
	}
	s.inDoubt, s.lost = false, Reason{}
	if !open {
		s.clearWrites()
	}
	s.tx = txState{open: open, wrote: !s.writes.Empty(), failed: failed, set: true}
}

// unlearn forgets the scope after something that may have changed it.
func (s *Session) unlearn() {
	s.scope, s.names, s.mute, s.pristine, s.untouched, s.tx.set = nil, nil, false, false, false, true
}

func (s *Session) clearWrites() {
	s.writes.Clear()
	s.basis = nil
}

// Reset says that the driver has reset the connection, or run a hook of the program's
// that may have set anything, cleaning up among it. What it finds is learned anew;
// a session that is found as new ones start counts as new.
func (s *Session) Reset() {
	untouched := s.untouched
	s.unlearn()
	s.reset, s.untouched = true, untouched
}

// Pristine reports whether nothing that passed here has changed the session's
// settings since it connected.
func (s *Session) Pristine() bool { return s.pristine }

// Strayed reports whether SQL has SET what outlasts its transaction, and the session was not found as
// new ones start since. A pool whose next user may be given such a connection must not look up before
// it has picked one: a hit would be that of a new session.
func (s *Session) Strayed() bool { return s.strayed }

// Begun says that a transaction was begun through the driver, at the level it asked
// for; empty is the session's default.
func (s *Session) Begun(level sqlparse.Isolation) { s.begin(level) }

func (s *Session) begin(level sqlparse.Isolation) {
	if s.InTransaction() {
		// A warning, and no effect but perhaps on the level: the transaction that
		// is open goes on, with what it wrote.
		s.tx.unknown = true
		return
	}
	if level == "" && s.scope != nil {
		level = s.scope.isolation
	}
	s.tx = txState{open: true, isolation: level}
}

// ended closes the transaction, however it ended.
func (s *Session) ended() {
	if s.tx.set || s.tx.unknown {
		s.scope, s.names, s.mute = nil, nil, false // SET LOCAL ends, and so does a SET that was rolled back
	}
	s.tx = txState{unknown: s.lost.Code != ""}
	s.clearWrites()
}

// inTransaction reports whether a write that is sent now surely waits for a COMMIT.
func (s *Session) inTransaction() bool { return s.tx.open && !s.tx.unknown }

// Learn makes the session's settings known, if they are not. A wrapper calls it before
// the driver begins a transaction: in one, a question that fails would abort it, so
// that none is asked, and a session that is not known then bypasses. It blocks on
// the server, and reports nothing: what is not known is asked again, or bypasses.
func (s *Session) Learn(ctx context.Context) {
	_ = s.learn(ctx) // see above
}

var (
	errInTransaction = errors.New("cache: no question is asked in a transaction")
	errMute          = errors.New("cache: the server did not tell the session's settings")
)

// learn makes s.scope known. A session that is not connected has the scope that the
// Source's sessions start with.
func (s *Session) learn(ctx context.Context) error {
	if s.scope != nil && s.sees() {
		return nil
	}
	if !s.InTransaction() {
		s.src.await(ctx) // names hold by definitions that were read before
	}
	if s.scope != nil && (s.src.suits(s.scope) || s.InTransaction()) {
		return nil
	}
	var assumed *scope
	if !s.connected {
		var fresh bool
		if assumed, fresh = s.src.assume(); fresh && s.src.suits(assumed) {
			s.assume(assumed)
			return nil
		}
	}
	switch {
	case s.InTransaction():
		return errInTransaction
	case s.mute:
		return errMute
	}
	scope, err := s.ask(ctx)
	switch {
	case err == nil:
		s.learned(scope)
		if s.src.found(scope) {
			return s.learn(ctx)
		}
	case assumed != nil && ctx.Err() == nil:
		s.assume(assumed) // the database is down: no session starts otherwise
	default:
		s.mute = ctx.Err() == nil
		return err
	}
	return nil
}

// ask asks the server for the scope, and first has it drop the plans that are older than
// the definitions by which names are then understood. A plan goes on with the relation that
// a name meant, although another one hides that now:
//
//	1: session: prepares       UPDATE orders   shop.orders
//	2: admin:   CREATE TABLE   tenant.orders, which comes first on the path
//	3: session: UPDATE orders  understood as tenant.orders; by its plan, shop.orders
//	4: reader:  load           shop.orders: a hit, and stale
func (s *Session) ask(ctx context.Context) (*scope, error) {
	ground := s.src.ground()
	if s.connected && s.planned != ground && ground != nil {
		if _, err := s.probe(ctx, "DISCARD PLANS"); err != nil {
			return nil, err
		}
	}
	sc, err := learnScope(ctx, s.probe, s.src.form, s.extra, s.src.otherScope)
	if err == nil && sc.postgres { // another database's is its Source's, and shared
		sc.ground, s.planned = ground, ground
	}
	return sc, err
}

// assume takes the scope that new sessions start with for the session's.
func (s *Session) assume(base *scope) {
	s.scope, s.names = base, base
	if s.tx.open && s.tx.isolation == "" {
		s.tx.isolation = base.isolation
	}
}

func (s *Session) learned(scope *scope) {
	s.scope, s.names, s.views = scope, scope, scope.tempView
	if s.reset || s.strayed {
		base := s.src.base.Load()
		same := base != nil && base.scope.digest == scope.digest
		s.pristine = s.pristine || s.reset && len(s.extra) == 0 && same
		s.reset, s.strayed = false, s.strayed && !same
	}
	if s.pristine {
		s.src.starts(scope)
	}
}

// reason gives why the session bypasses whatever the statement, before anything is
// asked of the server.
func (s *Session) reason() Reason {
	switch {
	case s.lost.Code != "":
		return s.lost
	case s.tx.unknown:
		return Reason{Code: UnknownSession}
	case s.tx.failed:
		return Reason{Code: FailedTx}
	case s.tx.wrote:
		return Reason{Code: AfterWrite}
	case s.tx.open && s.tx.isolation != "":
		return levelReason(s.tx.isolation)
	}
	return Reason{}
}

// levelReason gives why a transaction of that level bypasses.
//
// A snapshot that is older than the query may not be kept, nor may an entry newer
// than the snapshot answer:
//
//	1: reader: BEGIN REPEATABLE READ; SELECT ...   its snapshot is taken
//	2: writer: COMMIT, lift                        orders 7 -> 8
//	3: reader: load                                takes 8
//	4: reader: query                               old rows, from the snapshot
//	5: reader: save                                old rows under 8
func levelReason(level sqlparse.Isolation) Reason {
	if level == sqlparse.ReadCommitted || level == sqlparse.ReadUncommitted {
		return Reason{}
	}
	return Reason{Code: IsolationLevel, Detail: string(level)}
}

// scopeReason gives why the session bypasses, once its scope is learned.
func (s *Session) scopeReason() Reason {
	switch {
	case s.scope.reason.Code != "":
		return s.scope.reason
	case s.tx.open:
		return levelReason(s.tx.isolation)
	case s.scope.isolation == sqlparse.RepeatableRead:
		return Reason{} // one statement, one snapshot
	}
	return levelReason(s.scope.isolation)
}

// apply follows the effect of a statement that the server carried out.
func (s *Session) apply(ctl sqlparse.Control) {
	switch ctl.Op {
	case sqlparse.Begin:
		s.begin(ctl.Isolation)
	case sqlparse.Commit, sqlparse.Rollback, sqlparse.PrepareTransaction:
		level := s.tx.isolation
		s.ended()
		if ctl.Chain {
			s.begin(level)
		}
	case sqlparse.RollbackTo:
		s.tx.failed = false
		if s.tx.set {
			s.unlearn()
		}
	case sqlparse.SetTransaction:
		if ctl.Isolation != "" {
			s.tx.isolation = ctl.Isolation
		}
	case sqlparse.Set:
		s.strayed = s.strayed || outlasts(ctl)
		s.set(ctl.Setting)
	case sqlparse.Reset, sqlparse.Temp, sqlparse.Unseen:
		s.unlearn()
	case sqlparse.Discard: // which no transaction allows: there is none
		s.unlearn()
		s.extra, s.lost, s.inDoubt, s.tx = nil, Reason{}, false, txState{}
		s.clearWrites()
	}
}

// outlasts reports whether ctl sets something until further notice.
func outlasts(ctl sqlparse.Control) bool {
	return ctl.Op == sqlparse.Set && !ctl.Local && !harmless[ctl.Setting]
}

// maxExtra bounds what one session can make the probe ask for.
const maxExtra = 64

// set follows SET of one setting; which value it has now, the server is asked when
// that matters.
func (s *Session) set(name string) {
	switch {
	case name == "":
		s.lost, s.inDoubt = Reason{Code: UnknownSession, Detail: "set_config"}, false
	case harmless[name]:
		return
	case !shapes(name):
		i, found := slices.BinarySearch(s.extra, name)
		if !found && len(s.extra) == maxExtra {
			s.lost, s.inDoubt = Reason{Code: UnknownSession, Detail: "too many settings"}, false
		} else if !found {
			s.extra = slices.Insert(s.extra, i, name)
		}
	}
	names := s.names
	s.unlearn()
	if name != "" && !namesDependOn(name) {
		s.names = names
	}
}
