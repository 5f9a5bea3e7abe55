package catalog

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// namesSchema has one name in several schemas, under rights, quotes and kinds that
// decide which is meant.
const namesSchema = `
DROP ROLE IF EXISTS catalog_tenant;
CREATE ROLE catalog_tenant NOLOGIN;
CREATE SCHEMA a; CREATE SCHEMA b; CREATE SCHEMA "Odd, ""One"; CREATE SCHEMA closed; CREATE SCHEMA catalog_tenant; CREATE SCHEMA granted;
GRANT USAGE ON SCHEMA a, b, "Odd, ""One", catalog_tenant TO PUBLIC;
GRANT USAGE ON SCHEMA granted TO catalog_tenant;
CREATE TABLE public.t (x int); CREATE TABLE a.t (x int); CREATE TABLE b.t (x int); CREATE TABLE closed.t (x int);
CREATE TABLE catalog_tenant.t (x int); CREATE TABLE granted.t (x int);
CREATE TABLE "Odd, ""One".t (x int); CREATE TABLE "Odd, ""One"."T" (x int); CREATE TABLE public."T" (x int);
CREATE VIEW a.v AS SELECT 1 AS x; CREATE TABLE b.v (x int); CREATE SEQUENCE public.v;
CREATE INDEX i ON b.t (x); CREATE TABLE public.i (x int);
CREATE TYPE a.row_type AS (x int); CREATE TABLE b.row_type (x int);
CREATE TABLE public.pg_class (x int); CREATE TABLE a.pg_class (x int);
CREATE TABLE public.only_public (x int)`

var namesPaths = []string{
	`public`, `a, b`, `b, a`, `a,public`, `"Odd, ""One", public`, `"$user", public`, `"$user"`, `''`, `nowhere, b`, `PUBLIC, A`,
	`"A", public`, `closed, public`, `closed`, `granted, public`, `public, pg_catalog`, `pg_catalog, public`, `a, pg_catalog`, `pg_temp, a`,
	`b, b, a`, `closed, granted, "$user", a`, `information_schema, public`,
}

var namesAsked = []string{
	"t", `"T"`, "v", "i", "row_type", "pg_class", "only_public", "nothing", "a.t", "b.v", "public.pg_class", "pg_catalog.pg_class", "tables",
	`"Odd, ""One".t`, "nowhere.t",
}

// TestNamesMeanWhatTheServerSays compares every name under every search path with to_regclass, for a
// superuser and for a role with few rights.
func TestNamesMeanWhatTheServerSays(t *testing.T) {
	db := newDatabase(t, "")
	db.exec(t, namesSchema)
	t.Cleanup(func() { db.exec(t, "RESET ROLE; DROP OWNED BY catalog_tenant; DROP ROLE catalog_tenant") })
	s := db.load(t)
	for _, role := range []string{"NONE", "catalog_tenant"} {
		for _, path := range namesPaths {
			db.exec(t, "SET ROLE "+role+"; SET search_path TO "+path)
			effective := s.effectivePath(db.scope(t).Schemas)
			setting := s.settingPath(SearchPath(db.rows(t, "SHOW search_path")[0][0]), db.scope(t).Role)
			for _, name := range namesAsked {
				if role != "NONE" && strings.Contains(name, ".") {
					continue // to_regclass fails where USAGE is missing
				}
				want := db.rows(t, fmt.Sprintf("SELECT coalesce(to_regclass('%s')::oid, 0)", name))[0][0]
				n := parseName(name)
				got := "0"
				if found := s.relationsNamed(n.Schema, n.Name, effective); len(found) > 0 {
					got = fmt.Sprint(found[0].oid)
				}
				if got != want {
					t.Errorf("role %s, path %s: %s is %s; want %s", role, path, name, got, want)
				}
				checkSetting(t, s, setting, name, want)
			}
		}
	}
	db.exec(t, "RESET ROLE; RESET search_path")
}

// checkSetting checks that a path whose rights are not known brings the relation that the
// server means among others.
func checkSetting(t *testing.T, s *Snapshot, path searchPath, name, want string) {
	t.Helper()
	n := parseName(name)
	found := s.relationsNamed(n.Schema, n.Name, path)
	for _, rel := range found {
		if fmt.Sprint(rel.oid) == want {
			return
		}
	}
	if want != "0" {
		t.Errorf("path %s: %s is none of %d; want %s among them", path.key, name, len(found), want)
	}
}

// The server is asked what it makes of a search path, good or bad.
func TestSearchPathIsTheServers(t *testing.T) {
	db := newDatabase(t, "")
	there := []string{"a", "a.b", "C d", `e"f`, "é", strings.Repeat("x", 63)}
	for _, name := range there {
		db.exec(t, `CREATE SCHEMA "`+strings.ReplaceAll(name, `"`, `""`)+`"`)
	}
	for _, setting := range []string{
		``, ` `, `a`, ` A , "C d"`, `"a.b"`, `a.b`, `a. b`, `a b`, `a,`, `,a`, `a,,a`, `"a`, `a"`, `"e""f",a`, `""`, `"",a`, "a\t,\n\"C d\"\f",
		`"A"`, `É, a`, `é`, strings.Repeat("X", 70), `"` + strings.Repeat("x", 70) + `"`, `a;`, `'a'`, `a--b`, `"a""`, `"a"b`, `a"b"`,
	} {
		quoted := "'" + strings.ReplaceAll(setting, "'", "''") + "'"
		got, ok := sqlparse.SplitNames(setting, ',')
		_, err := db.query(t.Context(), "SELECT set_config('search_path', "+quoted+", false)")
		if ok != (err == nil) {
			t.Errorf("%q: got %v; the server says %v", setting, ok, err)
			continue
		}
		if !ok {
			continue
		}
		var found []string
		for _, name := range got {
			if slices.Contains(there, name) && !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
		want := db.rows(t, "SELECT array_to_json(current_schemas(false))")[0][0]
		if have, _ := json.Marshal(append([]string{}, found...)); string(have) != want {
			t.Errorf("%q: got %s; want %s", setting, have, want)
		}
	}
}

// Two tenants' tables of one name are two tables.
func TestTenantsHaveTagsOfTheirOwn(t *testing.T) {
	db := newDatabase(t, "")
	db.exec(t, `SET check_function_bodies = off; CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.orders (id int); CREATE TABLE two.orders (id int);
		CREATE FUNCTION one.n() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM orders';
		CREATE FUNCTION two.n() RETURNS bigint STABLE LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM orders); END'`)
	s := db.load(t)
	for _, tenant := range []string{"one", "two"} {
		r := s.Resolver("ns", Scope{Schemas: []string{"pg_catalog", tenant}}, nil)
		for _, sql := range []string{"SELECT * FROM orders", "SELECT n()"} {
			want := "[ns/ ns/* ns/" + tenant + ".orders]"
			if got := fmt.Sprint(resolve(t, r, sql).Reads); got != want {
				t.Errorf("%s: %s: got %s; want %s", tenant, sql, got, want)
			}
		}
	}
	// A function whose body is looked up in the caller's path.
	r := s.Resolver("ns", Scope{Schemas: []string{"pg_catalog", "two"}}, nil)
	const want = "[ns/ ns/* ns/two.orders]"
	if got := fmt.Sprint(resolve(t, r, "SELECT one.n()").Reads); got != want {
		t.Errorf("one.n() in two: got %s; want %s", got, want)
	}
}
