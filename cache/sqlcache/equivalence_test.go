package sqlcache_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"modernc.org/sqlite"

	"github.com/gojohnny/gojohnny/cache"
)

// A query is one that must look the same with the cache and without.
type query struct {
	name string
	sql  string
	args []any
	hit  bool // the cache answers it when it is asked again
	opts bool // arguments that only a query may have, which is not prepared
}

// TestEquivalencePostgres asks PostgreSQL through pgx bare, then the cold and the hot
// cache, in every way that a program can look at a result.
func TestEquivalencePostgres(t *testing.T) {
	bare, db, c := wrapped(t, pgxConnector(t), &cache.Options{MaxEntry: 64 << 10})
	for _, ddl := range []string{
		`CREATE TYPE mood AS ENUM ('glad', 'sad')`,
		`CREATE DOMAIN small AS int CHECK (value < 100)`,
		`CREATE TABLE every (
			id int PRIMARY KEY, i2 int2, i8 int8, f4 float4, f8 float8, n numeric(12,3), big numeric,
			t text, vc varchar(20), ch char(5), b bytea, bo bool,
			d date, tm time, ts timestamp, tz timestamptz, iv interval,
			u uuid, j json, jb jsonb, x xml, arr int[], tarr text[], inet inet, bits bit(3), vb varbit(9),
			m mood, sm small, p point, o oid, r int4range)`,
		`INSERT INTO every VALUES (1, -2, 9007199254740993, 1.5, 'NaN', 1234.5, 12345678901234567890.123456789,
			'text', 'var', 'ch', '\x00ff10', true, '2026-01-02', '03:04:05.6', '2026-01-02 03:04:05.678901',
			'2026-07-02 03:04:05+02', '1 year 2 days 03:04:05', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
			'{"a": [1, 2]}', '{"b": null}', '<a/>', '{1,NULL,3}', '{a,"b,c"}', '10.0.0.0/8', B'101', B'10',
			'glad', 7, '(1,2)', 4294967295, '[1,5)')`,
		`INSERT INTO every (id) VALUES (2)`,
		`INSERT INTO every (id, t, vc, b, arr, d, ts, tz, f8) VALUES (3, '', '', '', '{}', 'infinity', '-infinity', 'infinity', '-0')`,
		`CREATE TABLE many AS SELECT n, repeat('x', 100) AS x FROM generate_series(1, 2000) n`,
		`CREATE TABLE parts (n int, d int)`,
		`INSERT INTO parts SELECT n, 5 - n FROM generate_series(1, 9) n`,
	} {
		exec(t, bare, ddl)
	}
	const one = `SELECT * FROM every WHERE id = $1`
	when := time.Date(2026, 7, 2, 3, 4, 5, 0, time.FixedZone("", 7200))
	compareQueries(t, bare, db, c, []query{
		{"every type", `SELECT * FROM every ORDER BY id`, nil, true, false},
		{"no rows", one, []any{99}, true, false},
		{"no columns", `SELECT FROM every`, nil, true, false},
		{"int argument", one, []any{1}, true, false},
		{"int64 argument", one, []any{int64(1)}, true, false},
		{"pointer argument", one, []any{new(int)}, true, false},
		{"nil argument", `SELECT id FROM every WHERE $1::text IS NULL ORDER BY id`, []any{nil}, true, false},
		{"typed nil argument", `SELECT id FROM every WHERE $1::text IS NULL ORDER BY id`, []any{(*string)(nil)}, true, false},
		{"Valuer argument", `SELECT id FROM every WHERE t = $1`, []any{sql.NullString{String: "text", Valid: true}}, true, false},
		{"time argument", `SELECT id FROM every WHERE tz = $1`, []any{when}, true, false},
		{"date as text", `SELECT id FROM every WHERE d = $1::text::date`, []any{"2026-01-02"}, true, false},
		{"bytes argument", `SELECT id FROM every WHERE b = $1`, []any{[]byte{0, 255, 16}}, true, false},
		{"array argument", `SELECT id FROM every WHERE id = ANY($1) ORDER BY id`, []any{[]int64{1, 3}}, true, false},
		{"uuid argument", `SELECT id FROM every WHERE u = $1`, []any{uuid.MustParse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")}, true, false},
		{"NamedArgs", `SELECT id FROM every WHERE id = @id`, []any{pgx.NamedArgs{"id": 1}}, true, true},
		{"StrictNamedArgs, one missing", `SELECT id FROM every WHERE id = @id`, []any{pgx.StrictNamedArgs{}}, false, false},
		{"simple protocol", `SELECT * FROM every WHERE id = $1`, []any{pgx.QueryExecModeSimpleProtocol, 1}, true, true},
		{"describe exec", `SELECT * FROM every WHERE id = $1`, []any{pgx.QueryExecModeDescribeExec, 1}, true, true},
		{"text format", `SELECT * FROM every WHERE id = $1`, []any{pgx.QueryResultFormats{0}, 1}, true, true},
		{"sql.Named", `SELECT id FROM every WHERE id = $1`, []any{sql.Named("id", 1)}, true, false},
		{"struct in jsonb", `SELECT id FROM every WHERE jb <> $1`, []any{struct{ A []int }{[]int{1}}}, false, false},
		{"too few arguments", one, nil, false, false},
		{"too many arguments", one, []any{1, 2}, false, false},
		{"argument of the wrong type", one, []any{"x"}, false, false},
		{"argument that cannot be encoded", one, []any{func() {}}, false, false},
		{"syntax error", `SELEC 1`, nil, false, false},
		{"no such table", `SELECT * FROM nowhere`, nil, false, false},
		{"empty", ``, nil, false, false},
		{"comment only", `-- nothing`, nil, false, false},
		{"error at the fifth row", `SELECT n, 1 / d FROM parts ORDER BY n`, nil, false, false},
		{"larger than kept", `SELECT * FROM many ORDER BY n`, nil, false, false},
		{"catalog", `SELECT relname FROM pg_class WHERE relname = 'every'`, nil, false, false},
		{"constant", `SELECT 1 AS one, NULL AS nothing`, nil, false, false},
		{"volatile", `SELECT count(random()) FROM every`, nil, false, false},
		{"locking", `SELECT id FROM every ORDER BY id FOR UPDATE`, nil, false, false},
		{"values", `VALUES (1, 'a'), (2, NULL)`, nil, false, false},
		{"SHOW", `SHOW search_path`, nil, false, false},
		{"EXPLAIN", `EXPLAIN (COSTS OFF) SELECT * FROM every`, nil, false, false},
		{"no result", `SET application_name = 'x'`, nil, false, false},
		{"array, join and group", `SELECT array_agg(e.id ORDER BY e.id), count(*)::numeric(5,1), max(p.n)
			FROM every e JOIN parts p ON p.n = e.id GROUP BY p.d ORDER BY 3`, nil, true, false},
	})
}

func TestEquivalenceSQLite(t *testing.T) {
	connector := sqliteConnector(t)
	bare, db, c := wrapped(t, connector, nil)
	exec(t, bare, `CREATE TABLE every (id INTEGER PRIMARY KEY, t TEXT, n NUMERIC, r REAL, b BLOB, d DATETIME, bo BOOLEAN, x)`)
	exec(t, bare, `INSERT INTO every VALUES (1, 'text', 12.5, 1.5, x'00ff', '2026-01-02 03:04:05', 1, 'any'),
		(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (3, '', 0, 0, x'', '2026-01-02', 0, 7)`)
	compareQueries(t, bare, db, c, []query{
		{"every type", `SELECT * FROM every ORDER BY id`, nil, true, false},
		{"no rows", `SELECT * FROM every WHERE id = $1`, []any{99}, true, false},
		{"argument", `SELECT * FROM every WHERE id = $1`, []any{1}, true, false},
		{"bool argument", `SELECT id FROM every WHERE bo = $1`, []any{true}, true, false},
		{"time argument", `SELECT id FROM every WHERE d < $1`, []any{time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)}, true, false},
		{"too few arguments", `SELECT id FROM every WHERE id = $1`, nil, false, false},
		{"type it does not take", `SELECT id FROM every WHERE id = $1`, []any{[]int{1}}, false, false},
		{"pragma", `PRAGMA table_info(every)`, nil, false, false},
		{"syntax error", `SELEC 1`, nil, false, false},
		{"no such table", `SELECT * FROM nowhere`, nil, false, false},
	})
}

func sqliteConnector(t testing.TB) driver.Connector {
	connector, err := sqlite.NewConnector("file:" + filepath.Join(t.TempDir(), "test.db") + "?_pragma=journal_mode(wal)")
	if err != nil {
		t.Fatal(err)
	}
	return connector
}

// compareQueries asks each query twice of the bare database and of the wrapped one.
func compareQueries(t *testing.T, bare, db *sql.DB, c *cache.Cache, queries []query) {
	for _, q := range queries {
		t.Run(q.name, func(t *testing.T) {
			for way, look := range looks {
				hits := c.Stats().Hits
				for _, temperature := range []string{"first", "again"} {
					want := look(bare, q)
					if q.hit && way == "any" && len(want) == 2 {
						t.Fatal(want...)
					}
					if got := look(db, q); !reflect.DeepEqual(got, want) {
						t.Errorf("%s, %s: got\n%v; want\n%v", way, temperature, got, want)
					}
				}
				if hit := c.Stats().Hits > hits; hit != (q.hit && !(way == "stmt" && q.opts)) {
					t.Errorf("%s: answered from the cache: %v; want %v\n%v", way, hit, q.hit, c.Explain(t.Context(), q.sql))
				}
			}
		})
	}
}

// looks are the ways to look at a result: each gives all that can be seen.
var looks = map[string]func(*sql.DB, query) []any{
	"any":     func(db *sql.DB, q query) []any { return lookAt(db, q, func() any { return new(any) }) },
	"string":  func(db *sql.DB, q query) []any { return lookAt(db, q, func() any { return new(string) }) },
	"*string": func(db *sql.DB, q query) []any { return lookAt(db, q, func() any { return new(*string) }) },
	"bytes":   func(db *sql.DB, q query) []any { return lookAt(db, q, func() any { return new([]byte) }) },
	"raw":     func(db *sql.DB, q query) []any { return lookAt(db, q, func() any { return new(sql.RawBytes) }) },
	"null":    func(db *sql.DB, q query) []any { return lookAt(db, q, func() any { return new(sql.NullString) }) },
	"int64":   func(db *sql.DB, q query) []any { return lookAt(db, q, func() any { return new(int64) }) },
	"scanner": func(db *sql.DB, q query) []any { return lookAt(db, q, func() any { return new(spy) }) },
	"row":     lookAtRow,
	"stmt":    lookAtStmt,
	"types":   lookAtTypes,
	"sets":    lookAtSets,
}

// A spy sees what the driver gave, and its type.
type spy struct{ seen string }

func (s *spy) Scan(v any) error {
	s.seen = fmt.Sprintf("%T %v %t", v, v, v == nil)
	return nil
}

// errOf is what can be seen of an error. The address of a connection in pgx's is the
// same for all.
func errOf(err error) any {
	if err == nil {
		return nil
	}
	return []any{fmt.Sprintf("%T", err), err.Error(), errors.Is(err, sql.ErrNoRows), errors.Is(err, driver.ErrBadConn)}
}

func lookAt(db *sql.DB, q query, dest func() any) []any {
	rows, err := db.Query(q.sql, q.args...)
	if err != nil {
		return []any{"query", errOf(err)}
	}
	return readAll(rows, dest)
}

// readAll scans every column into what dest makes. Values are formatted at once, as
// sql.RawBytes ask for.
func readAll(rows *sql.Rows, dest func() any) []any {
	columns, err := rows.Columns()
	seen := []any{columns, errOf(err)}
	for rows.Next() {
		list := make([]any, len(columns))
		for i := range list {
			list[i] = dest()
		}
		if err := rows.Scan(list...); err != nil {
			seen = append(seen, errOf(err))
			continue
		}
		for _, p := range list {
			v := reflect.ValueOf(p).Elem()
			seen = append(seen, fmt.Sprintf("%#v", v.Interface()))
			if v.Kind() == reflect.Pointer && !v.IsNil() {
				seen[len(seen)-1] = v.Elem().Interface()
			}
		}
	}
	return append(seen, errOf(rows.Err()), errOf(rows.Close()), rows.NextResultSet(), errOf(rows.Err()))
}

func lookAtRow(db *sql.DB, q query) []any {
	var v any
	row := db.QueryRow(q.sql, q.args...)
	return []any{errOf(row.Err()), errOf(row.Scan(&v)), v}
}

func lookAtStmt(db *sql.DB, q query) []any {
	stmt, err := db.Prepare(q.sql)
	if err != nil {
		return []any{"prepare", errOf(err)}
	}
	defer func() { _ = stmt.Close() }()
	var seen []any
	for range 2 {
		rows, err := stmt.Query(q.args...)
		if err != nil {
			seen = append(seen, errOf(err))
			continue
		}
		seen = append(seen, readAll(rows, func() any { return new(any) }))
	}
	return seen
}

func lookAtTypes(db *sql.DB, q query) []any {
	rows, err := db.Query(q.sql, q.args...)
	if err != nil {
		return []any{errOf(err)}
	}
	defer func() { _ = rows.Close() }()
	types, err := rows.ColumnTypes()
	seen := []any{errOf(err)}
	for _, ct := range types {
		length, hasLength := ct.Length()
		precision, scale, hasPrecision := ct.DecimalSize()
		nullable, hasNullable := ct.Nullable()
		seen = append(seen, ct.Name(), ct.DatabaseTypeName(), ct.ScanType(), length, hasLength,
			precision, scale, hasPrecision, nullable, hasNullable)
	}
	return seen
}

// lookAtSets asks for another result set in the middle of the first.
func lookAtSets(db *sql.DB, q query) []any {
	rows, err := db.QueryContext(context.Background(), q.sql, q.args...)
	if err != nil {
		return []any{errOf(err)}
	}
	seen := []any{rows.Next(), rows.NextResultSet(), rows.Next(), errOf(rows.Err()), errOf(rows.Close())}
	_, err = rows.Columns()
	return append(seen, errOf(err), errOf(rows.Err()))
}
