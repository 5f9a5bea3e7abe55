//go:build cgo

package pgquery

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

const builtinsFile = "../builtins.txt"

// builtinsSQL lists the functions that SQL can call, in the format of the file.
const builtinsSQL = `
WITH functions AS (
	SELECT DISTINCT proname, pronargs - pronargdefaults - (provariadic <> 0)::int AS min,
	       CASE WHEN provariadic = 0 THEN pronargs END AS max, provolatile AS volatility
	FROM pg_proc p
	WHERE pronamespace = 'pg_catalog'::regnamespace AND oid < 16384 AND NOT EXISTS (
		SELECT FROM unnest(proargtypes::oid[] || prorettype) AS used JOIN pg_type t ON t.oid = used
		WHERE t.typname IN ('internal', 'trigger', 'event_trigger') OR t.typname LIKE '%\_handler')
)
SELECT proname || ' ' || string_agg(
	CASE WHEN max IS NULL THEN min || '+' WHEN min = max THEN min::text ELSE min || '-' || max END || volatility::text,
	' ' ORDER BY min, max NULLS LAST, volatility)
FROM functions GROUP BY proname ORDER BY proname COLLATE "C"`

// TestBuiltinsFile compares the table of PostgreSQL's functions with a server's catalog. A
// server of the table's own version must agree with it to the letter; with -update it writes it.
func TestBuiltinsFile(t *testing.T) {
	o := newOracle(t)
	file, err := os.ReadFile(builtinsFile)
	if err != nil {
		t.Fatal(err)
	}
	head, table := splitHead(string(file))
	rows, err := o.conn.Query(context.Background(), builtinsSQL, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(lines, "\n") + "\n"
	switch {
	case o.version != 15:
		t.Skipf("the table is PostgreSQL 15's, the server's version %d", o.version)
	case *update:
		if err := os.WriteFile(builtinsFile, []byte(head+got), 0o644); err != nil {
			t.Fatal(err)
		}
	case got != table:
		t.Errorf("%s is not what the server says; run with -update and read the diff", builtinsFile)
	}
}

// splitHead parts the comment at the top of the file from the table.
func splitHead(file string) (head, table string) {
	for strings.HasPrefix(file, "#") {
		line, rest, _ := strings.Cut(file, "\n")
		head += line + "\n"
		file = rest
	}
	return head, file
}

// TestPureFunctionsAreNotVolatile asks a server of any version: what it calls volatile must be
// so here, or unknown.
func TestPureFunctionsAreNotVolatile(t *testing.T) {
	o := newOracle(t)
	const sql = `SELECT DISTINCT proname::text, pronargs::int FROM pg_proc
		WHERE pronamespace = 'pg_catalog'::regnamespace AND provolatile = 'v' AND oid < 16384 AND provariadic = 0`
	rows, err := o.conn.Query(context.Background(), sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	var name string
	var args int
	if _, err := pgx.ForEachRow(rows, []any{&name, &args}, func() error {
		if name == "timezone" && args == 2 {
			return nil // volatile until 14; why it counts as pure, package sqlparse says
		}
		if class := sqlparse.Classify("", name, args); class != sqlparse.Volatile && class != sqlparse.Unknown {
			t.Errorf("%s/%d is volatile; got class %d", name, args, class)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
