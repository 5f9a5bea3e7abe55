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
	db.exec(t, `CREATE TABLE plain (id int, a text);
		CREATE TABLE rich (id uuid DEFAULT uuid_generate_v4(), name citext, props hstore, path ltree, UNIQUE (name));
		CREATE INDEX ON plain USING gin (a gin_trgm_ops)`)
	r := db.load(t).Resolver("ns", db.scope(t), nil)
	for sql, want := range map[string]string{
		"SELECT * FROM plain WHERE a LIKE 'x%' ORDER BY a":              "cached",
		"SELECT DISTINCT name FROM rich WHERE name = 'x' ORDER BY name": "cached",
		"SELECT props -> 'a' FROM rich WHERE path @> 'a.b'":             "cached",
		"SELECT a FROM plain WHERE a % 'x'":                             "time or session: similarity_op", // by its threshold
		"SELECT digest(a, 'sha256') FROM plain":                         "cached",
		"SELECT uuid_generate_v4() FROM plain":                          "volatile function: uuid_generate_v4",
		"INSERT INTO rich (name) VALUES ('x')":                          "volatile function: uuid_generate_v4",
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
