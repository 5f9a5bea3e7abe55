package behind

import (
	"testing"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
)

// What depends on the time, the session or chance is never kept, wherever that hides.
func TestNeverKept(t *testing.T) {
	const schema = `CREATE TABLE t (a int, at timestamptz DEFAULT now()); INSERT INTO t VALUES (1);
		CREATE VIEW clock AS SELECT a, now() FROM t;
		CREATE VIEW dice AS SELECT a, random() AS r FROM t;
		CREATE VIEW nested AS SELECT a, r FROM dice;
		CREATE VIEW special AS SELECT a FROM t WHERE at < 'tomorrow'::text::timestamptz;
		CREATE SEQUENCE s; CREATE VIEW ticket AS SELECT a, nextval('s') FROM t;
		CREATE FUNCTION who() RETURNS text STABLE LANGUAGE sql AS 'SELECT current_user::text';
		CREATE FUNCTION setting() RETURNS text STABLE LANGUAGE plpgsql AS 'BEGIN RETURN current_setting(''TimeZone''); END';
		CREATE FUNCTION plus(a int, b text) RETURNS double precision LANGUAGE sql AS 'SELECT a + random()';
		CREATE OPERATOR @@@ (FUNCTION = plus, LEFTARG = int, RIGHTARG = text);
		CREATE FUNCTION built(x text) RETURNS bigint STABLE LANGUAGE plpgsql AS 'DECLARE n bigint; BEGIN EXECUTE ''SELECT count(*) FROM '' || x INTO n; RETURN n; END';
		CREATE TABLE secret (owner text); ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
		CREATE POLICY mine ON secret USING (owner = current_user);
		CREATE VIEW hidden AS SELECT * FROM secret`
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		c := newClient(t, open, testservers.Postgres(t).URL(), newCache(t, newStore(t), nil))
		execAll(t, c.bare, schema)
		c.keeps(t, c, `SELECT a FROM t`) // it keeps at all
		for _, read := range []string{
			`SELECT * FROM clock`, `SELECT * FROM nested`, `SELECT * FROM special`, `SELECT * FROM ticket`, `SELECT * FROM s`,
			`SELECT a, who() FROM t`, `SELECT a, setting() FROM t`, `SELECT a @@@ 'x' FROM t`, `SELECT built('t')`,
			`SELECT * FROM secret`, `SELECT * FROM hidden`, `SELECT (t).ctid FROM t`, `SELECT (x).xmax FROM t x`,
		} {
			c.bypasses(t, c, read)
			if e := c.cache.Explain(t.Context(), read); e.Cached || !e.Catalog {
				t.Errorf("%s: got %+v; want an explanation by the catalog why it is not kept", read, e)
			}
		}
	})
}

// What cannot be seen through can be declared.
func TestDeclarations(t *testing.T) {
	const schema = `CREATE TABLE t (a int); INSERT INTO t VALUES (1);
		CREATE FUNCTION built(x text) RETURNS bigint STABLE LANGUAGE plpgsql AS 'DECLARE n bigint; BEGIN EXECUTE ''SELECT count(*) FROM '' || x INTO n; RETURN n; END';
		CREATE FUNCTION put(x int) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE ''INSERT INTO t VALUES ('' || x || '')''; END';
		CREATE TABLE other (a int);
		CREATE TABLE secret (a int); ALTER TABLE secret ENABLE ROW LEVEL SECURITY`
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		c := newClient(t, open, testservers.Postgres(t).URL(), newCache(t, newStore(t), &cache.Options{Declarations: catalog.Declarations{
			Functions: []catalog.Function{{Name: "built", Reads: []string{"t"}}, {Name: "put", Writes: []string{"t"}}},
			Vouched:   []string{"secret"},
		}}))
		execAll(t, c.bare, schema)
		c.keeps(t, c, `SELECT built('t')`)
		c.keeps(t, c, `SELECT a FROM secret`)
		c.keeps(t, c, `SELECT a FROM other`)
		exec(t, c, `SELECT put(2)`)
		c.fresh(t, `SELECT built('t')`)
		hits := c.cache.Stats().Hits
		c.fresh(t, `SELECT a FROM other`)
		if c.cache.Stats().Hits != hits+1 {
			t.Error("a declared function invalidated more than it writes")
		}
	})
}

// Logical replication writes a table without a statement of this database's programs.
func TestSubscribedTables(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		c := newClient(t, open, testservers.Postgres(t).URL(), newCache(t, newStore(t), &cache.Options{
			Declarations: catalog.Declarations{Vouched: []string{"vouched"}},
		}))
		execAll(t, c.bare, `CREATE TABLE a (x int); CREATE TABLE vouched (x int); CREATE TABLE other (x int);
			CREATE TABLE p (x int) PARTITION BY LIST (x); CREATE TABLE p1 PARTITION OF p DEFAULT; CREATE VIEW v AS SELECT x FROM a;
			CREATE SUBSCRIPTION feed CONNECTION 'host=nowhere' PUBLICATION pub WITH (connect = false)`)
		t.Cleanup(func() { // the database cannot be dropped before
			for _, statement := range []string{`ALTER SUBSCRIPTION feed SET (slot_name = NONE)`, `DROP SUBSCRIPTION feed`} {
				exec(t, c.bare, statement)
			}
		})
		// Which tables a publication has, only its server tells.
		execAll(t, c.bare, `INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate)
			SELECT s.oid, r, 'r' FROM pg_subscription s, unnest('{a,vouched,p}'::regclass[]) r WHERE s.subname = 'feed'`)
		c.keeps(t, c, `SELECT x FROM other`)
		c.keeps(t, c, `SELECT x FROM vouched`)
		for _, read := range []string{`SELECT x FROM a`, `SELECT x FROM v`, `SELECT x FROM p`, `SELECT x FROM p1`} {
			c.bypasses(t, c, read)
			if e := c.cache.Explain(t.Context(), read); e.Reason.Code != catalog.Subscribed || e.Remedy == "" {
				t.Errorf("%s: got %+v; want a reason and what helps", read, e)
			}
		}
	})
}
