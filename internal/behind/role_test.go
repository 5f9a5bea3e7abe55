package behind

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
)

// member makes two roles of the test's own, of which the first may become a member of the second, runs a
// script with them in the places of %[1]s and %[2]s, and returns the address of a session of the first.
func member(t testing.TB, admin door, url, script string) (r, g, address string) {
	t.Helper()
	r, g = role(t)+"_r", role(t)+"_g"
	execAll(t, admin, fmt.Sprintf(`CREATE ROLE %[1]s; CREATE ROLE %[2]s; `+script, r, g))
	t.Cleanup(func() { execAll(t, admin, fmt.Sprintf(`DROP OWNED BY %[1]s, %[2]s; DROP ROLE %[1]s, %[2]s`, r, g)) })
	return r, g, url + "&options=-c%20role%3D" + r + "%20-c%20search_path%3Dmine%2Cpublic"
}

// A role's memberships decide what a policy shows it and what it may read. Who changes them past the cache is
// noticed when the catalog is looked at.
func TestMembershipChangesPastTheCache(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		url := testservers.Postgres(t).URL()
		admin := openBare(t, url)
		r, g, address := member(t, admin, url, `CREATE TABLE secret (x int); INSERT INTO secret VALUES (1); ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
			CREATE POLICY seen ON secret TO %[2]s USING (true); GRANT SELECT ON secret TO %[1]s;
			CREATE TABLE restricted (x int); INSERT INTO restricted VALUES (1); GRANT SELECT ON restricted TO %[2]s`)
		c := newClient(t, open, address, newCache(t, newStore(t), &cache.Options{
			CatalogAge:   20 * time.Millisecond,
			Declarations: catalog.Declarations{Vouched: []string{"secret"}},
			Logger:       slog.New(slog.DiscardHandler),
		}))
		kept := func(want string) func() bool {
			return func() bool {
				hits := c.cache.Stats().Hits
				return rows(t, c, `SELECT x FROM secret`) == want && c.cache.Stats().Hits > hits
			}
		}
		eventually(t, "nothing is kept", kept(""))
		exec(t, admin, `GRANT `+g+` TO `+r)
		eventually(t, "the new member is not shown what the policy lets it see", kept("1|\n"))
		eventually(t, "what it may read is not kept", func() bool {
			hits := c.cache.Stats().Hits
			return rows(t, c, `SELECT x FROM restricted`) == "1|\n" && c.cache.Stats().Hits > hits
		})
		exec(t, admin, `REVOKE `+g+` FROM `+r)
		eventually(t, "who is no longer a member is still shown it", kept(""))
		eventually(t, "who is no longer a member still reads", func() bool {
			_, err := c.rows(t.Context(), `SELECT x FROM restricted`)
			return err != nil && strings.Contains(err.Error(), "permission denied")
		})
	})
}

// A membership that lets a role use a schema changes what its names mean.
func TestMembershipChangesNames(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		url, store := testservers.Postgres(t).URL(), newStore(t)
		admin := newClient(t, open, url, newCache(t, store, nil))
		r, g, address := member(t, admin.bare, url, `CREATE SCHEMA mine; CREATE TABLE mine.t (x int); INSERT INTO mine.t VALUES (1);
			CREATE TABLE public.t (x int); INSERT INTO public.t VALUES (2);
			GRANT SELECT ON public.t TO %[1]s; GRANT USAGE ON SCHEMA mine TO %[2]s; GRANT SELECT ON mine.t TO %[2]s`)
		c := newClient(t, open, address, newCache(t, store, nil))
		if got := c.keeps(t, c.session(t), `SELECT x FROM t`); got != "2|\n" {
			t.Fatalf("got %s; want the row of public.t", got)
		}
		exec(t, admin, `GRANT `+g+` TO `+r)
		s := c.session(t) // whose names mean something else than those of the first
		for _, want := range []string{"1|\n", "3|\n"} {
			if got := c.keeps(t, s, `SELECT x FROM t`); got != want {
				t.Errorf("got %s; want %s", got, want)
			}
			exec(t, admin, `UPDATE mine.t SET x = 3`)
		}
	})
}

// What sessions start with may change: by ALTER ROLE, ALTER DATABASE, or a configuration that is read anew.
func TestSettingsOfNewSessionsChange(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		server := testservers.NewPostgres(t)
		admin := openBare(t, server.URL())
		execAll(t, admin, `CREATE TABLE t (at timestamptz); INSERT INTO t VALUES ('2026-01-01 00:00:00+00')`)
		c := newClient(t, open, server.URL(), newCache(t, newStore(t), &cache.Options{CatalogAge: 20 * time.Millisecond}))
		const read = `SELECT at::text FROM t`
		s := c.session(t)
		eventually(t, "nothing is kept", func() bool { rows(t, s, read); return c.cache.Stats().Hits > 0 })
		execAll(t, admin, `ALTER SYSTEM SET TimeZone = 'Asia/Tokyo'`)
		execAll(t, admin, `SELECT pg_reload_conf()`)
		eventually(t, "a configuration that was read anew is not noticed", func() bool { return rows(t, s, read) == "2026-01-01 09:00:00+09|\n" })
	})
}
