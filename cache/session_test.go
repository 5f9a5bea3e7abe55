package cache_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse"
)

const orders = "SELECT * FROM orders"

// TestSessionDecides drives one session through a script and asks how the query that
// another session has filled is answered at its end.
func TestSessionDecides(t *testing.T) {
	for _, tt := range []struct {
		name   string
		script []string
		want   string
	}{
		{"outside", nil, "hit rows"},
		{"in a transaction", []string{"BEGIN"}, "hit rows"},
		{"READ COMMITTED by name", []string{"BEGIN ISOLATION LEVEL READ COMMITTED"}, "hit rows"},
		{"READ UNCOMMITTED", []string{"BEGIN ISOLATION LEVEL READ UNCOMMITTED"}, "hit rows"},
		{"REPEATABLE READ", []string{"BEGIN ISOLATION LEVEL REPEATABLE READ"}, "isolation level"},
		{"SERIALIZABLE", []string{"START TRANSACTION ISOLATION LEVEL SERIALIZABLE"}, "isolation level"},
		{"SET TRANSACTION", []string{"BEGIN", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"}, "isolation level"},
		{"SET TRANSACTION READ ONLY", []string{"BEGIN", "SET TRANSACTION READ ONLY"}, "hit rows"},
		{"after it ended", []string{"BEGIN ISOLATION LEVEL SERIALIZABLE", "COMMIT"}, "hit rows"},
		{"chained", []string{"BEGIN ISOLATION LEVEL SERIALIZABLE", "COMMIT AND CHAIN"}, "isolation level"},
		{"wrote", []string{"BEGIN", "UPDATE other SET a = 1"}, "transaction wrote"},
		{"wrote and rolled back", []string{"BEGIN", "UPDATE orders SET a = 1", "ROLLBACK"}, "hit rows"},
		{"wrote and rolled back to a savepoint", []string{"BEGIN", "SAVEPOINT s", "UPDATE orders SET a = 1", "ROLLBACK TO s"}, "transaction wrote"},
		{"wrote and committed", []string{"BEGIN", "UPDATE orders SET a = 1", "COMMIT"}, "miss"},
		{"committed with END", []string{"BEGIN", "UPDATE orders SET a = 1", "END"}, "miss"},
		{"wrote another table", []string{"UPDATE other SET a = 1"}, "hit rows"},
		{"wrote the table", []string{"UPDATE orders SET a = 1"}, "miss"},
		{"wrote it in another schema", []string{"UPDATE sales.orders SET a = 1"}, "miss"},
		{"begun and wrote in one text", []string{"BEGIN; UPDATE orders SET a = 1"}, "transaction wrote"},
		{"all in one text", []string{"BEGIN; UPDATE orders SET a = 1; COMMIT"}, "miss"},
		{"committed in another text", []string{"BEGIN; UPDATE other SET a = 1", "UPDATE orders SET a = 1; COMMIT"}, "miss"},
		{"wrote behind a COMMIT in one text", []string{"BEGIN", "COMMIT; BEGIN; UPDATE orders SET a = 1"}, "transaction wrote"},
		{"and committed later", []string{"BEGIN", "COMMIT; BEGIN; UPDATE orders SET a = 1", "-fill", "COMMIT"}, "miss"},
		{"wrote behind a chain", []string{"BEGIN", "COMMIT AND CHAIN; UPDATE orders SET a = 1"}, "transaction wrote"},
		{"begun twice", []string{"BEGIN", "UPDATE orders SET a = 1", "BEGIN"}, "session not followed"},
		{"begun twice, by the driver", []string{"BEGIN", "UPDATE orders SET a = 1", "-begun"}, "session not followed"},
		{"a level before the driver's begin", []string{"BEGIN ISOLATION LEVEL REPEATABLE READ", "-begun"}, "session not followed"},
		{"prepared for two phases", []string{"BEGIN", "UPDATE orders SET a = 1", "PREPARE TRANSACTION 'x'"}, "miss"},
		{"committed in two phases elsewhere", []string{"COMMIT PREPARED 'x'"}, "miss"},
		{"rolled back in two phases", []string{"ROLLBACK PREPARED 'x'"}, "hit rows"},
		{"DDL", []string{"CREATE TABLE new (a int)"}, "miss"},
		{"DO", []string{"DO $$ BEGIN END $$"}, "miss"},
		{"a function of the user's", []string{"SELECT my_function()"}, "miss"},
		{"unparsable", []string{"MERGE INTO x SYNTAX OF A NEWER SERVER"}, "miss"},
		{"unparsable and maybe control", []string{"BEGIN SYNTAX OF A NEWER SERVER"}, "session not followed"},
		{"set_config with a computed name", []string{"SELECT set_config(a, b, false) FROM c"}, "session not followed"},
		{"reset after that", []string{"SELECT set_config(a, b, false) FROM c", "DISCARD ALL"}, "hit rows"},
		{"harmless SET", []string{"SET statement_timeout = 100"}, "hit rows"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, nil)
			b.want(b.session(), orders, "miss")
			s := b.session()
			for _, sql := range tt.script {
				switch sql {
				case "-fill":
					b.query(b.session(), orders, "rows")
				case "-begun":
					s.Begun("")
				default:
					b.exec(s, sql)
				}
			}
			b.want(s, orders, tt.want)
		})
	}
}

