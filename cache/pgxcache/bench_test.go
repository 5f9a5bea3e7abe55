package pgxcache_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

const manyItems = `CREATE TABLE items (id int8 PRIMARY KEY, name text, price float8, stock int4, sold bool);
	INSERT INTO items SELECT n, 'item number ' || n, n / 7.0, n, n % 2 = 0 FROM generate_series(1, 100) n`

type item struct {
	ID    int64
	Name  string
	Price float64
	Stock int32
	Sold  bool
}

// One row by one integer argument: from the cache, and from the database over
// loopback.
func BenchmarkRow(b *testing.B) {
	bn := newBench(b, nil, manyItems)
	const q = "SELECT name FROM items WHERE id = $1"
	b.Run("from=cache", func(b *testing.B) {
		var name string
		b.ReportAllocs()
		for b.Loop() {
			if err := bn.pool.QueryRow(bn.ctx, q, 42).Scan(&name); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("from=database", func(b *testing.B) {
		var name string
		b.ReportAllocs()
		for b.Loop() {
			if err := bn.bare.QueryRow(bn.ctx, q, 42).Scan(&name); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// Many goroutines, on one entry and on a hundred.
func BenchmarkParallel(b *testing.B) {
	bn := newBench(b, nil, manyItems)
	const q = "SELECT name FROM items WHERE id = $1"
	for name, n := range map[string]int{"entries=1": 1, "entries=100": 100} {
		b.Run(name, func(b *testing.B) {
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				var name string
				for i := 0; pb.Next(); i++ {
					if err := bn.pool.QueryRow(bn.ctx, q, i%n+1).Scan(&name); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// A hundred rows of five columns into structs, from the cache, and by pgx from the
// same wire bytes in memory.
func BenchmarkRows(b *testing.B) {
	bn := newBench(b, nil, manyItems)
	const q = "SELECT id, name, price, stock, sold FROM items ORDER BY id"
	b.Run("from=cache", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			rows, _ := bn.pool.Query(bn.ctx, q)
			items := make([]item, 0, 100)
			for rows.Next() {
				var it item
				if err := rows.Scan(&it.ID, &it.Name, &it.Price, &it.Stock, &it.Sold); err != nil {
					b.Fatal(err)
				}
				items = append(items, it)
			}
			if len(items) != 100 || rows.Err() != nil {
				b.Fatal(len(items), rows.Err())
			}
		}
	})
	fields, raw := wireRows(b, bn, q)
	b.Run("from=memory", func(b *testing.B) {
		types := pgtype.NewMap()
		b.ReportAllocs()
		for b.Loop() {
			items := make([]item, 0, 100)
			for _, values := range raw {
				var it item
				if err := pgx.ScanRow(types, fields, values, &it.ID, &it.Name, &it.Price, &it.Stock, &it.Sold); err != nil {
					b.Fatal(err)
				}
				items = append(items, it)
			}
		}
	})
}

// wireRows reads a result's wire bytes.
func wireRows(b *testing.B, bn *bench, q string) (fields []pgconn.FieldDescription, raw [][][]byte) {
	rows, err := bn.bare.Query(bn.ctx, q)
	bn.check(err)
	fields = append(fields, rows.FieldDescriptions()...)
	for rows.Next() {
		var values [][]byte
		for _, v := range rows.RawValues() {
			values = append(values, append([]byte{}, v...))
		}
		raw = append(raw, values)
	}
	bn.check(rows.Err())
	return fields, raw
}
