package cache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
	"github.com/gojohnny/gojohnny/sqlparse"
)

func TestDirectives(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		name string
		ctx  context.Context
		sql  string
		want string
	}{
		{"none", ctx, orders, "hit rows"},
		{"skip", cache.Skip(ctx), orders, "skipped"},
		{"skip in a comment", ctx, "/* gojohnny: skip */ " + orders, "skipped"},
		{"refresh", cache.Refresh(ctx), orders, "miss"},
		{"refresh in a comment", ctx, orders + " -- gojohnny: refresh", "miss"},
		{"time to live", cache.WithTTL(ctx, time.Minute), orders, "hit rows"},
		{"no time to live", cache.WithTTL(ctx, 0), orders, "skipped"},
		{"time to live in a comment", ctx, orders + " /* gojohnny: ttl=30s, refresh */", "miss"},
		{"no duration", ctx, orders + " /* gojohnny: ttl=soon */", "bad directive"},
		{"a typing error", ctx, orders + " /* gojohnny: skp */", "bad directive"},
		{"other comments", ctx, "/* traceparent=00-af */ " + orders + " -- why", "hit rows"},
		{"not asked for, but on by default", cache.Use(ctx), orders, "hit rows"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, nil)
			b.want(b.session(), orders, "miss")
			if got := b.queryWith(tt.ctx, b.session(), tt.sql, "rows"); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestTTLEndsAnEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &cache.Options{TTL: time.Hour})
		s := b.session()
		b.want(s, orders, "miss")
		if got := b.queryWith(cache.WithTTL(t.Context(), time.Minute), s, "SELECT * FROM short", "rows"); got != "miss" {
			t.Fatalf("got %q; want a miss", got)
		}
		time.Sleep(2 * time.Minute) // the bubble's clock
		b.want(s, orders, "hit rows")
		b.want(s, "SELECT * FROM short", "miss")
		time.Sleep(time.Hour)
		b.want(s, orders, "miss")
		b.close()
	})
}

func TestOptIn(t *testing.T) {
	b := newBench(t, &cache.Options{OptIn: true})
	s := b.session()
	b.want(s, orders, "not asked for")
	if got := b.queryWith(cache.Use(t.Context()), s, orders, "rows"); got != "miss" {
		t.Errorf("got %q; want a miss", got)
	}
	b.want(s, orders+" /* gojohnny: use */", "hit rows")
}

func TestAllowAndDeny(t *testing.T) {
	for _, tt := range []struct {
		allow, deny []string
		sql         string
		want        string
	}{
		{nil, []string{"orders"}, orders, "table denied"},
		{nil, []string{"Orders"}, orders, "table denied"},
		{nil, []string{`"Orders"`}, orders, "miss"},
		{nil, []string{"sales.orders"}, orders, "table denied"},
		{nil, []string{"sales.orders"}, "SELECT * FROM sales.orders", "table denied"},
		{nil, []string{"sales.orders"}, "SELECT * FROM public.orders", "miss"},
		{nil, []string{"items"}, "SELECT * FROM orders JOIN items USING (id)", "table denied"},
		{[]string{"orders"}, nil, orders, "miss"},
		{[]string{"orders"}, nil, "SELECT * FROM orders JOIN items USING (id)", "table denied"},
		{[]string{"sales.orders"}, nil, orders, "table denied"},
		{[]string{"sales.orders"}, nil, "SELECT * FROM sales.orders", "miss"},
		{[]string{"orders"}, []string{"orders"}, orders, "table denied"},
		{nil, []string{`sales."Odd "" Name"`}, `SELECT * FROM sales."Odd "" Name"`, "table denied"},
	} {
		t.Run(fmt.Sprintf("allow=%v deny=%v %s", tt.allow, tt.deny, tt.sql), func(t *testing.T) {
			b := newBench(t, &cache.Options{Allow: tt.allow, Deny: tt.deny})
			b.want(b.session(), tt.sql, tt.want)
		})
	}
}

// A denied table is not asked for at the store, nor does it cost a probe.
func TestDeniedTouchesNothing(t *testing.T) {
	store, err := memstore.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	down := &deadStore{Store: store}
	down.dead.Store(true)
	c := cacheOn(t, down, &cache.Options{Deny: []string{"orders"}})
	b := &bench{t: t, cache: c, src: c.NewSource("test", nil), srv: newServer()}
	b.want(b.session(), orders, "table denied")
	b.want(b.session(), "SELECT * FROM other", "store out of reach")
	if n := b.srv.asked.Load(); n != 1 {
		t.Errorf("the server was asked %d times; want once, for the other table", n)
	}
}

func TestWritesAreNotReads(t *testing.T) {
	b := newBench(t, nil)
	for range 3 {
		b.want(b.session(), "INSERT INTO orders VALUES (1) RETURNING id", "writes")
	}
	s := b.cache.Stats()
	if s.Reads != 0 || s.Writes != 3 {
		t.Errorf("got %d reads and %d writes; want 0 and 3", s.Reads, s.Writes)
	}
}