// Statements that fail: what is known of the transaction and the tables afterwards.
func TestSessionAfterFailure(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before []string
		fails  string
		how    invalidation.Outcome
		want   string // from this session
		other  string // from another
	}{
		{"write outside", nil, "UPDATE orders SET a = 1", invalidation.RolledBack, "hit rows", "hit rows"},
		{"read in a transaction", []string{"BEGIN"}, "SELECT 1/0", invalidation.RolledBack, "transaction failed", "hit rows"},
		{"and back to a savepoint", []string{"BEGIN", "SAVEPOINT a", "-"}, "ROLLBACK TO a", invalidation.Committed, "hit rows", "hit rows"},
		{"COMMIT", []string{"BEGIN", "UPDATE orders SET a = 1"}, "COMMIT", invalidation.RolledBack, "hit rows", "hit rows"},
		{"COMMIT with no answer", []string{"BEGIN", "UPDATE orders SET a = 1"}, "COMMIT", invalidation.Unknown, "session not followed", "write on its way"},
		{"write with no answer", nil, "UPDATE orders SET a = 1", invalidation.Unknown, "session not followed", "write on its way"},
		{"several statements", nil, "UPDATE orders SET a = 1; SELECT 1/0", invalidation.RolledBack, "miss", "miss"},
		{"DO", nil, "DO $$ BEGIN END $$", invalidation.RolledBack, "miss", "miss"},
		{"CALL", nil, "CALL p()", invalidation.RolledBack, "miss", "miss"},
		{"a typing error", nil, "SELECT FROM WHERE", invalidation.RolledBack, "hit rows", "hit rows"},
		{"text with control", nil, "COMMIT; BEGIN; SELECT 1/0", invalidation.RolledBack, "session not followed", "hit rows"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, nil)
			b.want(b.session(), orders, "miss")
			s := b.session()
			for _, sql := range tt.before {
				if sql == "-" {
					b.execTo(s, "SELECT 1/0", invalidation.RolledBack)
					continue
				}
				b.exec(s, sql)
			}
			b.execTo(s, tt.fails, tt.how)
			if got := b.query(b.session(), orders, "rows"); got != tt.other {
				t.Errorf("another session: got %q; want %q", got, tt.other)
			}
			want := tt.want
			if want == "miss" {
				want = "hit rows" // the other session has just filled it
			}
			b.want(s, orders, want)
		})
	}
}

// The transaction is fenced from before its COMMIT until its outcome is known, and not
// before.
func TestCommitIsFenced(t *testing.T) {
	b := newBench(t, nil)
	w, r := b.session(), b.session()
	b.want(r, orders, "miss")
	w.Begun("")
	b.exec(w, "UPDATE orders SET a = 1")
	b.want(r, orders, "hit rows") // nothing is committed yet
	run, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.want(r, orders, "write on its way")
	run.End(invalidation.Committed)
	b.want(r, orders, "miss")
	b.want(w, orders, "hit rows")
}

