package cache_test

import (
	"reflect"
	"testing"

	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A pool looks up without a connection, and fills by the one it then picks, if that
// one's session may fill.
func TestBorrowedLookupIsConfirmed(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(*bench, *cache.Session)
		want  string
	}{
		"like any other":  {func(*bench, *cache.Session) {}, "hit filled"},
		"lost":            {func(_ *bench, s *cache.Session) { s.Lose() }, "miss"},
		"in a snapshot":   {func(_ *bench, s *cache.Session) { s.Begun("repeatable read") }, "miss"},
		"after its write": {func(b *bench, s *cache.Session) { s.Begun(""); b.exec(s, "UPDATE orders SET a = 1") }, "miss"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			b.queryBorrowed(func() *cache.Session {
				s := b.session()
				tt.spoil(b, s)
				return s
			})
			b.want(b.session(), orders, tt.want)
		})
	}
}

// queryBorrowed is query as a pool does it: by the session that it picks once nothing was found.
func (b *bench) queryBorrowed(pick func() *cache.Session) string {
	b.t.Helper()
	ctx, borrowed := b.t.Context(), b.src.Borrow(b.srv.probe)
	ans := b.lookup(ctx, borrowed, orders)
	b.src.Return(borrowed)
	if ans.Hit {
		return "hit " + string(ans.Rows)
	}
	run, err := pick().Start(ctx, b.cache.Statement(ctx, orders), ans.Ticket)
	if err != nil {
		b.t.Fatal(err)
	}
	ans.Ticket.Save(ctx, append(ans.Ticket.Buffer(0), "filled"...))
	run.End(invalidation.Committed)
	return "miss"
}

// Sessions that the program has not touched may differ all the same, as by a pool's hook. What
// the last was in tells what the next lookup without a connection is for:
//
//	1: session: connects         in UTC, which is what new ones are taken to start with
//	2: hook:    SET TimeZone     to Tokyo, as the session is released
//	3: reader:  lookup in UTC    runs on it: its rows are not kept
//	4: reader:  lookup in Tokyo  runs on it: they are; if it was in UTC still, never
//
// Not so after a SET of the program's, which no other session is to answer by.
func TestBorrowedLookupFollowsTheLastSession(t *testing.T) {
	for name, tt := range map[string]struct {
		differ func(*bench, *cache.Session)
		want   string // of the third query
	}{
		"by a hook": {func(_ *bench, s *cache.Session) { s.Reset() }, "hit filled"},
		"by SET":    {func(b *bench, s *cache.Session) { b.exec(s, "SET TimeZone = 'Asia/Tokyo'") }, "miss"},
		"by SET, and then a hook": {func(b *bench, s *cache.Session) {
			b.exec(s, "SET TimeZone = 'Asia/Tokyo'")
			s.Reset()
		}, "miss"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			s := b.session()
			s.Learn(t.Context())
			tt.differ(b, s)
			b.srv.settings["TimeZone"] = "Asia/Tokyo"
			pick := func() *cache.Session { return s }
			b.queryBorrowed(pick)
			b.queryBorrowed(pick)
			if got := b.queryBorrowed(pick); got != tt.want {
				t.Errorf("got %s; want %s", got, tt.want)
			}
		})
	}
}

func TestBorrowedSessionStartsAnew(t *testing.T) {
	b := newBench(t, nil)
	s := b.src.Borrow(b.srv.probe)
	s.Begun("serializable")
	b.want(s, orders, "isolation level")
	s.Lose()
	b.src.Return(s)
	for range 3 { // whichever it is
		s = b.src.Borrow(b.srv.probe)
		if ans := b.lookup(t.Context(), s, orders); ans.Ticket == nil {
			t.Errorf("got %+v; want a ticket", ans)
		} else {
			ans.Ticket.Drop(cache.Reason{Code: cache.QueryFailed})
		}
		b.src.Return(s)
	}
}

// A session that holds what others need runs its own query beside theirs.
func TestNoWait(t *testing.T) {
	b := newBench(t, nil)
	leader := b.lookup(t.Context(), b.session(), orders)
	s := b.session()
	s.NoWait()
	if ans := b.lookup(t.Context(), s, orders); ans.Ticket == nil {
		t.Errorf("got %+v; want a ticket", ans)
	}
	leader.Ticket.Drop(cache.Reason{Code: cache.QueryFailed})
}