// What stands under an entry's key and is none is a miss, counted, and mended.
func TestDamagedEntry(t *testing.T) {
	store, err := memstore.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	spoiler := &spoiler{Store: store}
	c := cacheOn(t, spoiler, nil)
	b := &bench{t: t, cache: c, src: c.NewSource("test", nil), srv: newServer()}
	s := b.session()
	b.want(s, orders, "miss")
	for name, spoil := range map[string]func([]byte) []byte{
		"foreign":  func([]byte) []byte { return []byte("somebody else's value") },
		"empty":    func([]byte) []byte { return []byte{} },
		"cut":      func(e []byte) []byte { return e[:len(e)-1] },
		"a bit":    func(e []byte) []byte { e = bytes.Clone(e); e[len(e)-1] ^= 1; return e },
		"a header": func(e []byte) []byte { e = bytes.Clone(e); e[3]--; return e },
		"newer":    func(e []byte) []byte { e = bytes.Clone(e); e[2]++; return e },
	} {
		before := c.Stats().Damaged
		spoiler.spoil = spoil
		if got := b.lookup(t.Context(), s, orders); got.Ticket == nil {
			t.Errorf("%s: got %+v; want a ticket", name, got)
		} else {
			got.Ticket.Drop(cache.Reason{Code: cache.QueryFailed})
		}
		if n := c.Stats().Damaged - before; n != 1 {
			t.Errorf("%s: counted %d damaged; want 1", name, n)
		}
		spoiler.spoil = nil
		b.want(s, orders, "hit rows")
	}
}

// spoiler damages what a store returns.
type spoiler struct {
	*memstore.Store
	spoil func([]byte) []byte
}

func (s *spoiler) Load(ctx context.Context, k backends.Key, tags []string, st []backends.TagState) ([]byte, error) {
	e, err := s.Store.Load(ctx, k, tags, st)
	if s.spoil != nil {
		e = s.spoil(e)
	}
	return e, err
}

func TestTooLarge(t *testing.T) {
	b := newBench(t, &cache.Options{MaxEntry: 100})
	ans := b.lookup(t.Context(), b.session(), orders)
	ans.Ticket.Save(t.Context(), append(ans.Ticket.Buffer(0), make([]byte, 100)...))
	if n := b.cache.Stats().NotStored[cache.TooLarge]; n != 1 {
		t.Errorf("counted %d; want 1", n)
	}
	b.want(b.session(), orders, "miss")
}

func TestInvalidate(t *testing.T) {
	b := newBench(t, nil)
	items := "SELECT * FROM items"
	b.want(b.session(), orders, "miss")
	b.want(b.session(), items, "miss")
	if err := b.cache.Invalidate(t.Context(), "public.orders"); err != nil {
		t.Fatal(err)
	}
	b.want(b.session(), orders, "miss")
	b.want(b.session(), items, "hit rows")
	if err := b.cache.InvalidateAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.want(b.session(), orders, "miss")
	b.want(b.session(), items, "miss")
}

// Another program of the namespace sees the write; of another one, it does not share
// the entries.
func TestNamespace(t *testing.T) {
	a := newBench(t, nil)
	b := benchOn(t, a.store, nil)
	other := benchOn(t, a.store, &cache.Options{Namespace: "other"})
	a.want(a.session(), orders, "miss")
	b.want(b.session(), orders, "hit rows")
	other.want(other.session(), orders, "miss")
	b.exec(b.session(), "UPDATE orders SET a = 1")
	a.want(a.session(), orders, "miss")
	other.want(other.session(), orders, "hit rows")
}

func TestOptionsOutOfRange(t *testing.T) {
	for _, o := range []cache.Options{
		{TTL: -1},
		{MaxEntry: -1},
		{MaxEntry: 1<<30 + 1},
		{MaxTexts: -1},
		{Lease: time.Millisecond},
		{Writes: 9},
		{Namespace: string(make([]byte, 101))},
		{Declarations: catalog.Declarations{Vouched: []string{"a b"}}},
		{Declarations: catalog.Declarations{Functions: []catalog.Function{{Name: "total()"}}}},
		{Declarations: catalog.Declarations{Functions: []catalog.Function{{Name: "total", Writes: []string{"a", "b.c.d"}}}}},
	} {
		if err := o.Check(); err == nil {
			t.Errorf("%+v: Check finds nothing", o)
		}
		b := newBench(t, &o)
		b.want(b.session(), orders, "invalid options")
		if e := b.cache.Explain(t.Context(), orders); e.Cached || e.Remedy == "" {
			t.Errorf("%+v: Explain says %+v", o, e)
		}
		b.exec(b.session(), "UPDATE orders SET a = 1") // which others must see all the same
	}
	if err := new(cache.Options).Check(); err != nil {
		t.Errorf("the defaults are out of range: %v", err)
	}
}

