package catalog

import (
	"fmt"
	"testing"
)

// Extensions bring functions in C behind types and operators, which must not keep
// every statement from the cache.
func TestExtensions(t *testing.T) {
	db := newDatabase(t, "")
	for _, name := range []string{"citext", "hstore", "pg_trgm", "ltree", "uuid-ossp", "pgcrypto", "btree_gist", "unaccent", "intarray"} {
		if len(db.rows(t, "SELECT name FROM pg_available_extensions WHERE name = '"+name+"'")) == 0 {
			t.Skip("not installed:", name)
		}
		db.exec(t, fmt.Sprintf("CREATE EXTENSION %q", name))
	}
	db.exec(t, `CREATE TABLE plain (id int, a text, at timestamptz);
		CREATE TABLE rich (id uuid DEFAULT uuid_generate_v4(), name citext, props hstore, path ltree, UNIQUE (name));
		CREATE INDEX ON plain USING gin (a gin_trgm_ops)`)
	r := db.load(t).Resolver("ns", db.scope(t), nil)
	for sql, want := range map[string]string{
		"SELECT * FROM plain WHERE a LIKE 'x%' ORDER BY a":                           "cached",
		"SELECT DISTINCT name FROM rich WHERE name = 'x' ORDER BY name":              "cached",
		"SELECT props -> 'a' FROM rich WHERE path @> 'a.b'":                          "cached",
		"SELECT a FROM plain WHERE a % 'x'":                                          "time or session: similarity_op", // by its threshold
		"SELECT digest(a, 'sha256') FROM plain":                                      "cached",
		"SELECT max(at)::date, (at - interval '1 day')::date FROM plain GROUP BY at": "cached", // not of citext, of hstore
		"SELECT max(name)::date FROM rich WHERE false":                               "text read as a date: name",
		"SELECT populate_record(p, props) FROM plain p, rich":                        "text read as a date: populate_record",
		"SELECT p #= props FROM plain p, rich":                                       "text read as a date: populate_record",
		"SELECT uuid_generate_v4() FROM plain":                                       "volatile function: uuid_generate_v4",
		"INSERT INTO rich (name) VALUES ('x')":                                       "volatile function: uuid_generate_v4",
	} {
		res := resolve(t, r, sql)
		got := "cached"
		if res.Reason.Code != "" {
			got = res.Reason.String()
		}
		if got != want || len(res.Opaque) > 0 {
			t.Errorf("%s: got %s, opaque %v; want %s", sql, got, res.Opaque, want)
		}
	}
}

// Functions that are given SQL as text do what is in it, stable or not.
func TestExtensionsThatRunText(t *testing.T) {
	db := newDatabase(t, "")
	for _, name := range []string{"tablefunc", "xml2"} {
		if len(db.rows(t, "SELECT name FROM pg_available_extensions WHERE name = '"+name+"'")) == 0 {
			t.Skip("not installed:", name)
		}
		db.exec(t, fmt.Sprintf("CREATE EXTENSION %q", name))
	}
	db.exec(t, `CREATE TABLE t (id int, a text); CREATE FUNCTION put(int) RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES ($1) RETURNING id';
		CREATE FUNCTION own_crosstab(text) RETURNS SETOF tablefunc_crosstab_2 STABLE STRICT LANGUAGE c AS '$libdir/tablefunc', 'crosstab'`)
	r := db.load(t).Resolver("ns", db.scope(t), nil)
	for _, sql := range []string{
		"SELECT * FROM crosstab('SELECT 1, 2, put(3)') AS x (a int, b int)",
		"SELECT * FROM crosstab('SELECT 1, 2, put(3)', 'SELECT 2') AS x (a int, b int)",
		"SELECT * FROM crosstab2('SELECT put(1)::text, ''2''::text, ''3''::text')",
		"SELECT * FROM own_crosstab('SELECT put(1)::text, ''2''::text, ''3''::text')",
		"SELECT * FROM connectby('t', 'id', 'put(1)', '1', 0) AS x (a int, b int, c int)",
		"SELECT * FROM xpath_table('id', 'a', 't', '/a', 'put(1) = 1') AS x (id int, a text)",
	} {
		if res := resolve(t, r, sql); len(res.Opaque) == 0 {
			t.Errorf("%s: got %v; want it to be opaque, as what writes", sql, res.Reasons)
		}
	}
}
