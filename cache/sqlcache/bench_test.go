package sqlcache_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
)

const benchQuery = "SELECT id, name, price, created, note FROM goods WHERE shop = $1 ORDER BY id LIMIT 10"

// sliceFake answers every query with ten rows of five columns.
func sliceFake() *fake {
	created := time.Date(2026, 5, 17, 10, 30, 0, 0, time.UTC)
	var values [][]driver.Value
	for i := range 10 {
		values = append(values, []driver.Value{
			int64(1000 + i), fmt.Sprintf("a thing called %d", i), 9.99 + float64(i), created, []byte("in a blue box"),
		})
	}
	columns := []string{"id", "name", "price", "created", "note"}
	return &fake{
		quiet: true,
		rows:  func() driver.Rows { return &fakeRows{columns: columns, values: values} },
		conn: func(c *fakeConn) driver.Conn {
			return struct {
				driver.Conn
				driver.QueryerContext
				driver.ExecerContext
			}{c, c, c}
		},
	}
}

// benchTable returns PostgreSQL with the same ten rows.
func benchTable(b *testing.B) driver.Connector {
	connector := pgxConnector(b)
	db := open(b, connector)
	exec(b, db, `CREATE TABLE goods (id bigint PRIMARY KEY, shop bigint, name text, price float8, created timestamptz, note bytea)`)
	exec(b, db, `CREATE INDEX ON goods (shop, id)`)
	exec(b, db, `INSERT INTO goods SELECT n, n / 10, 'a thing called ' || n, 9.99, '2026-05-17 10:30Z', 'in a blue box'
		FROM generate_series(0, 9999) n`)
	exec(b, db, `ANALYZE goods`)
	return connector
}

// BenchmarkQuery reads ten rows of five columns: from a driver that has them in a
// slice, from the cache, and from PostgreSQL over loopback.
func BenchmarkQuery(b *testing.B) {
	c := newCache(b, nil)
	slice := sliceFake()
	postgres := benchTable(b)
	for _, bench := range []struct {
		name string
		db   *sql.DB
	}{
		{"source=slice", open(b, slice)},
		{"source=cache", open(b, sqlcache.Connector(postgres, c))},
		{"source=postgres", open(b, postgres)},
	} {
		b.Run(bench.name+"/rows=10", func(b *testing.B) {
			b.ReportAllocs()
			ctx := context.Background()
			readGoods(b, ctx, bench.db, 42)
			for b.Loop() {
				readGoods(b, ctx, bench.db, 42)
			}
		})
	}
	if s := c.Stats(); s.Misses != 1 || s.Parses > 1 {
		b.Errorf("got %d misses, %d parses; want 1 and 1", s.Misses, s.Parses)
	}
}

func readGoods(b *testing.B, ctx context.Context, db *sql.DB, shop int) {
	rows, err := db.QueryContext(ctx, benchQuery, shop)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for rows.Next() {
		var (
			id      int64
			name    string
			price   float64
			created time.Time
			note    sql.RawBytes
		)
		if err := rows.Scan(&id, &name, &price, &created, &note); err != nil {
			b.Fatal(err)
		}
		n++
	}
	if err := rows.Close(); err != nil || n != 10 {
		b.Fatalf("got %d rows, error %v", n, err)
	}
}

// BenchmarkAdded tells what the cache adds where it does not answer: compare
// cache=off with cache=on, over a driver that costs next to nothing.
func BenchmarkAdded(b *testing.B) {
	c := newCache(b, nil)
	slice := sliceFake()
	shop := 0 // each key of a miss is new, in a second run too
	for _, db := range []struct {
		name string
		db   *sql.DB
	}{
		{"cache=off", open(b, slice)},
		{"cache=on", open(b, sqlcache.Connector(slice, c))},
	} {
		b.Run("op=bypass/"+db.name, func(b *testing.B) {
			ctx := cache.Skip(context.Background())
			b.ReportAllocs()
			for b.Loop() {
				readGoods(b, ctx, db.db, 42)
			}
		})
		b.Run("op=miss/"+db.name, func(b *testing.B) {
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				shop++
				readGoods(b, ctx, db.db, shop)
			}
		})
		b.Run("op=write/"+db.name, func(b *testing.B) {
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := db.db.ExecContext(ctx, "UPDATE goods SET price = $1 WHERE id = $2", 1.5, 42); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
