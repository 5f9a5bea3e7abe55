package cache_test

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

// server is what a session's probe talks to: the settings of one PostgreSQL
// session. The real one is behind the wrappers' tests.
type server struct {
	settings map[string]string
	err      error
	asked    atomic.Int64
}

func newServer() *server {
	return &server{settings: map[string]string{
		"default_transaction_isolation": "read committed",
		"standby":                       "false",
		"temp":                          "false",
		"standard_conforming_strings":   "on",
		"client_encoding":               "UTF8",
		"search_path":                   "public",
		"TimeZone":                      "UTC",
		"user":                          "app",
		"database":                      "shop",
	}}
}

func (s *server) with(name, value string) *server {
	c := &server{settings: maps.Clone(s.settings)}
	c.settings[name] = value
	return c
}

var settingName = regexp.MustCompile(`current_setting\('([^']+)', true\)`)

func (s *server) probe(_ context.Context, query string) ([]string, error) {
	s.asked.Add(1)
	if s.err != nil {
		return nil, s.err
	}
	v := s.settings
	row := []string{
		v["default_transaction_isolation"], v["standby"], v["temp"], "false",
		v["standard_conforming_strings"], v["client_encoding"],
		"7642", "2026-01-01", v["database"], v["user"], v["user"], "member of nothing", `["pg_catalog","public"]`,
	}
	for _, m := range settingName.FindAllStringSubmatch(query, -1) {
		row = append(row, "+"+v[m[1]])
	}
	return row, nil
}

// A bench is a cache over a store of its own.
type bench struct {
	t     testing.TB
	store *memstore.Store
	cache *cache.Cache
	src   *cache.Source
	srv   *server
}

func newBench(t testing.TB, opts *cache.Options) *bench {
	t.Helper()
	store, err := memstore.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return benchOn(t, store, opts)
}

func benchOn(t testing.TB, store *memstore.Store, opts *cache.Options) *bench {
	t.Helper()
	return benchWith(t, store, store, opts)
}

// benchWith makes a bench whose cache sees store by way of seen.
func benchWith(t testing.TB, store *memstore.Store, seen backends.Store, opts *cache.Options) *bench {
	t.Helper()
	c := cacheOn(t, seen, opts)
	return &bench{t: t, store: store, cache: c, src: c.NewSource("test", nil), srv: newServer()}
}

func cacheOn(t testing.TB, store backends.Store, opts *cache.Options) *cache.Cache {
	t.Helper()
	c := cache.New(store, pgquery.New(), opts)
	t.Cleanup(func() { _ = c.Close(context.Background()) }) // what a dead store has not taken, it never will
	return c
}

// close closes everything inside a bubble, whose goroutines must end before it does.
func (b *bench) close() {
	b.t.Helper()
	if err := b.cache.Close(b.t.Context()); err != nil {
		b.t.Error(err)
	}
	b.store.Close()
}

// session returns a connected session on the bench's server.
func (b *bench) session() *cache.Session { return b.sessionOn(b.srv) }

func (b *bench) sessionOn(srv *server) *cache.Session {
	s := b.src.NewSession(srv.probe)
	s.Connected()
	return s
}

// exec runs a statement that the server carries out.
func (b *bench) exec(s *cache.Session, sql string) { b.execTo(s, sql, invalidation.Committed) }

func (b *bench) execTo(s *cache.Session, sql string, o invalidation.Outcome) {
	b.t.Helper()
	run, err := s.Start(b.t.Context(), b.cache.Statement(b.t.Context(), sql), nil)
	if err != nil {
		b.t.Fatalf("%s: %v", sql, err)
	}
	run.End(o)
}

// lookup runs the lookup of a query and nothing behind it.
func (b *bench) lookup(ctx context.Context, s *cache.Session, sql string) cache.Answer {
	b.t.Helper()
	ans, err := s.Lookup(ctx, b.cache.Statement(ctx, sql), new(cache.Args))
	if err != nil {
		b.t.Fatalf("%s: %v", sql, err)
	}
	return ans
}

// query runs a query whose rows, where the database is asked, are rows. It says how
// it was answered: "hit" with the rows, "miss", or the code of the reason.
func (b *bench) query(s *cache.Session, sql, rows string) string {
	return b.queryWith(b.t.Context(), s, sql, rows)
}

func (b *bench) queryWith(ctx context.Context, s *cache.Session, sql, rows string) string {
	b.t.Helper()
	ans := b.lookup(ctx, s, sql)
	if ans.Hit {
		return "hit " + string(ans.Rows)
	}
	run, err := s.Start(ctx, b.cache.Statement(ctx, sql), ans.Ticket)
	if err != nil {
		b.t.Fatalf("%s: %v", sql, err)
	}
	defer run.End(invalidation.Committed)
	if ans.Ticket == nil {
		return string(ans.Reason.Code)
	}
	ans.Ticket.Save(ctx, append(ans.Ticket.Buffer(0), rows...))
	return "miss"
}

// want fails the test if a query is not answered as it should be.
func (b *bench) want(s *cache.Session, sql, want string) {
	b.t.Helper()
	if got := b.query(s, sql, "rows"); got != want {
		b.t.Errorf("%s: got %q; want %q", sql, got, want)
	}
}

var errDown = errors.New("down")

// deadStore answers nothing while dead is set.
type deadStore struct {
	*memstore.Store
	dead atomic.Bool
}

func (d *deadStore) Load(ctx context.Context, k backends.Key, tags []string, st []backends.TagState) ([]byte, error) {
	if d.dead.Load() {
		return nil, errDown
	}
	return d.Store.Load(ctx, k, tags, st)
}

func (d *deadStore) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	if d.dead.Load() {
		return errDown
	}
	return d.Store.Fence(ctx, tags, w, lease)
}

func (d *deadStore) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	if d.dead.Load() {
		return errDown
	}
	return d.Store.Lift(ctx, tags, w, advance)
}
