package sqlcache_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/gojohnny/gojohnny/cache/sqlcache"
)

// single returns a connection of its own.
func single(t testing.TB, db *sql.DB) *sql.Conn {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // some tests close it
	return conn
}

// search_path, role and TimeZone were missing from the key (nearly all): one tenant saw
// another's rows. Each case changes a session and asks what another has asked before.
func TestSettingsOfASession(t *testing.T) {
	bare, db, _ := wrapped(t, pgxConnector(t), nil)
	for _, ddl := range []string{
		`CREATE SCHEMA tenant`, `CREATE TABLE names (n text)`, `INSERT INTO names VALUES ('mine')`,
		`CREATE TABLE tenant.names (n text)`, `INSERT INTO tenant.names VALUES ('theirs')`,
		`CREATE ROLE gojohnny_reader`, `GRANT USAGE ON SCHEMA public, tenant TO gojohnny_reader`,
		`GRANT SELECT ON names TO gojohnny_reader`,
		`ALTER TABLE names ENABLE ROW LEVEL SECURITY`, `CREATE POLICY none ON names TO gojohnny_reader USING (false)`,
		`CREATE TABLE moments (m timestamptz)`, `INSERT INTO moments VALUES ('2026-01-01 00:00Z')`,
	} {
		exec(t, bare, ddl)
	}
	t.Cleanup(func() {
		_, _ = bare.Exec(`DROP OWNED BY gojohnny_reader`) // the server may go first
		_, _ = bare.Exec(`DROP ROLE gojohnny_reader`)     // likewise
	})
	const names, moments = `SELECT n FROM names`, `SELECT m::text FROM moments`
	for _, tt := range []struct {
		set   string
		query string
		want  []any
	}{
		{`SET search_path = tenant`, names, []any{"theirs"}},
		{`SET ROLE gojohnny_reader`, names, nil},
		{`SET SESSION AUTHORIZATION gojohnny_reader`, names, nil},
		{`SET TimeZone = 'Asia/Tokyo'`, moments, []any{"2026-01-01 09:00:00+09"}},
		{`SET DateStyle = 'German'`, moments, []any{"01.01.2026 00:00:00 UTC"}},
		{`SELECT set_config('search_path', 'tenant', false)`, names, []any{"theirs"}},
		{`BEGIN; SET LOCAL search_path = tenant`, names, []any{"theirs"}},
	} {
		t.Run(tt.set, func(t *testing.T) {
			before := column(t, db, tt.query)
			conn := single(t, db)
			exec(t, conn, tt.set)
			for range 2 {
				wantColumn(t, column(t, conn, tt.query), tt.want...)
			}
			exec(t, conn, `ROLLBACK`)
			exec(t, conn, `RESET SESSION AUTHORIZATION`)
			exec(t, conn, `RESET ALL`)
			wantColumn(t, column(t, conn, tt.query), before...)
		})
	}
	t.Run("SET LOCAL ends with its transaction", func(t *testing.T) {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, `SET LOCAL search_path = tenant`)
		wantColumn(t, column(t, tx, names), "theirs")
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		wantColumn(t, column(t, db, names), "mine")
	})
}

// What somebody does with the driver's own connection nobody can follow.
func TestUnwrapLosesTheSession(t *testing.T) {
	cfg := pgxConfig(t)
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec // DISCARD ALL takes prepared statements away
	bare, db, c := wrapped(t, stdlib.GetConnector(*cfg), nil)
	exec(t, bare, `CREATE TABLE names (n text)`)
	exec(t, bare, `CREATE SCHEMA tenant`)
	exec(t, bare, `CREATE TABLE tenant.names (n text)`)
	exec(t, bare, `INSERT INTO tenant.names VALUES ('theirs')`)
	const q = `SELECT n FROM names`
	column(t, db, q)

	conn := single(t, db)
	unwrap := func(c any) error {
		own, err := sqlcache.Unwrap(t.Context(), c)
		if err != nil {
			return err
		}
		_, err = own.(*stdlib.Conn).Conn().Exec(t.Context(), `SET search_path = tenant`)
		return err
	}
	if err := conn.Raw(unwrap); err != nil {
		t.Fatal(err)
	}
	wantColumn(t, column(t, conn, q), "theirs")
	if s := c.Stats(); s.BypassReasons["session not followed"] != 1 {
		t.Errorf("got %v; want one for a session that is not followed", s.BypassReasons)
	}
	exec(t, conn, `DISCARD ALL`)
	wantColumn(t, column(t, conn, q))
	wantHits(t, c, 1)

	if err := single(t, bare).Raw(unwrap); err != nil {
		t.Errorf("without the cache: %v", err)
	}
	if _, err := sqlcache.Unwrap(t.Context(), 7); err == nil {
		t.Error("7 was taken for a connection")
	}
}

// A typing error changes nothing about a session.
func TestTypingErrorKeepsTheSession(t *testing.T) {
	_, db, c := numbers(t)
	conn := single(t, db)
	for range 2 {
		column(t, conn, `SELECT n FROM numbers`)
		if _, err := conn.ExecContext(t.Context(), `SELEC n FROM numbers`); err == nil {
			t.Error("SELEC is SQL now")
		}
	}
	if s := c.Stats(); s.BypassReasons["session not followed"] != 0 {
		t.Errorf("got %v; want a session that is followed", s.BypassReasons)
	}
}

// A statement that an argument replaces by another is a write of anything.
func TestRewriterInvalidates(t *testing.T) {
	_, db, c := numbers(t)
	const q = `SELECT count(*) FROM numbers`
	wantColumn(t, column(t, db, q), int64(3))
	if _, err := db.Exec(`SELECT n FROM numbers`, rewriter{`DELETE FROM numbers WHERE n = 1`}); err != nil {
		t.Fatal(err)
	}
	wantColumn(t, column(t, db, q), int64(2))
	rows, err := db.QueryContext(context.Background(), `SELECT n FROM numbers`, rewriter{`DELETE FROM numbers RETURNING n`})
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	wantColumn(t, column(t, db, q), int64(0))
	wantHits(t, c, 0)
}