func TestKeeps(t *testing.T) {
	b := newBench(t, nil)
	s := b.session()
	for sql, want := range map[string]bool{
		orders: true, "SELECT now()": false, "UPDATE orders SET a = 1": false, orders + " /* gojohnny: skip */": false,
	} {
		if got := s.Keeps(b.cache.Statement(t.Context(), sql), new(cache.Args)); got != want {
			t.Errorf("%s: got %v; want %v", sql, got, want)
		}
	}
	s.Lose()
	if s.Keeps(b.cache.Statement(t.Context(), orders), new(cache.Args)) {
		t.Error("a lost session keeps")
	}
}

// A store that says it is down.
type downStore struct {
	*memstore.Store
	down bool
}

func (d *downStore) Down() bool { return d.down }

// TestKeepsIsHeldTo: a query whose arguments were not keyed, since the store was down
// when the caller asked, must not be answered:
//
//	1: reader: Keeps    no, the store is down; WHERE id = $1 is left without its argument
//	2: store:  is back
//	3: reader: lookup   finds what another query of no argument has kept
func TestKeepsIsHeldTo(t *testing.T) {
	b := newBench(t, nil)
	store := &downStore{Store: b.store}
	b.cache = cacheOn(t, store, nil)
	b.src = b.cache.NewSource("test", nil)
	b.want(b.session(), orders, "miss")
	b.want(b.session(), orders, "hit rows")

	s, st := b.session(), b.cache.Statement(t.Context(), orders)
	var args cache.Args
	args.Uint64("int", 1) // of the query before
	store.down = true
	if s.Keeps(st, &args) {
		t.Fatal("the store is down, and Keeps says yes")
	}
	store.down = false
	ans, err := s.Lookup(t.Context(), st, &args)
	if want := (cache.Answer{Reason: cache.Reason{Code: cache.StoreDown}}); err != nil || !reflect.DeepEqual(ans, want) {
		t.Errorf("got %+v, %v; want %+v", ans, err, want)
	}
	if !s.Keeps(st, &args) {
		t.Fatal("the store is back, and Keeps says no")
	}
	if ans, err := s.Lookup(t.Context(), st, &args); err != nil || !ans.Hit {
		t.Errorf("after it came back: got %+v, %v; want a hit", ans, err)
	}
}

func TestChangedIsLearnedAgain(t *testing.T) {
	b := newBench(t, nil)
	s := b.session()
	b.want(s, orders, "miss")
	b.srv.settings["search_path"] = "other"
	b.want(s, orders, "hit rows") // nobody said so
	s.Reset()
	b.want(s, orders, "miss")
}

// A text that nobody understands may have begun a transaction, until the server says.
func TestConfirm(t *testing.T) {
	const text = "BEGIN; UPDATE orders SET FANCY a = 1"
	b := newBench(t, nil)
	s, r := b.session(), b.session()
	b.exec(s, text)
	b.want(s, orders, "session not followed")
	s.Confirm(false, false)
	b.want(s, orders, "miss")
	b.exec(s, text)
	s.Confirm(true, false)
	b.want(s, orders, "transaction wrote")
	b.want(r, orders, "miss")
	b.exec(s, "COMMIT") // of what the text wrote
	b.want(r, orders, "miss")
	b.want(s, orders, "hit rows")

	s.Lose()
	s.Confirm(false, false) // that is no matter of transactions
	b.want(s, orders, "session not followed")
}

// A typing error outside of transactions leaves nothing behind.
func TestTypingErrorIsForgotten(t *testing.T) {
	b := newBench(t, nil)
	s := b.session()
	b.execTo(s, "SELEC 1", invalidation.RolledBack)
	b.want(s, orders, "miss")
}

func TestHintStaysWithTheText(t *testing.T) {
	b := newBench(t, nil)
	if got := b.cache.Statement(t.Context(), orders).Hint(); got != nil {
		t.Errorf("got %v; want nil", got)
	}
	b.cache.Statement(t.Context(), orders+" -- a comment").SetHint(7)
	if got := b.cache.Statement(t.Context(), orders).Hint(); got != 7 {
		t.Errorf("got %v; want 7", got)
	}
}
