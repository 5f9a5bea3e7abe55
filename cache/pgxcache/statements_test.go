package pgxcache_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

const statementTables = users + `;
	CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
	CREATE DOMAIN email AS text CHECK (value LIKE '%@%');
	CREATE TYPE address AS (street text, number int4);
	CREATE TYPE moods AS RANGE (subtype = float8);
	CREATE TABLE people (id int4 PRIMARY KEY, feels mood, felt mood[], mail email, lives address, lived address[], span moods);
	INSERT INTO people VALUES (1, 'happy', '{sad,ok}', 'a@b', ('Main "St"', 7), ARRAY[('X', 1), NULL]::address[], '[1.5,2.5)'),
		(2, NULL, NULL, NULL, NULL, NULL, NULL), (3, 'sad', '{}', '@', (NULL, NULL), '{}', 'empty');
	CREATE TABLE things (id int4, b bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, t text, vc varchar(20), bp char(5),
		bs bytea, d date, tm time, ts timestamp, tz timestamptz, iv interval, u uuid, ip inet, j json, jb jsonb, ia int4[], ta text[], feels mood);
	INSERT INTO things VALUES (1, true, 1, 2, 3, 1.5, 2.5, 3.25, 'text', 'varchar', 'bp', '\x01', '2024-02-29', '12:00', '2024-02-29 12:00',
		'2024-02-29 12:00+00', '1 day', '00000000-0000-0000-0000-000000000001', '10.0.0.1/8', '{"a":1}', '{"a": 1}', '{1,2}', '{a,b}', 'ok');
	INSERT INTO things (id) VALUES (2);
	CREATE TABLE nothing (id int4, v text);
	CREATE TABLE bare ();
	INSERT INTO bare DEFAULT VALUES;
	INSERT INTO bare DEFAULT VALUES;`

// argument types of programs
type (
	namedInt    int32
	namedString string
	mood        string
	valuer      struct{ v driver.Value }
	stringer    int
)

func (v valuer) Value() (driver.Value, error) {
	if v.v == "bad" {
		return nil, errors.New("a bad valuer")
	}
	return v.v, nil
}
func (s stringer) String() string { return fmt.Sprintf("number %d", int(s)) }

func ptr[T any](v T) *T { return &v }

// where makes a case of a condition on things.
func where(name, condition string, args ...any) parityCase {
	return parityCase{name: "where " + name, sql: "SELECT * FROM things WHERE " + condition, args: args}
}

