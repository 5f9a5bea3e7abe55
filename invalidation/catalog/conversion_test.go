package catalog

import (
	"slices"
	"testing"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// readsTextAsDate reports whether that is among the reasons not to keep a text's result.
func readsTextAsDate(t testing.TB, db *database, sql string) bool {
	t.Helper()
	res := resolve(t, db.load(t).Resolver("ns", db.scope(t), nil), sql)
	return slices.ContainsFunc(res.Reasons, func(r sqlparse.Reason) bool { return r.Code == sqlparse.TextAsDate })
}

// A program's casts and domains may turn a text into a date where the text of a statement shows neither a cast nor a
// date. The server is asked first whether it does.
func TestDatesOutOfSight(t *testing.T) {
	for _, test := range []struct{ name, schema, sql string }{
		{"CastUnasked", `CREATE CAST (text AS date) WITH INOUT AS IMPLICIT`, `SELECT EXISTS (SELECT FROM t WHERE due <> c) FROM t`},
		{"CastOfJSON", `CREATE CAST (jsonb AS date) WITH INOUT`, `SELECT j::date FROM t`},
		{"DomainNamedAsAFunction", `CREATE DOMAIN sign AS date`, `SELECT sign(c) FROM t`},
		{"DomainNamedAsAnAttribute", `CREATE DOMAIN heard AS date`, `SELECT (c).heard FROM t`},
		{"TypeOfAnotherSchema", `CREATE SCHEMA s; CREATE DOMAIN s.heard AS date`, `SELECT c::s.heard FROM t`},
		{"RowOfATable", `CREATE TABLE heard (d date, i int)`, `SELECT ('(' || c || ',1)')::heard FROM t`},
		{"ColumnsUnnamed", `CREATE FUNCTION f(OUT text, OUT int) STABLE LANGUAGE sql AS 'SELECT c, 1 FROM t'`, `SELECT column1::date FROM f()`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := newDatabase(t, "")
			db.exec(t, `CREATE TABLE t (c text, j jsonb, due date); INSERT INTO t VALUES ('now', '"now"', '2024-01-01')`)
			kept := `SELECT due::timestamptz FROM t`
			if readsTextAsDate(t, db, kept) {
				t.Errorf("%s: not kept", kept)
			}
			db.exec(t, test.schema)
			db.rows(t, test.sql) // the server takes it
			if !readsTextAsDate(t, db, test.sql) {
				t.Errorf("%s: kept; want it never to be", test.sql)
			}
		})
	}
}
