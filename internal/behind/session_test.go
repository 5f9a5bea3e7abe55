package behind

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// role is a role's name of the test's own: roles belong to the whole server.
func role(t testing.TB) string {
	name := strings.ToLower(t.Name())
	return "r_" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name[max(0, len(name)-50):])
}

// Tenants whose tables have the same names never see each other's rows, and their writes
// do not touch each other's entries.
func TestTenants(t *testing.T) {
	ways := map[string][2]string{ // how a session becomes a tenant's, and how that ends
		"Set":      {`SET search_path = %s`, ``},
		"SetLocal": {`BEGIN; SET LOCAL search_path = %s`, `COMMIT`},
		"SetRole":  {`SET ROLE %s`, ``},
	}
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		for name, way := range ways {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c := newClient(t, open, testservers.Postgres(t).URL(), newCache(t, newStore(t), nil))
				tenants := []string{role(t) + "_a", role(t) + "_b"}
				for _, tenant := range tenants {
					execAll(t, c.bare, fmt.Sprintf(`CREATE ROLE %[1]s; CREATE SCHEMA %[1]s AUTHORIZATION %[1]s; CREATE TABLE %[1]s.t (a text);
						ALTER TABLE %[1]s.t OWNER TO %[1]s; INSERT INTO %[1]s.t VALUES ('%[1]s'); CREATE VIEW %[1]s.v AS SELECT a FROM %[1]s.t; ALTER VIEW %[1]s.v OWNER TO %[1]s`, tenant))
					t.Cleanup(func() { execAll(t, c.bare, fmt.Sprintf(`DROP SCHEMA %[1]s CASCADE; DROP ROLE %[1]s`, tenant)) })
				}
				s := c.session(t)
				for range 3 {
					for i, tenant := range tenants {
						for _, statement := range strings.Split(fmt.Sprintf(way[0], tenant), "; ") {
							exec(t, s, statement)
						}
						for _, read := range []string{`SELECT a FROM t`, `SELECT a FROM v`} {
							want := rows(t, c.bare, `SELECT a FROM `+tenant+`.t`)
							if got := rows(t, s, read); got != want {
								t.Errorf("tenant %d: got %s; want %s", i, got, want)
							}
						}
						exec(t, s, `INSERT INTO t VALUES ('more')`)
						begun(t, s, way[1])
					}
				}
			})
		}
	})
}

// A tenant's writes leave the other's entries alone.
func TestTenantsKeepTheirEntries(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		c := newClient(t, open, testservers.Postgres(t).URL(), newCache(t, newStore(t), nil))
		execAll(t, c.bare, `CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t (x int); CREATE TABLE b.t (x int)`)
		a, b := c.session(t), c.session(t)
		exec(t, a, `SET search_path = a`)
		exec(t, b, `SET search_path = b`)
		c.keeps(t, a, `SELECT x FROM t`)
		c.keeps(t, b, `SELECT x FROM t`)
		hits := c.cache.Stats().Hits
		exec(t, a, `INSERT INTO t VALUES (1)`)
		exec(t, a, `BEGIN`)
		exec(t, a, `SET LOCAL my.tenant = 'a'`) // says nothing about names
		exec(t, a, `INSERT INTO t VALUES (2)`)
		exec(t, a, `COMMIT`)
		rows(t, b, `SELECT x FROM t`)
		if c.cache.Stats().Hits != hits+1 {
			t.Error("a write to a.t invalidated what reads b.t")
		}
		if got := rows(t, a, `SELECT x FROM t`); got != "1|\n2|\n" {
			t.Errorf("got %s; want the two rows", got)
		}
	})
}

// Rows that a policy hides stay hidden, from a role that has the same text.
func TestRowSecurity(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		c := newClient(t, open, testservers.Postgres(t).URL(), newCache(t, newStore(t), nil))
		r := role(t)
		execAll(t, c.bare, fmt.Sprintf(`CREATE TABLE t (owner text); INSERT INTO t VALUES ('%[1]s_a'), ('%[1]s_b');
			ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON t USING (owner = current_user);
			CREATE ROLE %[1]s_a; CREATE ROLE %[1]s_b; GRANT ALL ON t TO %[1]s_a, %[1]s_b`, r))
		t.Cleanup(func() { execAll(t, c.bare, fmt.Sprintf(`DROP TABLE t; DROP ROLE %[1]s_a; DROP ROLE %[1]s_b`, r)) })
		s := c.session(t)
		for range 2 {
			for _, who := range []string{r + "_a", r + "_b"} {
				exec(t, s, `SET ROLE `+who)
				if got := rows(t, s, `SELECT owner FROM t`); got != who+"|\n" {
					t.Errorf("%s: got %s", who, got)
				}
			}
		}
	})
}

// What a session's names mean is not known after SET LOCAL of the search path, until its
// transaction ends. A SELECT may write all the same.
func TestWriteBehindUnknownNames(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		c := newClient(t, open, testservers.Postgres(t).URL(), newCache(t, newStore(t), nil))
		execAll(t, c.bare, `CREATE TABLE log (a int); CREATE TABLE other (a int); CREATE SCHEMA s;
			CREATE FUNCTION note() RETURNS int LANGUAGE sql AS 'INSERT INTO public.log VALUES (1) RETURNING a';
			CREATE VIEW s.v AS SELECT public.note() AS n`)
		s := c.session(t)
		c.keeps(t, c, `SELECT a FROM log`)
		for _, statement := range []string{`BEGIN`, `SET LOCAL search_path = s`, `SELECT * FROM v`, `COMMIT`} {
			exec(t, s, statement)
		}
		c.fresh(t, `SELECT a FROM log`)
		c.keeps(t, c, `SELECT a FROM log`)
		for _, statement := range []string{`BEGIN`, `SET LOCAL search_path = public`, `SELECT * FROM other`, `COMMIT`} {
			exec(t, s, statement)
		}
		hits := c.cache.Stats().Hits
		c.fresh(t, `SELECT a FROM log`)
		if c.cache.Stats().Hits != hits+1 {
			t.Error("a read by unknown names invalidated")
		}
	})
}