func argumentCases() []parityCase {
	day := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	return []parityCase{
		where("bool", "b = $1", true),
		where("int as int2", "i2 = $1", 1),
		where("int8 as int4", "i4 = $1", int8(2)),
		where("uint64 as int8", "i8 = $1", uint64(3)),
		where("int too large", "i2 = $1", 1<<40),
		where("named int", "i4 = $1", namedInt(2)),
		where("string as int", "i4 = $1", "2"),
		where("string that is no int", "i4 = $1", "two"),
		where("float32", "f4 = $1", float32(1.5)),
		where("float64", "f8 = $1", 2.5),
		where("float64 as numeric", "n = $1", 3.25),
		where("int as float", "f8 > $1", 2),
		where("pgtype numeric", "n = $1", pgtype.Numeric{Int: big.NewInt(325), Exp: -2, Valid: true}),
		where("string as numeric", "n = $1", "3.25"),
		where("text", "t = $1", "text"),
		where("empty text", "t = $1", ""),
		where("named string", "t = $1", namedString("text")),
		where("pointer to string", "t = $1", ptr("text")),
		where("nil pointer", "t = $1", (*string)(nil)),
		where("pointer to pointer", "t = $1", ptr(ptr("text"))),
		where("nil", "t IS NOT DISTINCT FROM $1", nil),
		where("stringer", "t <> $1", stringer(7)),
		where("quotes", "t <> $1", `it's "q" \ $1`),
		where("zero byte", "t = $1", "a\x00b"),
		where("invalid UTF-8", "t = $1", "\xff"),
		where("varchar", "vc = $1", "varchar"),
		where("bpchar", "bp = $1", "bp"),
		where("bytes", "bs = $1", []byte{1}),
		where("empty bytes", "bs <> $1", []byte{}),
		where("nil bytes", "bs IS NOT DISTINCT FROM $1", []byte(nil)),
		where("time as date", "d = $1", day),
		where("string as date", "d = $1", "2024-02-29"),
		where("time as timestamp", "ts = $1", day),
		where("time as timestamptz", "tz = $1", day.In(time.FixedZone("x", 3600))),
		where("infinite timestamptz", "tz < $1", pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}),
		where("duration", "iv = $1", 24*time.Hour),
		where("pgtype interval", "iv = $1", pgtype.Interval{Days: 1, Valid: true}),
		where("pgtype time", "tm = $1", pgtype.Time{Microseconds: 12 * 3600 * 1e6, Valid: true}),
		where("uuid bytes", "u = $1", [16]byte{15: 1}),
		where("uuid string", "u = $1", "00000000-0000-0000-0000-000000000001"),
		where("netip address", "ip >>= $1", netip.MustParseAddr("10.0.0.1")),
		where("netip prefix", "ip = $1", netip.MustParsePrefix("10.0.0.1/8")),
		where("map as jsonb", "jb = $1", map[string]any{"a": 1}),
		where("struct as jsonb", "jb = $1", struct {
			A int `json:"a"`
		}{1}),
		where("string as jsonb", "jb = $1", `{"a": 1}`),
		where("ints", "i4 = ANY($1)", []int32{1, 2}),
		where("int array", "ia = $1", []int{1, 2}),
		where("empty ints", "i4 = ANY($1)", []int32{}),
		where("nil ints", "i4 = ANY($1)", []int32(nil)),
		where("strings", "t = ANY($1)", []string{"text", ""}),
		where("pointers in a slice", "t = ANY($1)", []*string{ptr("text"), nil}),
		where("nested slices", "ia <> $1", [][]int32{{1}, {2}}),
		where("valuer", "t = $1", valuer{"text"}),
		where("valuer of nil", "t = $1", valuer{nil}),
		where("bad valuer", "t = $1", valuer{"bad"}),
		where("sql.NullString", "t = $1", sql.NullString{String: "text", Valid: true}),
		where("sql.NullInt64 that is not", "i8 = $1", sql.NullInt64{}),
		where("enum by string", "feels = $1", "ok"),
		where("enum by named string", "feels = $1", mood("ok")),
		where("no such enum value", "feels = $1", "furious"),
		where("a channel", "t = $1", make(chan int)),
		where("several", "i4 = $2 AND t = $1 AND i8 = $3", "text", 2, 3),
		where("one twice", "i4 = $1 OR i8 = $1", 2),
		where("too few", "i4 = $1 AND t = $2", 2),
		where("too many", "i4 = $1", 2, 3),
		where("untyped", "$1::text = t", "text"),
		where("limit", "true ORDER BY id LIMIT $1", 1),
	}
}

func optionCases() []parityCase {
	const by = "SELECT name, born FROM users WHERE id = $1"
	return []parityCase{
		{name: "text formats", sql: by, args: []any{pgx.QueryResultFormats{0, 0}, 1}},
		{name: "one format for all", sql: by, args: []any{pgx.QueryResultFormats{1}, 1}},
		{name: "formats by type", sql: by, args: []any{pgx.QueryResultFormatsByOID{pgtype.DateOID: 1}, 1}},
		{name: "no formats", sql: by, args: []any{pgx.QueryResultFormats{}, 1}},
		{name: "too many formats", sql: by, args: []any{pgx.QueryResultFormats{1, 1, 1}, 1}},
		{name: "named arguments", sql: "SELECT name, id FROM users WHERE id = @id OR name = @name", args: []any{pgx.NamedArgs{"id": 1, "name": "bob"}}},
		{name: "a named argument that lacks", sql: "SELECT name, id FROM users WHERE id = @id", args: []any{pgx.NamedArgs{"x": 1}}},
		{name: "strict named arguments", sql: "SELECT name, id FROM users WHERE id = @id", args: []any{pgx.StrictNamedArgs{"id": 1}}},
		{name: "strict named arguments that lack", sql: "SELECT name, id FROM users WHERE id = @id", args: []any{pgx.StrictNamedArgs{"x": 1}}},
		{name: "a rewriter", sql: "whatever", args: []any{rewriter{"SELECT name, id FROM users WHERE id = $1", []any{2}}, 9}},
		{name: "an option behind the arguments", sql: by, args: []any{1, pgx.QueryResultFormats{0}}},
		{name: "a comment", sql: "SELECT name, id /* c */ FROM users -- d"},
	}
}

