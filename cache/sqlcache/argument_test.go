package sqlcache_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
)

// A nextID tells another number each time that it is asked.
type nextID struct{ n int64 }

func (id *nextID) Value() (driver.Value, error) {
	id.n++
	return id.n, nil
}

// A status is plain data, and would be asked by a lookup.
type status int

var asked int

func (s status) Value() (driver.Value, error) {
	asked++
	return int64(s), nil
}

// Arguments are asked once, by the driver, where the cache cannot answer.
func TestArgumentsAreTheDrivers(t *testing.T) {
	f := &fake{
		rows: func() driver.Rows { return &fakeRows{columns: []string{"a"}, values: [][]driver.Value{{int64(1)}}} },
		conn: func(c *fakeConn) driver.Conn { // which has no CheckNamedValue: database/sql asks
			return struct {
				driver.Conn
				driver.QueryerContext
				driver.ExecerContext
			}{c, c, c}
		},
	}
	c := newCache(t, nil)
	db := open(t, sqlcache.Connector(f, c))
	ctx := t.Context()
	for _, tt := range []struct {
		name  string
		ctx   context.Context
		query string
		plain bool // a lookup does not ask status either
	}{
		{"read", ctx, `SELECT a FROM t WHERE a = $1`, false},
		{"write", ctx, `INSERT INTO t VALUES ($1) RETURNING a`, true},
		{"volatile", ctx, `SELECT a FROM t WHERE a = $1 AND random() < 1`, true},
		{"skipped", cache.Skip(ctx), `SELECT a FROM t WHERE a = $1`, true},
	} {
		for _, way := range []string{"query", "prepared"} {
			t.Run(tt.name+"/"+way, func(t *testing.T) {
				id := &nextID{}
				ask(t, db, way, tt.ctx, tt.query, id)
				if id.n != 1 {
					t.Errorf("a Valuer was asked %d times; want once", id.n)
				}
				if asked = 0; tt.plain {
					ask(t, db, way, tt.ctx, tt.query, status(1))
					if asked != 1 {
						t.Errorf("plain data was asked %d times; want once", asked)
					}
				}
			})
		}
	}
	if s := c.Stats(); s.Hits != 0 {
		t.Errorf("got %d hits; want none", s.Hits)
	}
}

func ask(t *testing.T, db *sql.DB, way string, ctx context.Context, query string, arg any) {
	t.Helper()
	send := db.QueryContext
	if way == "prepared" {
		stmt, err := db.PrepareContext(ctx, query)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = stmt.Close() }() // the rows' error matters
		send = func(ctx context.Context, _ string, args ...any) (*sql.Rows, error) {
			return stmt.QueryContext(ctx, args...)
		}
	}
	rows, err := send(ctx, query, arg)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
}

var tenant string

type (
	tenantText  struct{}
	tenantName  struct{}
	tenantJSON  struct{}
	tenantLevel int
)

func (tenantText) TextValue() (pgtype.Text, error) {
	return pgtype.Text{String: tenant, Valid: true}, nil
}
func (tenantName) String() string                { return tenant }
func (tenantJSON) MarshalJSON() ([]byte, error)  { return fmt.Appendf(nil, `{"t": %q}`, tenant), nil }
func (tenantLevel) Value() (driver.Value, error) { return tenant, nil }

// What an argument says by a method must not bring the rows of what it said before.
func TestArgumentsThatSpeak(t *testing.T) {
	bare, db, _ := wrapped(t, pgxConnector(t), nil)
	exec(t, bare, `CREATE TABLE tenants (v text)`)
	exec(t, bare, `INSERT INTO tenants VALUES ('x'), ('y')`)
	for _, tt := range []struct {
		query string
		arg   any
	}{
		{`SELECT v FROM tenants WHERE v = $1`, tenantText{}},
		{`SELECT v FROM tenants WHERE v = $1`, tenantName{}},
		{`SELECT v FROM tenants WHERE v = $1::jsonb->>'t'`, tenantJSON{}},
		{`SELECT v FROM tenants WHERE v = $1`, tenantLevel(1)},
	} {
		for _, tenant = range []string{"x", "y"} {
			var got string
			if err := db.QueryRow(tt.query, tt.arg).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if got != tenant {
				t.Errorf("%T: got the rows of %q; want those of %q", tt.arg, got, tenant)
			}
		}
	}
}

// A guarded argument leads to a map that others write to, under a lock which only its
// method takes.
type guarded struct {
	mu   *sync.Mutex
	m    map[int]int
	next *guarded
}

func (g guarded) Value() (driver.Value, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return int64(g.m[0]), nil
}

// Run with -race.
func TestGuardedArgument(t *testing.T) {
	bare, db, _ := wrapped(t, pgxConnector(t), nil)
	exec(t, bare, `CREATE TABLE nothing (a bigint)`)
	g := guarded{mu: new(sync.Mutex), m: map[int]int{}}
	g.next = &g
	ctx, cancel := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			g.mu.Lock()
			g.m[i%1000]++
			g.mu.Unlock()
		}
	})
	for range 100 {
		if got := column(t, db, `SELECT a FROM nothing WHERE a < $1`, g); len(got) != 0 {
			t.Errorf("got %v; want nothing", got)
		}
	}
	cancel()
	writer.Wait()
}

// Every node leads to every other. A context does not help who walks.
func TestEndlessArgument(t *testing.T) {
	bare, db, _ := wrapped(t, pgxConnector(t), nil)
	exec(t, bare, `CREATE TABLE nothing (a bigint)`)
	nodes := make([]*node, 64)
	for i := range nodes {
		nodes[i] = &node{nodes}
	}
	if got := column(t, db, `SELECT a FROM nothing WHERE a = $1`, nodes[0]); len(got) != 0 {
		t.Errorf("got %v; want nothing", got)
	}
}

type node struct{ all []*node }

func (n *node) Value() (driver.Value, error) { return int64(len(n.all)), nil }
