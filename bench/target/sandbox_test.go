package target

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/bench/workload"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

func TestMain(m *testing.M) { testservers.Main(m) }

func TestCheckNeverRepeatsAPassword(t *testing.T) {
	for address, want := range map[string]string{
		"":                                                       "want sqlite or postgres://",
		"mysql://me:secret@localhost/app":                        "want sqlite or postgres://",
		"host=localhost password=secret":                         "want sqlite or postgres://",
		"postgres://me:sec%zzret@localhost/app":                  "not a URL",
		"postgres://me:secret@localhost:port/x":                  "not a URL",
		"postgres://me:secret@localhost:99999/x":                 "not an address pgx can read",
		"postgres://localhost/x?password=secret&sslmode=perhaps": "not an address pgx can read",
	} {
		err := Check(address)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v; want an error with %q", address, err, want)
		}
	}
}

func TestServerThatDoesNotAnswer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = NewSandbox(t.Context(), "postgres://me:secret@"+addr+"/app")
	if err == nil || !strings.Contains(err.Error(), addr) {
		t.Fatalf("got %v; want an error that names %s", err, addr)
	}
	if text := err.Error(); strings.Contains(text, "secret") || strings.Contains(text, "\n") {
		t.Errorf("error holds the password or a line break: %q", text)
	}
}

// The texts are PostgreSQL's: $2 is the second argument, wherever it stands.
func TestSQLiteBindsByNumber(t *testing.T) {
	b, err := NewSandbox(t.Context(), "sqlite")
	if err != nil {
		t.Fatal(err)
	}
	defer closeSandbox(t, b)
	db := sql.OpenDB(b.Connector)
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	var got int
	if err := db.QueryRowContext(t.Context(), "SELECT $2 - $1", 1, 10).Scan(&got); err != nil || got != 9 {
		t.Errorf("10 - 1 is %d, %v; want 9", got, err)
	}
}

func closeSandbox(t *testing.T, b *Sandbox) {
	t.Helper()
	if err := b.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSQLiteLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	useSandbox(t, "sqlite")
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestPostgresLeavesNothingAndTouchesNothing(t *testing.T) {
	address := testservers.Postgres(t).URL()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	// The user's own table, under a name that the shop has too.
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE public.users AS SELECT 'mine' AS title"); err != nil {
		t.Fatal(err)
	}
	useSandbox(t, address)
	var title string
	if err := db.QueryRowContext(t.Context(), "SELECT title FROM public.users").Scan(&title); err != nil || title != "mine" {
		t.Errorf("public.users holds %q, %v", title, err)
	}
	var schemas int
	err = db.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'gojohnny%'").Scan(&schemas)
	if err != nil || schemas != 0 {
		t.Errorf("left %d schemas, %v", schemas, err)
	}
}

// useSandbox fills a sandbox, rolls a transaction back in it and removes it, although
// its context has ended by then.
func useSandbox(t *testing.T, address string) {
	t.Helper()
	w := workload.New(workload.Config{Tables: 11, Rows: 50, Reads: 0.5, Skew: 1})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b, err := NewSandbox(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer closeSandbox(t, b)
	defer cancel()
	if err := b.Fill(ctx, w.Tables); err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(b.Connector)
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, table := range w.Tables {
		checkFilled(t, db, table)
	}
	undone := errors.New("undone")
	err = SQL(db).InTx(ctx, func(s Session) (bool, error) {
		return true, errors.Join(undone, s.Exec(ctx, "DELETE FROM users", nil))
	})
	if !errors.Is(err, undone) {
		t.Errorf("InTx returned %v; want %v", err, undone)
	}
	checkFilled(t, db, w.Tables[1])
}

func checkFilled(t *testing.T, db *sql.DB, table *workload.Table) {
	t.Helper()
	var rows, versions, misplaced int64
	err := db.QueryRowContext(t.Context(), "SELECT count(*), CAST(sum(version) AS bigint), count(CASE WHEN parent_id <> (id - 1) % $1 + 1 THEN 1 END) FROM "+table.Name,
		table.Parents).Scan(&rows, &versions, &misplaced)
	if err != nil {
		t.Fatal(err)
	}
	if rows != table.Rows || versions != rows || misplaced != 0 {
		t.Errorf("%s: %d rows, versions %d, %d under the wrong parent; want %d rows of version 1", table.Name, rows, versions, misplaced, table.Rows)
	}
}