type rewriter struct {
	sql  string
	args []any
}

func (r rewriter) RewriteQuery(context.Context, *pgx.Conn, string, []any) (string, []any, error) {
	return r.sql, r.args, nil
}

func statementCases() []parityCase {
	return []parityCase{
		{name: "no rows", sql: "SELECT id, v FROM nothing"},
		{name: "one column", sql: "SELECT name FROM users ORDER BY id"},
		{name: "no columns", sql: "SELECT FROM bare"},
		{name: "no name", sql: "SELECT id + 1, upper(name) FROM users ORDER BY id"},
		{name: "one name twice", sql: "SELECT id AS x, name AS x FROM users ORDER BY id"},
		{name: "odd name", sql: `SELECT id AS "ünï ""q""", name FROM users ORDER BY id`},
		{name: "join", sql: "SELECT u.name, p.mail FROM users u LEFT JOIN people p USING (id) ORDER BY u.id"},
		{name: "cte", sql: "WITH c AS (SELECT * FROM users) SELECT name, count(*) FROM c GROUP BY 1 ORDER BY 1"},
		{name: "record", sql: "SELECT (id, name), u FROM users u ORDER BY id"},
		{name: "nulls", sql: "SELECT NULL, NULL::int4 FROM users"},
		{name: "enum", sql: "SELECT feels, felt FROM people ORDER BY id"},
		{name: "domain", sql: "SELECT mail, id FROM people ORDER BY id"},
		{name: "composite", sql: "SELECT lives, lived FROM people ORDER BY id"},
		{name: "range of its own", sql: "SELECT span, id FROM people ORDER BY id"},
		{name: "many rows", sql: "SELECT u.id, v.name FROM users u, users v, users w, users x, users y ORDER BY u.id, v.id, w.id, x.id, y.id"},
		{name: "no such table", sql: "SELECT a, b FROM absent"},
		{name: "syntax error", sql: "SELEC 1", never: true},
		{name: "empty", sql: "", never: true},
		{name: "comment only", sql: "-- nothing", never: true},
		{name: "fails at the first row", sql: "SELECT 1 / (id - 1), name FROM users ORDER BY id"},
		{name: "fails at the third row", sql: "SELECT 1 / (id - 3), name FROM (SELECT * FROM users ORDER BY id) u"},
		{name: "the time", sql: "SELECT now() IS NULL, id FROM users", never: true},
		{name: "no table", sql: "SELECT 1, 2", never: true},
		{name: "locks", sql: "SELECT id, name FROM users ORDER BY id FOR UPDATE", never: true},
		{name: "show", sql: "SHOW server_encoding", never: true},
		{name: "catalog", sql: "SELECT count(*), 1 FROM pg_class WHERE false", never: true},
		{name: "special date", sql: "SELECT id, name FROM users WHERE born < $1::text::date", args: []any{"now"}, never: true},
		{name: "special date in an array", sql: "SELECT id, name FROM users WHERE born < (($1::text[])[1])::date", args: []any{[]string{"today"}}, never: true},
		{name: "skipped", sql: "SELECT id, name FROM users /* gojohnny: skip */", never: true},
	}
}

