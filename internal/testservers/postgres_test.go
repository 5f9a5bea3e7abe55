package testservers

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { Main(m) }

func connect(t *testing.T, s *PostgresServer) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestDatabasesAreSeparate(t *testing.T) {
	for _, s := range []*PostgresServer{Postgres(t), Postgres(t)} {
		if _, err := connect(t, s).Exec(t.Context(), "CREATE TABLE t (id int)"); err != nil {
			t.Error(err)
		}
	}
}

func TestRestartKeepsWhatWasCommitted(t *testing.T) {
	s := NewPostgres(t)
	if _, err := connect(t, s).Exec(t.Context(), "CREATE TABLE t AS SELECT 1 AS n"); err != nil {
		t.Fatal(err)
	}
	for i, mode := range []ShutdownMode{Fast, Immediate} {
		s.Restart(t, mode)
		var n int
		if err := connect(t, s).QueryRow(t.Context(), "UPDATE t SET n = n + 1 RETURNING n").Scan(&n); err != nil || n != i+2 {
			t.Errorf("restart %d: got %d, %v; want %d", i, n, err, i+2)
		}
	}
}

// A clone has what the original had, and its identity; what is written to one, the
// other does not have.
func TestCloneIsAnotherServer(t *testing.T) {
	s := NewPostgres(t)
	if _, err := connect(t, s).Exec(t.Context(), "CREATE TABLE t AS SELECT 1 AS n"); err != nil {
		t.Fatal(err)
	}
	clone := s.Clone(t)
	if _, err := connect(t, clone).Exec(t.Context(), "UPDATE t SET n = 2"); err != nil {
		t.Fatal(err)
	}
	ask := func(s *PostgresServer) (n int, id string) {
		err := connect(t, s).QueryRow(t.Context(), "SELECT n, system_identifier::text FROM t, pg_control_system()").Scan(&n, &id)
		if err != nil {
			t.Error(err)
		}
		return n, id
	}
	n, id := ask(s)
	cloned, clonedID := ask(clone)
	if n != 1 || cloned != 2 || id != clonedID {
		t.Errorf("got %d of %s and %d of %s; want 1 and 2 of the same", n, id, cloned, clonedID)
	}
}
