package pgxcache_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gojohnny/gojohnny/cache/pgxcache"
)

// A table that is made in front of another of its name hides it, but from statements that
// were prepared before: the server goes on with their plans.
//
//	1: c:     prepares     UPDATE names   shop.names
//	2: admin: CREATE TABLE tenant.names   which comes first on the path
//	3: c:     UPDATE names                by its plan, shop.names
//	4: reader: load        shop.names     a hit, and stale
func TestHiddenFromWhoPreparesLater(t *testing.T) {
	b := newBench(t, func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["search_path"] = "tenant, shop" },
		"CREATE SCHEMA shop; CREATE TABLE shop.names AS SELECT 'ann' AS name", "CREATE SCHEMA tenant")
	b.check(b.pool.AcquireFunc(b.ctx, func(c *pgxcache.Conn) error {
		const update, all = "UPDATE names SET name = $1", "SELECT name FROM names"
		_, err := c.Exec(b.ctx, update, "bob")
		b.check(err)
		b.one(c, all)
		b.exec("CREATE TABLE tenant.names AS SELECT 'eve' AS name")
		b.one(b.pool, "SELECT name FROM shop.names") // kept
		_, err = c.Exec(b.ctx, update, "cyd")
		b.check(err)
		mine := b.one(c, all)
		for _, table := range []string{"shop.names", "tenant.names", "names"} {
			var want string
			b.check(b.bare.QueryRow(b.ctx, "SELECT name FROM "+table).Scan(&want))
			if got := b.one(b.pool, "SELECT name FROM "+table); got != want {
				t.Errorf("%s: got %q, want %q (c sees %q)", table, got, want, mine)
			}
		}
		return nil
	}))
}
