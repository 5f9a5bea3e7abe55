package catalog

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gojohnny/gojohnny/sqlparse"
)

func TestDeclarations(t *testing.T) {
	db := newDatabase(t, "testdata/schema.sql")
	s := db.load(t)
	for _, x := range []struct {
		sql      string
		declared Declarations
		want     string
	}{
		{"SELECT dynamic('plain')", Declarations{Functions: []Function{{Name: "dynamic", Reads: []string{"plain", "sales.leads"}}}}, "cached [ns/ ns/* ns/public.plain ns/sales.leads]"},
		{"SELECT dynamic(a) FROM other", Declarations{Functions: []Function{{Name: "public.dynamic"}}}, "cached [ns/ ns/* ns/public.other]"},
		{"SELECT dynamic(a) FROM other", Declarations{Functions: []Function{{Name: "sales.dynamic"}}}, "volatile function: dynamic []"},
		{"SELECT dynamic(a) FROM other", Declarations{Functions: []Function{{Name: "dynamic", Volatile: true}}}, "volatile function: dynamic []"},
		{"SELECT bump(a) FROM other", Declarations{Functions: []Function{{Name: "bump", Writes: []string{"log"}}}}, "volatile function: bump []"},
		{"SELECT * FROM secrets", Declarations{Vouched: []string{"secrets"}}, "cached [ns/ ns/* ns/public.grants ns/public.secrets]"},
		{"SELECT * FROM secrets", Declarations{Vouched: []string{"sales.secrets"}}, "row security: secrets []"},
	} {
		res := resolve(t, s.Resolver("ns", db.scope(t), &x.declared), x.sql)
		verdict := "cached"
		if res.Reason.Code != "" {
			verdict = res.Reason.String()
		}
		if got := fmt.Sprint(verdict, " ", res.Reads); got != x.want {
			t.Errorf("%s with %+v\ngot  %s\nwant %s", x.sql, x.declared, got, x.want)
		}
	}
	r := s.Resolver("ns", db.scope(t), &Declarations{Functions: []Function{{Name: "bump", Writes: []string{"orders"}}}})
	res := resolve(t, r, "SELECT bump('x')")
	for _, want := range []string{"ns/public.orders", "ns/sales.orders", "ns/public.order_items"} {
		if !slices.Contains(res.Writes, want) {
			t.Errorf("got %v; want %s among them", res.Writes, want)
		}
	}
}

// What cannot be seen through moves the epoch, and says why.
func TestWhatIsOpaque(t *testing.T) {
	db := newDatabase(t, "testdata/schema.sql")
	db.exec(t, `CREATE FUNCTION c_volatile() RETURNS float8 VOLATILE LANGUAGE internal AS 'drandom';
		CREATE FUNCTION c_stable() RETURNS timestamptz STABLE LANGUAGE internal AS 'now';
		CREATE FUNCTION c_immutable(int, int) RETURNS int IMMUTABLE LANGUAGE internal AS 'int4pl';
		CREATE FUNCTION runs_text() RETURNS xml STABLE LANGUAGE sql AS $$ SELECT query_to_xml('SELECT 1', true, true, '') $$;
		CREATE FUNCTION with_cursor() RETURNS int LANGUAGE plpgsql AS 'DECLARE c CURSOR FOR SELECT * FROM plain; BEGIN OPEN c; RETURN 1; END'`)
	r := db.load(t).Resolver("ns", db.scope(t), nil)
	for sql, want := range map[string]string{
		"SELECT c_volatile() FROM plain":           "opaque function: c_volatile",
		"SELECT c_stable() FROM plain":             "",
		"SELECT c_immutable(1, 2) FROM plain":      "",
		"SELECT runs_text() FROM plain":            "opaque function: runs_text",
		"SELECT with_cursor() FROM plain":          "opaque function: with_cursor",
		"SELECT dynamic('x')":                      "opaque function: dynamic",
		"SELECT not_there() FROM plain":            "function not in catalog: not_there",
		"INSERT INTO not_there VALUES (1)":         "relation not in catalog: not_there",
		"SELECT * FROM not_there":                  "",
		"COMMIT PREPARED 'x'":                      "opaque command: COMMIT PREPARED",
		"DO 'BEGIN END'":                           "opaque command: DO",
		"UPDATE pg_class SET relname = 'x'":        "opaque command: UPDATE, opaque command: write to pg_class",
		"ALTER TABLE plain DISABLE TRIGGER ALL":    "opaque command: ALTER TABLE",
		"SELECT query_to_xml('x', true, true, '')": "opaque command: SELECT",
	} {
		res := resolve(t, r, sql)
		if got := joined(res.Opaque); got != want {
			t.Errorf("%s: got %q; want %q", sql, got, want)
		}
		if epoch := slices.Contains(res.Writes, "ns/"); epoch != (want != "") {
			t.Errorf("%s: writes %v", sql, res.Writes)
		}
	}
	for sql, want := range map[string]bool{
		"SELECT c_stable() FROM plain": false, "SELECT c_immutable(1, 2) FROM plain": true, "SELECT * FROM not_there": false,
	} {
		if got := len(resolve(t, r, sql).Reads) > 0; got != want {
			t.Errorf("%s: cached %v; want %v", sql, got, want)
		}
	}
}

