package catalog

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/sqlparse"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

// large makes 2,000 tables, each referencing the one before, 500 views and 500
// functions.
func large(t testing.TB) *database {
	t.Helper()
	db := newDatabase(t, "")
	for from := 0; from < 2000; from += 100 {
		var b strings.Builder
		for i := from; i < from+100; i++ {
			fmt.Fprintf(&b, "CREATE TABLE t%d (id int PRIMARY KEY, other int REFERENCES t%d ON DELETE SET NULL, a text DEFAULT 'x', b timestamptz DEFAULT now());", i, max(i-1, 0))
			if i%4 == 0 {
				fmt.Fprintf(&b, "CREATE VIEW v%d AS SELECT x.id, y.a, coalesce(y.b, x.b) AS b FROM t%d x JOIN t%d y ON x.id = y.other WHERE x.a > 'a';", i, i, i/2)
				fmt.Fprintf(&b, "CREATE FUNCTION f%d(i int) RETURNS text STABLE LANGUAGE plpgsql AS $$ DECLARE r text; BEGIN IF i > 1 THEN SELECT a INTO r FROM t%d WHERE id = i; ELSE r := 'x' || i; END IF; RETURN r; END $$;", i, i)
			}
		}
		db.exec(t, b.String())
	}
	return db
}

func BenchmarkLoad(b *testing.B) {
	db := large(b)
	b.Run("relations=2500", func(b *testing.B) {
		for b.Loop() {
			db.load(b)
		}
	})
	b.Run("fingerprint", func(b *testing.B) {
		for b.Loop() {
			if _, err := Fingerprint(context.Background(), db.query); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkResolve(b *testing.B) {
	db := newDatabase(b, "testdata/schema.sql")
	r := db.load(b).Resolver("ns", db.scope(b), nil)
	for _, bench := range []struct{ name, sql string }{
		{"table", "SELECT * FROM plain WHERE id = $1"},
		{"join", "SELECT u.name, sum(o.total) FROM users u JOIN orders o ON o.user_id = u.id WHERE u.active GROUP BY u.name ORDER BY 2"},
		{"views", "SELECT n.id, o.total FROM named_users n JOIN tenant_orders o USING (id)"},
		{"function", "SELECT both_counts() FROM plain"},
		{"dates", "WITH days AS (SELECT date_trunc('day', at) AS day, what FROM audit) SELECT day::date, count(*) FROM days, settings WHERE date(day) > $1 GROUP BY 1"},
		{"update", "UPDATE users SET name = $1 WHERE id = $2"},
		{"cascade", "DELETE FROM users WHERE id = $1"},
		{"triggers", "INSERT INTO watched VALUES ($1, $2, $3)"},
	} {
		a := analyze(b, bench.sql)
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Resolve(a)
			}
		})
	}
}

func analyze(t testing.TB, sql string) *sqlparse.Analysis {
	t.Helper()
	a, err := pgquery.New().Analyze(sql)
	if err != nil {
		t.Fatalf("%s\n%v", sql, err)
	}
	return a
}