func TestCountersAddUp(t *testing.T) {
	b := newBench(t, &cache.Options{Deny: []string{"secrets"}})
	for i := range 50 {
		s := b.session()
		b.query(s, orders, "rows")
		b.query(s, fmt.Sprintf("SELECT * FROM orders WHERE id = %d", i%5), "rows")
		b.query(s, "SELECT * FROM secrets", "rows")
		b.query(s, "SELECT now() FROM orders", "rows")
		b.query(s, "SELECT * FROM orders JOIN items USING (id)", "rows")
		if i%10 == 0 {
			b.exec(s, "UPDATE orders SET a = 1")
		}
	}
	s := b.cache.Stats()
	if s.Reads != 250 || s.Reads != s.Hits+s.Misses+s.Bypasses {
		t.Errorf("got %+v; want 250 reads that add up", s.ReadStats)
	}
	var bypasses, statements uint64
	for _, n := range s.BypassReasons {
		bypasses += n
	}
	notStored := uint64(0)
	for _, n := range s.NotStored {
		notStored += n
	}
	for _, st := range s.Statements {
		statements += st.Reads
	}
	if bypasses != s.Bypasses || s.BypassReasons[cache.Denied] != 50 || s.BypassReasons[sqlparse.AmbientCall] != 50 {
		t.Errorf("reasons %v; want them to add up to %d", s.BypassReasons, s.Bypasses)
	}
	if s.Stored+notStored != s.Misses {
		t.Errorf("%d stored and %d not; want %d misses", s.Stored, notStored, s.Misses)
	}
	if statements != s.Reads {
		t.Errorf("statements have %d reads; want %d", statements, s.Reads)
	}
	if s.Parses != 10 { // nine texts and the UPDATE
		t.Errorf("%d parses; want one for each of 10 texts", s.Parses)
	}
	for _, tb := range s.Tables {
		if tb.Table == "orders" && (tb.Reads != 200 || tb.Writes != 5) {
			t.Errorf("orders: got %+v; want 200 reads and 5 writes", tb)
		}
	}
	if p := s.Protocol; p.Fences != 5 || p.Committed != 5 || p.Open != 0 {
		t.Errorf("got %+v; want 5 fences, all lifted", p)
	}
}

func TestTextsDoNotExhaustTheMemory(t *testing.T) {
	b := newBench(t, &cache.Options{MaxTexts: 1 << 20})
	s := b.session()
	for i := range 20_000 {
		b.query(s, fmt.Sprintf("SELECT * FROM orders WHERE note = 'literal %d'", i), "rows")
		b.query(s, orders, "rows")
	}
	if n := len(b.cache.Stats().Statements); n == 0 || n > 1200 {
		t.Errorf("%d texts are remembered; want at most 1 MiB of them", n)
	}
	if n := b.cache.Stats().Parses - 20_000; n > 5000 {
		t.Errorf("the repeated statement was parsed %d times in 20000; want it to stay, mostly", n)
	}
}

func TestExplain(t *testing.T) {
	b := newBench(t, nil)
	const blind = "  blind   no database with a catalog; views, foreign keys, triggers, rules, partitions, row security, types and the functions behind them are not seen\n"
	for _, tt := range []struct{ sql, want string }{
		{orders, "cached\n  reads   default/ default/*.orders\n" + blind},
		{"SELECT 1", "not cached: no table\n"},
		{"SELECT now()", "not cached: time or session: now\n  remedy  pass the time or the user as an argument instead\n" + blind},
		{"UPDATE orders SET a = 1", "not cached: writes: UPDATE\n  writes  default/* default/*.orders\n" + blind},
	} {
		if got := b.cache.Explain(t.Context(), tt.sql).String(); got != tt.want {
			t.Errorf("%s: got\n%swant\n%s", tt.sql, got, tt.want)
		}
	}
	if e := b.cache.Explain(t.Context(), "SELEKT"); e.Cached || e.Error == "" || e.Reason.Code != cache.Unparsable {
		t.Errorf("got %+v; want the parser's error", e)
	}
}

// Store out of reach: a read bypasses, a write goes ahead or, if the cache is strict,
// does not.
func TestStoreOutOfReach(t *testing.T) {
	store, err := memstore.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	dead := &deadStore{Store: store}
	for _, mode := range []invalidation.Mode{invalidation.Available, invalidation.Strict} {
		c := cacheOn(t, dead, &cache.Options{Writes: mode})
		b := &bench{t: t, cache: c, src: c.NewSource("test", nil), srv: newServer()}
		s := b.session()
		dead.dead.Store(false)
		b.query(s, orders, "rows")
		dead.dead.Store(true)
		b.want(s, orders, "store out of reach")
		run, err := s.Start(t.Context(), c.Statement(t.Context(), "UPDATE orders SET a = 1"), nil)
		if mode == invalidation.Strict {
			if !errors.Is(err, invalidation.ErrRefused) {
				t.Errorf("strict: got %v; want ErrRefused", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		run.End(invalidation.Committed)
		b.want(s, orders, "advance pending")
	}
	dead.dead.Store(false)
}
