package catalog

import (
	"fmt"
	"slices"
	"testing"
)

// Names in the text of a view or an atomic function were looked up when it was made; those in
// the body of a function it calls are looked up when it runs.
func TestBodiesRunUnderTheSessionsPath(t *testing.T) {
	db := newDatabase(t, "")
	atomic := "LANGUAGE sql AS 'SELECT (SELECT count(*) FROM public.t) + public.n()'" // what is the nearest to it until 13
	if db.server >= 14 {
		atomic = "RETURN (SELECT count(*) FROM public.t) + public.n()"
	}
	db.exec(t, `SET check_function_bodies = off;
		CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.t (id int); CREATE TABLE two.t (id int); CREATE TABLE public.t (id int);
		CREATE FUNCTION public.n() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM t';
		CREATE VIEW public.v AS SELECT id, public.n() FROM public.t;
		CREATE FUNCTION public.atomic() RETURNS bigint STABLE `+atomic+`;
		CREATE FUNCTION public.sets() RETURNS bigint STABLE LANGUAGE sql SET search_path = two AS 'SELECT public.n()';
		CREATE TABLE public.log (id int);
		CREATE TABLE public.ruled (id int);
		CREATE RULE r AS ON INSERT TO public.ruled DO ALSO INSERT INTO public.log SELECT public.n()`)
	r := db.load(t).Resolver("ns", Scope{Schemas: []string{"pg_catalog", "one"}}, nil)
	for sql, want := range map[string]string{
		"SELECT * FROM public.v":                 "[ns/ ns/* ns/one.t ns/public.t]",
		"SELECT public.atomic()":                 "[ns/ ns/* ns/one.t ns/public.t]",
		"SELECT public.sets()":                   "[ns/ ns/* ns/two.t]",
		"SELECT * FROM t":                        "[ns/ ns/* ns/one.t]",
		"SELECT * FROM public.t, two.t AS other": "[ns/ ns/* ns/public.t ns/two.t]",
	} {
		if got := fmt.Sprint(resolve(t, r, sql).Reads); got != want {
			t.Errorf("%s: got %s; want %s", sql, got, want)
		}
	}
	for sql, want := range map[string]string{
		"INSERT INTO public.ruled VALUES (1)": "[public.ruled public.log]",
		// What a text sets, its later statements are read under.
		"SET search_path = two; DELETE FROM t": "[one.t public.t two.t]",
		"SELECT 1; DELETE FROM t":              "[one.t]",
		"DELETE FROM t; SET search_path = two": "[one.t]",
		"ROLLBACK; DELETE FROM t":              "[one.t public.t two.t]",
		"SET TimeZone = 'UTC'; DELETE FROM t":  "[one.t]",
		"SET LOCAL ROLE somebody; TRUNCATE t":  "[one.t public.t two.t]",
	} {
		var got []string
		for _, x := range resolve(t, r, sql).Written {
			got = append(got, x.Schema+"."+x.Name)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: got %v; want %s", sql, got, want)
		}
	}
}

// A function that moves the search path while it runs is opaque: names in whatever follows mean something else.
func TestFunctionsThatMoveThePath(t *testing.T) {
	db := newDatabase(t, "")
	db.exec(t, `CREATE TABLE t (id int);
		CREATE FUNCTION moves() RETURNS void LANGUAGE plpgsql AS $$ BEGIN SET LOCAL search_path = two; END $$;
		CREATE FUNCTION configures(s text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config(s, 'x', true); END $$;
		CREATE FUNCTION harmless() RETURNS void LANGUAGE plpgsql AS $$ BEGIN SET LOCAL work_mem = '8MB'; END $$`)
	r := db.load(t).Resolver("ns", db.scope(t), nil)
	for sql, want := range map[string]string{
		"SELECT moves()":                "opaque function: moves",
		"SELECT configures('TimeZone')": "opaque function: configures",
		"SELECT harmless()":             "",
	} {
		if got := joined(resolve(t, r, sql).Opaque); got != want {
			t.Errorf("%s: got %q; want %q", sql, got, want)
		}
	}
}