func destCases() []parityCase {
	of := func(name, columns string, dest func() []any) parityCase {
		return parityCase{name: "into " + name, sql: "SELECT " + columns + " FROM things ORDER BY id LIMIT 1", dest: dest}
	}
	return []parityCase{
		of("ints", "i2, i4, i8", func() []any { return []any{new(int16), new(int32), new(int64)} }),
		of("other ints", "i2, i4, i8", func() []any { return []any{new(int), new(uint8), new(namedInt)} }),
		of("floats", "f4, f8, n", func() []any { return []any{new(float32), new(float64), new(float64)} }),
		of("pgtypes", "i4, t, n, d", func() []any {
			return []any{new(pgtype.Int4), new(pgtype.Text), new(pgtype.Numeric), new(pgtype.Date)}
		}),
		of("times", "d, ts, tz", func() []any { return []any{new(time.Time), new(time.Time), new(time.Time)} }),
		of("intervals", "iv, tm", func() []any { return []any{new(time.Duration), new(pgtype.Time)} }),
		of("named", "t, feels", func() []any { return []any{new(namedString), new(mood)} }),
		of("sql.Null", "t, i8, b", func() []any { return []any{new(sql.NullString), new(sql.NullInt64), new(sql.NullBool)} }),
		of("slices", "ia, ta, bs", func() []any { return []any{new([]int32), new([]string), new([]byte)} }),
		of("slices of pgtypes", "ia, ta", func() []any { return []any{new([]pgtype.Int4), new([]pgtype.Text)} }),
		of("json", "j, jb", func() []any { return []any{new(map[string]any), new(struct{ A int })} }),
		of("addresses", "ip, u", func() []any { return []any{new(netip.Prefix), new([16]byte)} }),
		of("uuid string", "u, vc", func() []any { return []any{new(string), new(string)} }),
		of("nil", "i4, t", func() []any { return []any{nil, new(string)} }),
		of("a row scanner", "i4, t", func() []any { return []any{new(scanner)} }),
		of("driver bytes", "i4, t", func() []any { return []any{new(pgtype.DriverBytes), new(pgtype.DriverBytes)} }),
		of("too few", "i4, t", func() []any { return []any{new(int)} }),
		of("too many", "i4, t", func() []any { return []any{new(int), new(string), new(string)} }),
		of("what does not fit", "t, i4", func() []any { return []any{new(int), new(int)} }),
		of("no pointer", "i4, t", func() []any { return []any{1, "x"} }),
	}
}

// scanner is a pgx.RowScanner.
type scanner struct {
	columns []string
	n       int
	s       string
}

func (s *scanner) ScanRow(rows pgx.Rows) error {
	for _, f := range rows.FieldDescriptions() {
		s.columns = append(s.columns, f.Name)
	}
	if rows.TypeMap() == nil {
		return errors.New("no type map")
	}
	return rows.Scan(&s.n, &s.s)
}

func allStatementCases() []parityCase {
	cases := argumentCases()
	cases = append(cases, optionCases()...)
	cases = append(cases, statementCases()...)
	return append(cases, destCases()...)
}

func TestStatements(t *testing.T) {
	runParity(t, newBench(t, nil, statementTables), allStatementCases())
}

// The same with types of one's own registered on each connection.
func TestRegisteredTypes(t *testing.T) {
	b := newBench(t, func(c *pgxpool.Config) {
		c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
			types, err := conn.LoadTypes(ctx, []string{"mood", "_mood", "email", "address", "_address", "moods"})
			conn.TypeMap().RegisterTypes(types)
			return err
		}
	}, statementTables)
	runParity(t, b, allStatementCases())
}

// There are as many cases as was promised.
func TestNumberOfCases(t *testing.T) {
	if n := len(typeCases()) + len(allStatementCases()); n < 150 {
		t.Errorf("got %d cases; want 150", n)
	}
	names := map[string]bool{}
	for _, c := range append(typeCases(), allStatementCases()...) {
		if names[c.name] || strings.Contains(c.name, "/") {
			t.Errorf("case %q stands twice", c.name)
		}
		names[c.name] = true
	}
}
