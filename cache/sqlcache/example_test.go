package sqlcache_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"

	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

// A program changes the line that opens its database. With PostgreSQL the connector
// is stdlib.GetConnector(config).
func Example() {
	store, err := memstore.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	c := cache.New(store, pgquery.New(), nil)
	defer func() { _ = c.Close(context.Background()) }() // nothing is left to land

	connector, err := sqlite.NewConnector("file:shop?mode=memory&cache=shared")
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(sqlcache.Connector(connector, c))
	defer func() { _ = db.Close() }() // nothing is left in it

	mustExec := func(query string) {
		if _, err := db.Exec(query); err != nil {
			log.Fatal(err)
		}
	}
	stock := func() (n int) {
		if err := db.QueryRow(`SELECT sum(stock) FROM goods WHERE price < $1`, 10).Scan(&n); err != nil {
			log.Fatal(err)
		}
		return n
	}
	mustExec(`CREATE TABLE goods (price int, stock int)`)
	mustExec(`INSERT INTO goods VALUES (5, 100), (9, 20)`)
	fmt.Println(stock(), stock(), stock())
	mustExec(`UPDATE goods SET stock = stock - 1 WHERE price = 5`)
	fmt.Println(stock(), stock())

	stats := c.Stats()
	fmt.Println(stats.Hits, "of", stats.Reads, "from the cache")
	// Output:
	// 120 120 120
	// 119 119
	// 3 of 5 from the cache
}

// What only the driver's own connection can do is done with that.
func ExampleUnwrap() {
	load := func(ctx context.Context, db *sql.DB, c *cache.Cache) error {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }() // it goes back to the pool
		err = conn.Raw(func(driverConn any) error {
			own, err := sqlcache.Unwrap(ctx, driverConn)
			if err != nil {
				return err
			}
			pgxConn := own.(*stdlib.Conn).Conn()
			_, err = pgxConn.Exec(ctx, `SELECT load_goods()`)
			return err
		})
		if err != nil {
			return err
		}
		return c.Invalidate(ctx, "goods") // nobody has seen the write
	}
	_ = load
}