// A foreign partition makes reading and writing its root foreign.
func TestForeignTables(t *testing.T) {
	db := newDatabase(t, "")
	if len(db.rows(t, "SELECT name FROM pg_available_extensions WHERE name = 'file_fdw'")) == 0 {
		t.Skip("not installed: file_fdw")
	}
	db.exec(t, `CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
		CREATE TABLE root (id int) PARTITION BY LIST (id);
		CREATE TABLE middle PARTITION OF root FOR VALUES IN (1, 2) PARTITION BY LIST (id);
		CREATE FOREIGN TABLE leaf PARTITION OF middle FOR VALUES IN (1) SERVER files OPTIONS (filename '/dev/null')`)
	s := db.load(t)
	r := s.Resolver("ns", db.scope(t), nil)
	for _, sql := range []string{"SELECT * FROM root", "SELECT * FROM leaf"} {
		if got := resolve(t, r, sql).Reason.String(); got != "foreign table: leaf" {
			t.Errorf("%s: got %s; want foreign table: leaf", sql, got)
		}
	}
	if got := joined(resolve(t, r, "DELETE FROM root").Opaque); got != "foreign table: leaf" {
		t.Errorf("DELETE: got %q; want foreign table: leaf", got)
	}
	vouched := s.Resolver("ns", db.scope(t), &Declarations{Vouched: []string{"leaf"}})
	if got := fmt.Sprint(resolve(t, vouched, "SELECT * FROM root").Reads); got != "[ns/ ns/* ns/public.root]" {
		t.Errorf("vouched for: got %s", got)
	}
}

// Names in a body mean what they do to whoever runs it, when it is run: as a table's owner behind a foreign key, as
// the role that a function sets, under the path that COMMIT finds.
func TestBodiesRunAsSomebodyElse(t *testing.T) {
	db := newDatabase(t, "")
	db.exec(t, `DROP ROLE IF EXISTS catalog_owner; CREATE ROLE catalog_owner NOLOGIN; CREATE SCHEMA catalog_owner AUTHORIZATION catalog_owner; CREATE SCHEMA later;
		CREATE TABLE public.audit (x int); CREATE TABLE later.audit (x int); CREATE TABLE catalog_owner.audit (x int); ALTER TABLE catalog_owner.audit OWNER TO catalog_owner;
		CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO audit VALUES (1); RETURN OLD; END';
		CREATE TABLE orders (id int PRIMARY KEY); CREATE TABLE items (o int REFERENCES orders ON DELETE CASCADE); ALTER TABLE items OWNER TO catalog_owner;
		CREATE TRIGGER gone BEFORE DELETE ON items FOR EACH ROW EXECUTE FUNCTION note();
		INSERT INTO orders VALUES (1); INSERT INTO items VALUES (1);
		CREATE TABLE late (x int); CREATE CONSTRAINT TRIGGER later AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note();
		CREATE FUNCTION other() RETURNS void LANGUAGE plpgsql SET role = catalog_owner AS 'BEGIN INSERT INTO audit VALUES (1); END';
		CREATE FUNCTION inner_note() RETURNS void LANGUAGE plpgsql SET search_path = "$user" AS 'BEGIN INSERT INTO audit VALUES (1); END';
		CREATE FUNCTION outer_note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN PERFORM public.inner_note(); END';
		ALTER FUNCTION outer_note() OWNER TO catalog_owner`)
	t.Cleanup(func() { db.exec(t, "RESET search_path; DROP OWNED BY catalog_owner; DROP ROLE catalog_owner") })
	r := db.load(t).Resolver("ns", db.scope(t), nil)
	for _, test := range []struct{ sql, then, schema string }{
		{"DELETE FROM orders", "", "catalog_owner"},
		{"INSERT INTO late VALUES (1)", "SET LOCAL search_path = later", "later"},
		{"SELECT other()", "", "catalog_owner"},
		{"SELECT outer_note()", "", "catalog_owner"},
	} {
		res := resolve(t, r, test.sql)
		db.exec(t, "BEGIN; "+test.sql+"; "+test.then+"; COMMIT")
		if len(db.rows(t, "DELETE FROM "+test.schema+".audit RETURNING x")) == 0 {
			t.Errorf("%s: did not write %s.audit", test.sql, test.schema)
		}
		if !slices.ContainsFunc(res.Written, func(x Reached) bool { return x.Schema == test.schema && x.Name == "audit" }) {
			t.Errorf("%s: wrote %s.audit, which is not in\n%s", test.sql, test.schema, render(res))
		}
	}
}
