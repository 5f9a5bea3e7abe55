package cache_test

import (
	"context"
	"database/sql"
	"errors"
	"expvar"
	"fmt"
	"log"
	"time"

	"modernc.org/sqlite"

	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

// What the database's catalog cannot tell is declared. Options that come from flags or the
// environment are checked before they make a cache that is off.
func ExampleOptions() {
	opts := &cache.Options{
		Namespace: "shop", // of all programs on this database
		Deny:      []string{"sessions"},
		Writes:    invalidation.Strict, // no write without the store
		Declarations: catalog.Declarations{
			Functions: []catalog.Function{
				{Name: "reports.revenue", Reads: []string{"orders", "order_items"}}, // executes SQL that it builds
				{Name: "enqueue", Writes: []string{"jobs"}},                         // in PL/Python
			},
			Vouched: []string{"rates"}, // a foreign table that nobody else writes
		},
		Verify: 0.01,
	}
	fmt.Println(opts.Check())

	opts.Verify = 1.01
	fmt.Println(opts.Check())
	// Output:
	// <nil>
	// cache: Verify is 1.01, want 0 to 1
}

// Every read is counted as it is answered, and every reason to go past the cache.
func ExampleOptions_observe() {
	reads := new(expvar.Map)
	ask := shop(&cache.Options{Observe: func(_ context.Context, e cache.Event) {
		reads.Add(string(e.Kind), 1)
		if e.Kind == cache.Bypass {
			reads.Add(string(e.Reason.Code), 1)
		}
	}})
	ctx := context.Background()
	for range 3 {
		ask(ctx, `SELECT sum(stock) FROM goods`)
	}
	ask(ctx, `SELECT random() FROM goods`)
	fmt.Println(reads)
	// Output:
	// {"bypass": 1, "hit": 2, "miss": 1, "volatile function": 1}
}

// One call is told apart by its context, or by a comment in its SQL.
func ExampleSkip() {
	ask := shop(&cache.Options{Observe: func(_ context.Context, e cache.Event) { fmt.Println(e.Kind) }})
	ctx := context.Background()
	const query = `SELECT sum(stock) FROM goods`
	ask(cache.Skip(ctx), query)
	ask(cache.WithTTL(ctx, time.Minute), query)
	ask(ctx, query)
	ask(ctx, query+` /* gojohnny: refresh */`)
	// Output:
	// bypass
	// miss
	// hit
	// miss
}

// What the cache makes of a text can be asked without running it.
func ExampleCache_Explain() {
	store, err := memstore.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	c := cache.New(store, pgquery.New(), nil)
	e := c.Explain(context.Background(), `SELECT * FROM orders WHERE placed > now() - interval '1 day'`)
	fmt.Println(e.Cached)
	fmt.Println(e.Reason)
	fmt.Println(e.Remedy)
	// Output:
	// false
	// time or session: now
	// pass the time or the user as an argument instead
}

// shop opens a database with a table of goods behind a cache, and returns what asks it.
func shop(opts *cache.Options) (ask func(ctx context.Context, query string)) {
	store, err := memstore.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	connector, err := sqlite.NewConnector("file:goods?mode=memory")
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(sqlcache.Connector(connector, cache.New(store, pgquery.New(), opts)))
	db.SetMaxOpenConns(1) // each would have a database of its own
	if _, err := db.Exec(`CREATE TABLE goods (stock int)`); err != nil {
		log.Fatal(err)
	}
	return func(ctx context.Context, query string) {
		var n sql.NullInt64
		if err := db.QueryRowContext(ctx, query).Scan(&n); err != nil && !errors.Is(err, sql.ErrNoRows) {
			log.Fatal(err)
		}
	}
}
