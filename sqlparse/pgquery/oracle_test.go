//go:build cgo

package pgquery

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gojohnny/gojohnny/internal/corpus"
	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// TestOracle executes the corpus on PostgreSQL, each statement in a transaction
// that is rolled back, and compares the relations the server locked and modified with
// the analysis: none may be missing.
//
// Options of a case: "# server: 16" needs that version; "# oracle: why" leaves it out;
// "# setup:" and "# setup-in-transaction:" are executed before it.
func TestOracle(t *testing.T) {
	o := newOracle(t)
	for _, file := range corpus.Files(t) {
		for i, c := range file.Cases {
			if c.SQL == "" {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", file.Name, i), func(t *testing.T) {
				if o.skips(t, &c) {
					return
				}
				a, err := New().Analyze(c.SQL)
				if err != nil {
					t.Fatalf("%s\n%v", c.SQL, err)
				}
				o.check(t, &c, a)
			})
		}
	}
}

// An oracle is a PostgreSQL with the corpus's schema.
type oracle struct {
	conn    *pgx.Conn
	version int
}

func newOracle(t testing.TB) *oracle {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, testservers.Postgres(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	// The role is the server's, not the database's: another run may have left it.
	exec(t, conn, "DROP ROLE IF EXISTS corpus_role")
	t.Cleanup(func() { exec(t, conn, "DROP OWNED BY corpus_role; DROP ROLE corpus_role") })
	schema, err := os.ReadFile("testdata/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	exec(t, conn, string(schema))
	o := &oracle{conn: conn}
	if err := conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int / 10000").Scan(&o.version); err != nil {
		t.Fatal(err)
	}
	return o
}

func exec(t testing.TB, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.PgConn().Exec(context.Background(), sql).ReadAll(); err != nil {
		t.Fatalf("%s\n%v", sql, err)
	}
}

// skips reports whether a case is left out, and says so where the server is to blame.
func (o *oracle) skips(t *testing.T, c *corpus.Case) bool {
	if _, ok := c.Option("oracle"); ok {
		return true
	}
	if o.version < c.Needs() {
		t.Skipf("needs PostgreSQL %d", c.Needs())
	}
	return false
}

// A touch is what the transaction did to a relation.
type touch struct {
	schema, name string
	locked       bool
	writer       bool  // with the lock of one who writes
	tuples       int64 // changed so far, by earlier transactions of the session too
}

func (o *oracle) check(t *testing.T, c *corpus.Case, a *sqlparse.Analysis) {
	t.Helper()
	if setup, ok := c.Option("setup"); ok {
		exec(t, o.conn, setup)
	}
	exec(t, o.conn, "BEGIN")
	defer exec(t, o.conn, "DISCARD ALL")
	defer exec(t, o.conn, "ROLLBACK")
	if setup, ok := c.Option("setup-in-transaction"); ok {
		exec(t, o.conn, setup)
	}
	before := o.touches(t)
	if err := o.run(c.SQL); err != nil {
		t.Fatalf("%s\n%v", c.SQL, err)
	}
	o.compare(t, c.SQL, a, before)
}

// compare reports what the server did since before that is not in the analysis.
func (o *oracle) compare(t *testing.T, sql string, a *sqlparse.Analysis, before []touch) {
	t.Helper()
	for i, after := range o.touches(t) {
		was := touch{}
		if i < len(before) && before[i].schema == after.schema && before[i].name == after.name {
			was = before[i]
		}
		wrote := after.writer && !was.writer || after.tuples > was.tuples
		if (after.locked && !was.locked || wrote) && !covered(a, after, wrote) {
			t.Errorf("%s\nthe server touched %+v, which is not in\n%s", sql, after, render(a, nil))
		}
	}
}

// run executes a statement; COPY needs its own messages.
func (o *oracle) run(sql string) error {
	conn, ctx := o.conn.PgConn(), context.Background()
	var err error
	switch {
	case strings.HasPrefix(sql, "COPY") && strings.Contains(sql, "FROM STDIN"):
		_, err = conn.CopyFrom(ctx, strings.NewReader(""), sql)
	case strings.HasPrefix(sql, "COPY") && strings.Contains(sql, "TO STDOUT"):
		_, err = conn.CopyTo(ctx, new(strings.Builder), sql)
	default:
		_, err = conn.Exec(ctx, sql).ReadAll()
	}
	return err
}

// touchesSQL lists the tables, views and sequences there are, and what the transaction did to
// them. Indexes, TOAST tables and catalogs are not asked for; the children of a table are the catalog's part.
const touchesSQL = `
SELECT n.nspname, c.relname, count(l.mode) > 0,
       coalesce(bool_or(l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')), false),
       coalesce(pg_stat_get_xact_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_updated(c.oid)
                + pg_stat_get_xact_tuples_deleted(c.oid), 0)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_locks l ON l.relation = c.oid AND l.pid = pg_backend_pid() AND l.locktype = 'relation'
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname !~ '^(pg_catalog|pg_toast|information_schema)'
  AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
GROUP BY n.nspname, c.relname, c.oid ORDER BY c.oid`

func (o *oracle) touches(t testing.TB) []touch {
	t.Helper()
	rows, err := o.conn.Query(context.Background(), touchesSQL, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (touch, error) {
		var x touch
		err := row.Scan(&x.schema, &x.name, &x.locked, &x.writer, &x.tuples)
		return x, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// covered reports whether the analysis says what the server did.
func covered(a *sqlparse.Analysis, x touch, wrote bool) bool {
	for i := range a.Statements {
		st := &a.Statements[i]
		if st.Opaque || writes(st, x) || reads(st, x) && (!wrote || locksOnly[st.Kind]) {
			return true
		}
	}
	return false
}

// locksOnly are the commands that take a writer's lock on relations they do not write: MERGE
// on a target that it does nothing to.
var locksOnly = map[sqlparse.Kind]bool{
	"LOCK": true, "EXPLAIN": true, "ANALYZE": true, "REINDEX": true, "CLUSTER": true, "MERGE": true,
}

func reads(st *sqlparse.Statement, x touch) bool {
	return slices.ContainsFunc(st.Reads, func(r sqlparse.Relation) bool { return means(r, x) })
}

func writes(st *sqlparse.Statement, x touch) bool {
	return slices.ContainsFunc(st.Writes, func(w sqlparse.Write) bool { return means(w.Relation, x) })
}

// means reports whether a text that names r, under the default search path, means x.
func means(r sqlparse.Relation, x touch) bool {
	switch {
	case r.Name != x.name:
		return false
	case strings.HasPrefix(x.schema, "pg_temp"):
		return r.Schema == "" || r.Schema == "pg_temp"
	default:
		return r.Schema == x.schema || r.Schema == "" && x.schema == "public"
	}
}

// read tells how the server reads a query: the code of its error, or its rows.
func (o *oracle) read(sql string) string {
	ctx := context.Background()
	description, err := o.conn.PgConn().Prepare(ctx, "", sql, nil)
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused):
		return refused.Code
	case err != nil:
		return err.Error()
	case len(description.ParamOIDs) > 0:
		return "accepted"
	}
	result := o.conn.PgConn().ExecPrepared(ctx, "", nil, nil, nil).Read()
	return fmt.Sprintf("%q %v", result.Rows, result.Err)
}

// TestServerReadsStrippedTextsAlike asks the server, since the parser misreads some comments.
func TestServerReadsStrippedTextsAlike(t *testing.T) {
	o := newOracle(t)
	for _, sql := range commented {
		stripped, _ := sqlparse.StripComments(sql)
		if got, want := o.read(stripped), o.read(sql); got != want {
			t.Errorf("the server reads %q as %s; want %s, as %q", stripped, got, want, sql)
		}
	}
	for _, sql := range corpus.Texts(t) {
		if a, err := New().Analyze(sql); err != nil || len(a.Statements) != 1 || !a.Statements[0].Cacheable() {
			continue
		}
		want := o.read(sql)
		for _, comment := range []string{"/*'*/", " --\"\n"} {
			stripped, _ := sqlparse.StripComments(between(sql, comment))
			if got := o.read(stripped); got != want {
				t.Errorf("the server reads %q as %s; want %s", stripped, got, want)
			}
		}
	}
}
