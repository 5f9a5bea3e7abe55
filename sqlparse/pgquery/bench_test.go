//go:build cgo

package pgquery

import (
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
)

var benchmarks = []struct{ name, sql string }{
	{"small", "SELECT id, name FROM users WHERE id = $1"},
	{"medium", `SELECT u.id, u.name, count(o.id) AS orders, coalesce(sum(o.total), 0) AS spent
		FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.status = 'paid'
		WHERE u.active AND u.created_at > $1 AND u.email LIKE $2
		GROUP BY u.id, u.name HAVING count(o.id) > 3 ORDER BY spent DESC LIMIT 20 OFFSET $3`},
	{"large", `WITH recent AS (SELECT * FROM orders WHERE placed_at > $1), best AS (
			SELECT user_id, sum(total) AS spent, rank() OVER (ORDER BY sum(total) DESC) AS place FROM recent GROUP BY user_id)
		SELECT u.id, u.name, b.spent, b.place, (SELECT json_agg(json_build_object('sku', i.sku, 'qty', i.qty))
			FROM items i JOIN recent r ON r.id = i.order_id WHERE r.user_id = u.id) AS items,
			CASE WHEN b.place <= 10 THEN 'gold' WHEN b.place <= 100 THEN 'silver' ELSE 'none' END AS class
		FROM users u JOIN best b ON b.user_id = u.id
		WHERE EXISTS (SELECT 1 FROM items i JOIN recent r ON r.id = i.order_id WHERE r.user_id = u.id AND i.price BETWEEN $2 AND $3)
		AND u.tags && ARRAY['a', 'b', 'c'] AND (u.data ->> 'country') IN ('AT', 'DE', 'CH', 'FR', 'IT')
		UNION ALL SELECT id, name, 0, NULL, NULL, 'new' FROM users WHERE NOT EXISTS (SELECT 1 FROM orders WHERE user_id = users.id)
		ORDER BY 3 DESC, 2 LIMIT 100`},
	{"insert=1000rows", "INSERT INTO items VALUES (1, 'a', 2, 3.5)" + strings.Repeat(", (1, 'a', 2, 3.5)", 999)},
}

// BenchmarkAnalyze measures an analysis beside the parser's own share of it.
func BenchmarkAnalyze(b *testing.B) {
	for _, c := range benchmarks {
		b.Run("sql="+c.name+"/do=analyze", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := New().Analyze(c.sql); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("sql="+c.name+"/do=parse", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := pg.Parse(c.sql); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