// A new session is answered under the scope that sessions were last seen to start
// with, without a connection.
func TestHitNeedsNoConnection(t *testing.T) {
	b := newBench(t, nil)
	b.want(b.session(), orders, "miss")
	asked := b.srv.asked.Load()
	s := b.src.NewSession(b.srv.probe)
	b.want(s, orders, "hit rows")
	if b.srv.asked.Load() != asked {
		t.Errorf("a hit asked the server")
	}
}

// A session that turns out to start with other settings keeps nothing under the scope
// that was assumed: see Ticket.confirm.
func TestAssumedScopeIsConfirmed(t *testing.T) {
	b := newBench(t, nil)
	b.want(b.session(), orders, "miss")
	b.exec(b.session(), "UPDATE orders SET a = 1")

	moved := b.srv.with("search_path", "other")
	s := b.src.NewSession(moved.probe)
	ans := b.lookup(t.Context(), s, orders)
	if ans.Ticket == nil {
		t.Fatalf("got %+v; want a ticket", ans)
	}
	s.Connected()
	run, err := s.Start(t.Context(), b.cache.Statement(t.Context(), orders), ans.Ticket)
	if err != nil {
		t.Fatal(err)
	}
	ans.Ticket.Save(t.Context(), append(ans.Ticket.Buffer(0), "other's rows"...))
	run.End(invalidation.Committed)
	if n := b.cache.Stats().NotStored[cache.UnknownScope]; n != 1 {
		t.Errorf("got %d results not stored for their scope; want 1", n)
	}
	b.want(b.sessionOn(b.srv), orders, "miss")
	b.want(b.sessionOn(moved), orders, "miss")
}

// What a session changed, it answers under; and never does a new one start with it.
func TestSettingsSplitTheScope(t *testing.T) {
	for _, sql := range []string{
		"SET search_path = other", "SET TimeZone = 'Asia/Tokyo'", "SET ROLE other",
		"SELECT set_config('search_path', 'other', false)", "SET my.tenant = 7", "RESET ALL",
		"DO $$ BEGIN END $$", "SELECT my_function()",
	} {
		t.Run(sql, func(t *testing.T) {
			b := newBench(t, nil)
			b.want(b.session(), orders, "miss")
			b.want(b.session(), "SELECT * FROM fresh", "miss")

			mine := b.srv.with("search_path", "other").with("user", "other").with("my.tenant", "7")
			mine.settings["search_path"] = "public" // as before, until the statement runs
			mine.settings["user"] = "app"
			s := b.sessionOn(mine)
			b.exec(s, sql)
			mine.settings["search_path"], mine.settings["user"] = "other", "other"
			b.want(s, orders, "miss")
			b.want(s, orders, "hit rows")

			fresh := b.src.NewSession(b.srv.probe)
			want := "hit rows"
			if sql[0] == 'D' || sql == "SELECT my_function()" {
				want = "miss" // opaque: it moved the epoch, and s filled orders under its own scope
			}
			b.want(fresh, orders, want)
		})
	}
}

func TestServerRulesOut(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"standby", "true", "standby"},
		{"temp", "true", "temporary tables"},
		{"standard_conforming_strings", "off", "standard_conforming_strings"},
		{"client_encoding", "SJIS", "client encoding"},
		{"default_transaction_isolation", "serializable", "isolation level"},
		{"default_transaction_isolation", "repeatable read", "miss"},
	} {
		t.Run(tt.name+"="+tt.value, func(t *testing.T) {
			b := newBench(t, nil)
			b.want(b.sessionOn(b.srv.with(tt.name, tt.value)), orders, tt.want)
		})
	}
	t.Run("no answer", func(t *testing.T) {
		b := newBench(t, nil)
		b.srv.err = errDown
		b.want(b.session(), orders, "session did not answer")
	})
}

func TestDefaultLevelOfTransactions(t *testing.T) {
	b := newBench(t, nil)
	srv := b.srv.with("default_transaction_isolation", "repeatable read")
	s := b.sessionOn(srv)
	b.want(s, orders, "miss")
	s.Begun("")
	b.want(s, orders, "isolation level")
	s.RolledBack()
	s.Begun(sqlparse.ReadCommitted)
	b.want(s, orders, "hit rows")
}