// A static process knows names alone: writes move its tags, too.
func TestWritesMoveStaticTags(t *testing.T) {
	db := newDatabase(t, "testdata/schema.sql")
	r := db.load(t).Resolver("ns", db.scope(t), nil)
	for sql, want := range map[string][]string{
		"UPDATE active_users SET active = false": {"ns/*.active_users", "ns/*.users", "ns/public.users"},
		"DELETE FROM events_2024":                {"ns/*.events", "ns/*.events_2024", "ns/public.events", "ns/public.event_notes"},
		`INSERT INTO "Odd Name" VALUES (1)`:      {`ns/*."Odd Name"`, `ns/public."Odd Name"`},
		"DELETE FROM sales.orders":               {"ns/*.orders", "ns/sales.orders"},
	} {
		got := resolve(t, r, sql).Writes
		for _, tag := range want {
			if !slices.Contains(got, tag) {
				t.Errorf("%s: got %v; want %s among them", sql, got, tag)
			}
		}
	}
}

// A function that is seen through neither sets nor hides anything of the session; what it
// does to it is handed on.
func TestControls(t *testing.T) {
	db := newDatabase(t, "testdata/schema.sql")
	db.exec(t, `CREATE FUNCTION sets() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('TimeZone', 'UTC', false); END $$;
		CREATE FUNCTION makes_temp() RETURNS void LANGUAGE sql AS 'CREATE TEMP TABLE x (id int)'`)
	r := db.load(t).Resolver("ns", db.scope(t), nil)
	for sql, want := range map[string][]sqlparse.ControlOp{
		"SELECT user_count()":          nil,
		"SELECT bump('x')":             nil,
		"SELECT sets()":                {sqlparse.Set},
		"SELECT makes_temp()":          {sqlparse.Temp},
		"SELECT dynamic('x')":          {sqlparse.Unseen},
		"SELECT not_there(1)":          {sqlparse.Unseen},
		"BEGIN":                        {sqlparse.Begin},
		"DO 'BEGIN END'":               {sqlparse.Unseen},
		"CREATE TEMP TABLE x (id int)": {sqlparse.Temp},
	} {
		var got []sqlparse.ControlOp
		for _, c := range resolve(t, r, sql).Controls {
			got = append(got, c.Op)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v; want %v", sql, got, want)
		}
	}
}

// Casts and operator classes call functions that no text shows.
func TestFunctionsBehindTypes(t *testing.T) {
	db := newDatabase(t, "")
	db.exec(t, `CREATE TABLE plain (id int); CREATE TABLE rates (r int);
		CREATE TYPE money_kind AS (amount int);
		CREATE TABLE priced (id int, price money_kind, prices money_kind[]);
		CREATE FUNCTION less(a money_kind, b money_kind) RETURNS bool STABLE LANGUAGE sql AS 'SELECT a.amount < b.amount + (SELECT max(r) FROM rates)';
		CREATE OPERATOR <% (LEFTARG = money_kind, RIGHTARG = money_kind, FUNCTION = less);
		CREATE FUNCTION compare(a money_kind, b money_kind) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT (SELECT max(r) FROM rates)';
		CREATE OPERATOR CLASS by_rate DEFAULT FOR TYPE money_kind USING btree AS OPERATOR 1 <%, FUNCTION 1 compare(money_kind, money_kind);
		CREATE FUNCTION free() RETURNS money_kind IMMUTABLE LANGUAGE sql AS 'SELECT ROW(0)::money_kind'`)
	r := db.load(t).Resolver("ns", db.scope(t), nil)
	check := func(sql string, want bool) {
		t.Helper()
		if got := slices.Contains(resolve(t, r, sql).Reads, "ns/public.rates"); got != want {
			t.Errorf("%s: reads rates: %v; want %v", sql, got, want)
		}
	}
	check("SELECT DISTINCT price FROM priced", true)
	check("SELECT id FROM plain ORDER BY free()", true)
	check("SELECT id FROM plain", false)
	check("SELECT $1::money_kind FROM plain", true)
	db.exec(t, `CREATE FUNCTION as_interval(i int) RETURNS interval STABLE LANGUAGE sql AS 'SELECT make_interval(days => (SELECT max(r) FROM rates))';
		CREATE CAST (int AS interval) WITH FUNCTION as_interval(int) AS IMPLICIT`)
	r = db.load(t).Resolver("ns", db.scope(t), nil)
	check("SELECT id FROM plain", true)
}

// Names in a SECURITY DEFINER function are looked up with its owner's rights, under a path that
// its caller's rights do not tell.
func TestDefinersPath(t *testing.T) {
	db := newDatabase(t, "")
	db.exec(t, `CREATE SCHEMA closed; CREATE TABLE closed.x (id int); CREATE TABLE public.x (id int);
		CREATE FUNCTION n() RETURNS bigint STABLE SECURITY DEFINER LANGUAGE sql AS 'SELECT count(*) FROM x';
		CREATE FUNCTION set_n() RETURNS bigint STABLE LANGUAGE sql SET search_path = closed, public AS 'SELECT count(*) FROM x'`)
	s := db.load(t)
	r := s.Resolver("ns", Scope{Schemas: []string{"pg_catalog", "public"}, Role: "somebody"}, nil)
	const want = "[ns/ ns/* ns/closed.x ns/public.x]"
	for _, sql := range []string{"SELECT n()", "SELECT set_n()"} {
		if got := fmt.Sprint(resolve(t, r, sql).Reads); got != want {
			t.Errorf("%s: got %s; want %s", sql, got, want)
		}
	}
}
