package pgxcache_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/pgxcache"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// A PostgreSQL that does not answer the probe is not taken for another database, whose
// sessions have no search_path: one tenant would see the other's row.
func TestRefusedProbe(t *testing.T) {
	const currentSetting = "pg_catalog.current_setting(text, boolean)"
	for name, refuse := range map[string]string{
		"Forbidden": "REVOKE EXECUTE ON FUNCTION " + currentSetting + " FROM PUBLIC; REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC",
		"Gone":      "ALTER FUNCTION " + currentSetting + " RENAME TO somebody_renamed_it",
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["role"] = "gojohnny_tenant" },
				"CREATE ROLE gojohnny_tenant",
				"CREATE SCHEMA one; CREATE TABLE one.names AS SELECT 'one' AS name",
				"CREATE SCHEMA two; CREATE TABLE two.names AS SELECT 'two' AS name",
				"GRANT USAGE ON SCHEMA one, two TO gojohnny_tenant; GRANT SELECT ON one.names, two.names TO gojohnny_tenant", refuse)
			t.Cleanup(func() { b.dropRole("gojohnny_tenant") })
			for _, tenant := range []string{"one", "two"} {
				b.check(b.pool.AcquireFunc(b.ctx, func(c *pgxcache.Conn) error {
					_, err := c.Exec(b.ctx, "SET search_path = "+tenant)
					b.check(err)
					b.want(tenant, bypass, func() {
						if got := b.one(c, "SELECT name FROM names"); got != tenant {
							t.Errorf("%s got the row of %s", tenant, got)
						}
					})
					return nil
				}))
			}
			if reasons := b.cache.Stats().BypassReasons; reasons[cache.UnknownScope] != 2 {
				t.Errorf("bypassed for %v; want %s, twice", reasons, cache.UnknownScope)
			}
		})
	}
}

// dropRole drops a role of the server, which outlives the database. It is for a cleanup.
func (b *bench) dropRole(name string) {
	b.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, b.url)
	b.check(err)
	_, err = conn.Exec(ctx, "DROP OWNED BY "+name+"; DROP ROLE "+name)
	b.check(err)
	b.check(conn.Close(ctx))
}

// Two copies of one server have the same identity, and each its own rows.
func TestClonesShareNoEntries(t *testing.T) {
	original := testservers.NewPostgres(t)
	clone := original.Clone(t)
	b := newBench(t, nil)
	for name, server := range map[string]*testservers.PostgresServer{"the original": original, "the clone": clone} {
		b.url = server.URL()
		bare := b.open(nil)
		_, err := bare.Exec(b.ctx, "CREATE TABLE names (name text)")
		b.check(err)
		_, err = bare.Exec(b.ctx, "INSERT INTO names VALUES ($1)", name)
		b.check(err)
		pool := pgxcache.New(bare, b.cache)
		b.want(name, miss, func() {
			if got := b.one(pool, "SELECT name FROM names"); got != name {
				t.Errorf("%s answered with the row of %s", name, got)
			}
		})
	}
}
