package cache

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// A Source is one way into a database: a connector or a pool, whose new sessions all
// start alike. A wrapper makes one for what it wraps. It is safe for concurrent
// use.
type Source struct {
	cache *Cache
	base  atomic.Pointer[scope] // what a new session was last seen to start with; nil: none was seen

	otherOnce sync.Once
	other     *scope

	idle sync.Pool // of *Session; see Borrow
}

// NewSource returns a Source of sessions for wrappers of database access.
func (c *Cache) NewSource() *Source { return &Source{cache: c} }

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
	probe     Probe
	connected bool
	pristine  bool // nothing has changed its settings since it connected
	noWait    bool // see NoWait

	scope   *scope   // nil: to be learned
	extra   []string // settings that the session changed by name, sorted
	lost    Reason   // why the session cannot be followed until it is reset; no Code: it can
	inDoubt bool     // lost for no other reason than that its transaction is not known

	tx     txState
	writes invalidation.WriteSet // of the open transaction

	states []backends.TagState // of the latest Load
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
	return &Session{src: src, cache: src.cache, probe: probe, pristine: true}
}

// Connected says that the session has its connection now, or a new one in place of
// one that was lost: it starts anew. What it starts with is learned before anything
// is kept under it.
func (s *Session) Connected() {
	*s = Session{src: s.src, cache: s.cache, probe: s.probe, connected: true, pristine: true, noWait: s.noWait, states: s.states}
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
		s.writes.Clear()
	}
	s.tx = txState{open: open, wrote: !s.writes.Empty(), failed: failed, set: true}
}

// unlearn forgets the scope after something that may have changed it.
func (s *Session) unlearn() { s.scope, s.pristine, s.tx.set = nil, false, true }

// Begun says that a transaction was begun through the driver, at the level it asked
// for; empty is the session's default.
func (s *Session) Begun(level sqlparse.Isolation) { s.begin(level) }

func (s *Session) begin(level sqlparse.Isolation) {
	if level == "" && s.scope != nil {
		level = s.scope.isolation
	}
	s.tx = txState{open: true, isolation: level}
}

// ended closes the transaction, however it ended.
func (s *Session) ended() {
	if s.tx.set || s.tx.unknown {
		s.scope = nil // SET LOCAL ends, and so does a SET that was rolled back
	}
	s.tx = txState{unknown: s.lost.Code != ""}
	s.writes.Clear()
}

// inTransaction reports whether a write that is sent now surely waits for a COMMIT.
func (s *Session) inTransaction() bool { return s.tx.open && !s.tx.unknown }

// learn makes s.scope known. A session that is not connected and has changed nothing
// has the scope that the Source's sessions start with.
func (s *Session) learn(ctx context.Context) error {
	if s.scope != nil {
		return nil
	}
	if !s.connected {
		if base := s.src.base.Load(); base != nil {
			s.scope = base
			if s.tx.open && s.tx.isolation == "" {
				s.tx.isolation = base.isolation
			}
			return nil
		}
	}
	scope, err := learnScope(ctx, s.probe, s.extra, s.src.otherScope)
	if err != nil {
		return err
	}
	s.scope = scope
	if s.pristine {
		s.src.base.Store(scope)
	}
	if s.tx.open && s.tx.isolation == "" {
		s.tx.isolation = scope.current
	}
	return nil
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
	}
	return Reason{}
}

// scopeReason gives why the session bypasses, once its scope is learned.
//
// A snapshot that is older than the query may not be kept, nor may an entry newer
// than the snapshot answer:
//
//	1: reader: BEGIN REPEATABLE READ; SELECT ...   its snapshot is taken
//	2: writer: COMMIT, lift                        orders 7 -> 8
//	3: reader: load                                takes 8
//	4: reader: query                               old rows, from the snapshot
//	5: reader: save                                old rows under 8
func (s *Session) scopeReason() Reason {
	if s.scope.reason.Code != "" {
		return s.scope.reason
	}
	level := s.tx.isolation
	if !s.tx.open {
		level = s.scope.isolation
		if level == sqlparse.RepeatableRead { // one statement, one snapshot
			level = sqlparse.ReadCommitted
		}
	}
	if level != sqlparse.ReadCommitted && level != sqlparse.ReadUncommitted {
		return Reason{Code: IsolationLevel, Detail: string(level)}
	}
	return Reason{}
}

// apply follows the effect of a statement that the server carried out.
func (s *Session) apply(ctl sqlparse.Control) {
	switch ctl.Op {
	case sqlparse.Begin:
		if s.tx.open { // a warning and no effect, but for the level
			s.tx.isolation = ""
			s.tx.unknown = true
			return
		}
		s.begin(ctl.Isolation)
	case sqlparse.Commit, sqlparse.Rollback, sqlparse.PrepareTransaction:
		level := s.tx.isolation
		s.ended()
		if ctl.Chain {
			s.begin(level)
		}
	case sqlparse.RollbackTo:
		s.tx.failed = false
		s.unlearn()
	case sqlparse.SetTransaction:
		if ctl.Isolation != "" {
			s.tx.isolation = ctl.Isolation
		}
	case sqlparse.Set:
		s.set(ctl.Setting)
	case sqlparse.Reset, sqlparse.Temp, sqlparse.Unseen:
		s.unlearn()
	case sqlparse.Discard: // which no transaction allows: there is none
		s.unlearn()
		s.extra, s.lost, s.inDoubt, s.tx = nil, Reason{}, false, txState{}
		s.writes.Clear()
	}
}

// set follows SET of one setting; which value it has now, the server is asked when
// that matters.
func (s *Session) set(name string) {
	switch {
	case name == "":
		s.lost, s.inDoubt = Reason{Code: UnknownSession, Detail: "set_config"}, false
	case harmless[name]:
		return
	case !shapes(name):
		if i, found := slices.BinarySearch(s.extra, name); !found {
			s.extra = slices.Insert(s.extra, i, name)
		}
	}
	s.unlearn()
}