func TestLostSession(t *testing.T) {
	b := newBench(t, nil)
	b.want(b.session(), orders, "miss")
	s := b.session()
	s.Lose()
	b.want(s, orders, "session not followed")
	// There may be a transaction or not: the write is fenced now, and again by a
	// COMMIT.
	b.exec(s, "UPDATE orders SET a = 1")
	r := b.session()
	b.want(r, orders, "miss")
	b.exec(s, "COMMIT")
	b.want(r, orders, "miss")
	b.want(s, orders, "session not followed")
	b.exec(s, "DISCARD ALL")
	b.want(s, orders, "hit rows")
}

// In a transaction the server is not asked for settings: a question that it refuses
// would abort the transaction.
func TestNoQuestionInATransaction(t *testing.T) {
	b := newBench(t, nil)
	s := b.session()
	s.Begun("")
	b.want(s, orders, "session did not answer")
	if n := b.srv.asked.Load(); n != 0 {
		t.Errorf("asked %d times; want none", n)
	}
	s.RolledBack()
	s.Learn(t.Context()) // as wrappers do before
	s.Begun("")
	b.want(s, orders, "miss")
	b.exec(s, "SET LOCAL search_path = other")
	b.want(s, orders, "session did not answer")
}

// A server that does not answer is not asked before every read.
func TestMuteServer(t *testing.T) {
	b := newBench(t, nil)
	b.srv.err = errDown
	s := b.session()
	b.want(s, orders, "session did not answer")
	asked := b.srv.asked.Load()
	b.want(s, orders, "session did not answer")
	if n := b.srv.asked.Load(); n != asked {
		t.Errorf("asked %d times; want %d", n, asked)
	}
	b.srv.err = nil
	b.exec(s, "SET search_path = other")
	b.want(s, orders, "miss")
}

// A connection that the driver's hook has cleaned up is as good as new; one that it has
// set up otherwise is not.
func TestReset(t *testing.T) {
	b := newBench(t, nil)
	b.want(b.session(), orders, "miss")
	srv := b.srv.with("search_path", "public")
	s := b.sessionOn(srv)
	b.want(s, orders, "hit rows")
	b.exec(s, "SET search_path = other")
	srv.settings["search_path"] = "other"
	b.want(s, orders, "miss")
	if s.Pristine() {
		t.Error("a session that was set is pristine")
	}
	srv.settings["search_path"] = "public" // the hook's RESET ALL
	s.Reset()
	b.want(s, orders, "hit rows")
	if !s.Pristine() {
		t.Error("a session that was cleaned up is not pristine")
	}
	srv.settings["search_path"] = "tenant" // a hook that sets
	s.Reset()
	b.want(s, orders, "miss")
	b.want(b.src.NewSession(b.srv.probe), orders, "hit rows")
}

// What new sessions start with is looked at again, by one of them, once it is old; and
// believed as long as the database is down.
func TestAssumedScopeAges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		defer b.close()
		b.want(b.session(), orders, "miss")
		moved := b.srv.with("search_path", "other") // ALTER ROLE app SET search_path = other
		b.want(b.src.NewSession(moved.probe), orders, "hit rows")
		time.Sleep(time.Minute)
		moved.err = errDown
		b.want(b.src.NewSession(moved.probe), orders, "hit rows")
		time.Sleep(time.Minute)
		moved.err = nil
		b.want(b.src.NewSession(moved.probe), orders, "miss")
		b.want(b.src.NewSession(moved.probe), orders, "hit rows")
	})
}

// A text that means something else where a backslash is an escape may write anything
// there.
func TestBackslash(t *testing.T) {
	const text = `SELECT * FROM items WHERE a = '\' OR b = '; DELETE FROM orders --'`
	for setting, want := range map[string]string{"on": "hit rows", "off": "miss"} {
		b := newBench(t, nil)
		b.want(b.session(), orders, "miss")
		b.exec(b.sessionOn(b.srv.with("standard_conforming_strings", setting)), text)
		b.want(b.session(), orders, want)
	}
}
