package pgxcache_test

import (
	"context"
	"fmt"
	"log"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/pgxcache"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

func Example() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, "postgres://localhost/shop")
	if err != nil {
		log.Fatal(err)
	}
	store, err := memstore.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	c := cache.New(store, pgquery.New(), nil)
	defer func() { _ = c.Close(ctx) }()

	db := pgxcache.New(pool, c) // the line that changes
	defer db.Close()

	const q = "SELECT name, price FROM products WHERE category = $1 ORDER BY price"
	type product struct {
		Name  string
		Price float64
	}
	rows, _ := db.Query(ctx, q, "tea") // from the database, and kept
	rows.Close()
	rows, _ = db.Query(ctx, q, "tea") // from the cache
	products, err := pgx.CollectRows(rows, pgx.RowToStructByName[product])
	fmt.Println(products, err)

	// From here on the rows above are found no more.
	_, err = db.Exec(ctx, "UPDATE products SET price = price + 1 WHERE category = $1", "tea")
	fmt.Println(err)
}

// A transaction invalidates what it wrote when it is committed.
func ExamplePool_Begin() {
	transfer := func(ctx context.Context, db *pgxcache.Pool, from, to, amount int) error {
		return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "UPDATE accounts SET balance = balance - $2 WHERE id = $1", from, amount); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "UPDATE accounts SET balance = balance + $2 WHERE id = $1", to, amount)
			return err
		})
	}
	_ = transfer
}

// Of a batch that reads, only what is not kept is sent.
func ExamplePool_SendBatch() {
	names := func(ctx context.Context, db *pgxcache.Pool, ids []int) (names []string, err error) {
		batch := &pgx.Batch{}
		for _, id := range ids {
			batch.Queue("SELECT name FROM users WHERE id = $1", id).QueryRow(func(row pgx.Row) error {
				var name string
				err := row.Scan(&name)
				names = append(names, name)
				return err
			})
		}
		err = db.SendBatch(ctx, batch).Close()
		return names, err
	}
	_ = names
}
