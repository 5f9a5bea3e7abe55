package explain_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/bench/explain"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/pgxcache"
	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
	"github.com/gojohnny/gojohnny/sqlparse"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

var update = flag.Bool("update", false, "rewrite the expectations of testdata")

func TestMain(m *testing.M) { testservers.Main(m) }

// report explains the statements of testdata, over conn if it is not nil.
func report(t *testing.T, conn *pgx.Conn) *explain.Report {
	t.Helper()
	script, err := os.ReadFile("testdata/statements.sql")
	if err != nil {
		t.Fatal(err)
	}
	r, err := explain.Explain(t.Context(), conn, nil, sqlparse.Split(string(script)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// connect connects to a database with the schema of testdata.
func connect(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), testservers.Postgres(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) }) // the database is dropped anyway
	schema, err := os.ReadFile("testdata/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), string(schema)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	name = "testdata/" + name
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("not %s; -update rewrites it. Got\n%s", name, got)
	}
}

func TestExplain(t *testing.T) {
	for name, conn := range map[string]func(*testing.T) *pgx.Conn{
		"static":  func(*testing.T) *pgx.Conn { return nil },
		"catalog": connect,
	} {
		t.Run(name, func(t *testing.T) {
			r := report(t, conn(t))
			if r.Database != nil {
				if !strings.HasPrefix(r.Database.Server, "PostgreSQL ") || strings.Contains(r.Database.Server, "password") {
					t.Errorf("server %q", r.Database.Server)
				}
				r.Database.Server, r.Database.Role = "PostgreSQL", "somebody" // of any version, on any port
			}
			var text, machines bytes.Buffer
			if err := r.WriteText(&text, false); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", text.String())
			if err := r.WriteJSON(&machines); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".json", machines.String())
			var back explain.Report
			if err := json.Unmarshal(machines.Bytes(), &back); err != nil {
				t.Error(err)
			}
		})
	}
}

// What a terminal is sent more than a file is colour.
func TestColour(t *testing.T) {
	r := report(t, nil)
	var with, without bytes.Buffer
	if err := errors.Join(r.WriteText(&with, true), r.WriteText(&without, false)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(with.String(), "\x1b[32mcached") || strings.Contains(without.String(), "\x1b") {
		t.Errorf("with colour\n%q\nwithout\n%q", with.String(), without.String())
	}
	if got := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(with.String(), ""); got != without.String() {
		t.Errorf("more than colour differs:\n%q\n%q", got, without.String())
	}
}

// A long text is cut short for people, and cannot colour or clear their terminal.
func TestLongText(t *testing.T) {
	r, err := explain.Explain(t.Context(), nil, nil, []string{"SELECT '\x1b[2J' FROM \n\tusers WHERE id IN (" + strings.Repeat("1, ", 1000) + "1)"})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.WriteText(&b, false); err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(b.String(), "\n")
	if !strings.HasPrefix(line, "cached  SELECT '\uFFFD[2J' FROM users WHERE id IN (1, 1,") || !strings.HasSuffix(line, "…") || len(line) > 250 {
		t.Errorf("got %q", line)
	}
	if len(r.Statements[0].SQL) < 3000 {
		t.Errorf("the report has %d bytes of it; want all", len(r.Statements[0].SQL))
	}
}

// A session's search path and role decide what a name means.
func TestExplainOfASession(t *testing.T) {
	conn := connect(t)
	if _, err := conn.Exec(t.Context(), "SET search_path = sales"); err != nil {
		t.Fatal(err)
	}
	r, err := explain.Explain(t.Context(), conn, nil, []string{"SELECT * FROM leads", "TABLE users"})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Statements[0].Reads; len(got) == 0 || got[0].Tag != "default/sales.leads" {
		t.Errorf("leads: got %+v; want sales.leads", got)
	}
	if got := r.Statements[1]; got.Verdict != explain.Bypass || got.Reasons[0].Code != string(catalog.UnknownRelation) {
		t.Errorf("users, which is not on the path: got %+v", got)
	}
}

// None of the texts is run.
func TestNothingIsRun(t *testing.T) {
	conn := connect(t)
	report(t, conn)
	var items, columns int
	err := conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM order_items),
		(SELECT count(*) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'email')`).Scan(&items, &columns)
	if err != nil || items != 0 || columns != 0 {
		t.Errorf("inserted %d rows, added %d columns, %v", items, columns, err)
	}
}

// The report is what a cache says that has read the same catalog.
func TestReportAgreesWithTheCache(t *testing.T) {
	conn := connect(t)
	r := report(t, conn)
	store, err := memstore.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	c := cache.New(store, pgquery.New(), nil)
	pool, err := pgxpool.New(t.Context(), conn.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	cached := pgxcache.New(pool, c)
	defer func() {
		cached.Close()
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	for !c.Explain(t.Context(), "TABLE users").Catalog {
		if _, err := cached.Exec(t.Context(), "TABLE users"); err != nil { // it reads the catalog
			t.Fatal(err)
		}
	}
	tags := func(uses []explain.Use) []string {
		var set invalidation.WriteSet
		for _, u := range uses {
			set.Add([]string{u.Tag})
		}
		return set.Tags()
	}
	for _, s := range r.Statements {
		e := c.Explain(t.Context(), s.SQL)
		if s.SQL == "SELECT * FROM users" {
			continue // its comment is not in the report
		}
		reads := slices.Sorted(slices.Values(e.Reads))
		if got := s.Verdict == explain.Cached; got != e.Cached || got && !slices.Equal(tags(s.Reads), reads) {
			t.Errorf("%s: the report says %s, and that it reads %v; the cache %v", s.SQL, s.Verdict, tags(s.Reads), e)
		}
		if got := tags(s.Writes); !slices.Equal(got, e.Writes) {
			t.Errorf("%s: the report says it writes %v; the cache %v", s.SQL, got, e.Writes)
		}
	}
}
