package behind

import (
	"testing"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// A session that has temporary relations reads names as they stand in the text, since no catalog has its own. What a
// SELECT writes behind them is not in the text.
func TestSelectThatWritesBesideTemporaryRelations(t *testing.T) {
	const schema = `CREATE TABLE log (a int); CREATE TABLE other (a int); CREATE TABLE pair (a int, b text); INSERT INTO pair VALUES (1, '1');
		CREATE FUNCTION note() RETURNS int LANGUAGE sql AS 'INSERT INTO public.log VALUES (1) RETURNING a';
		CREATE FUNCTION same(a int, b text) RETURNS boolean LANGUAGE sql AS 'SELECT note() = a';
		CREATE OPERATOR === (FUNCTION = same, LEFTARG = int, RIGHTARG = text);
		CREATE VIEW noting AS SELECT note() AS n;
		CREATE PROCEDURE makes() LANGUAGE plpgsql AS 'BEGIN EXECUTE ''CREATE TEMP VIEW mine AS SELECT * FROM noting''; END'`
	for name, test := range map[string]struct {
		before []string
		write  string
	}{
		"View":          {[]string{`CREATE TEMP TABLE mine (a int)`}, `SELECT * FROM noting`},
		"Operator":      {[]string{`CREATE TEMP TABLE mine (a int)`}, `SELECT a === b FROM pair`},
		"Dropped":       {[]string{`CREATE TEMP TABLE mine (a int)`, `DROP TABLE mine`}, `TABLE noting`},
		"OwnView":       {[]string{`CREATE TEMP VIEW mine AS SELECT note()`}, `SELECT * FROM mine`},
		"OwnViewInPath": {[]string{`CREATE TEMP VIEW other AS SELECT note()`}, `SELECT * FROM other`},
		"OwnViewUnsaid": {[]string{`CREATE TEMP TABLE mine (a int)`, `CREATE VIEW odd AS SELECT note() FROM mine RIGHT JOIN pair ON true`}, `SELECT * FROM odd`},
		"OwnViewUnseen": {[]string{`CALL makes()`}, `SELECT * FROM mine`},
	} {
		t.Run(name, func(t *testing.T) {
			eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
				for _, tx := range [][2]string{{}, {"BEGIN", "COMMIT"}} {
					c := newClient(t, open, testservers.Postgres(t).URL(), newCache(t, newStore(t), nil))
					execAll(t, c.bare, schema)
					c.keeps(t, c, `SELECT count(*) FROM log`)
					s := c.session(t)
					begun(t, s, tx[0])
					for _, statement := range test.before {
						exec(t, s, statement)
					}
					begun(t, s, tx[1])
					before := c.keeps(t, c, `SELECT count(*) FROM log`)
					begun(t, s, tx[0])
					exec(t, s, test.write)
					begun(t, s, tx[1])
					if c.fresh(t, `SELECT count(*) FROM log`) == before {
						t.Errorf("%s: changed nothing", test.write)
					}
				}
			})
		})
	}
}

// In a transaction nobody can be asked what names mean behind SET LOCAL, or what is temporary.
func TestTemporaryViewBehindUnknownNames(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		c := newClient(t, open, testservers.Postgres(t).URL(), newCache(t, newStore(t), nil))
		execAll(t, c.bare, `CREATE TABLE log (a int); CREATE FUNCTION note() RETURNS int LANGUAGE sql AS 'INSERT INTO public.log VALUES (1) RETURNING a'`)
		s := c.session(t)
		exec(t, s, `CREATE TEMP VIEW mine AS SELECT note()`)
		c.keeps(t, c, `SELECT count(*) FROM log`)
		for _, statement := range []string{`BEGIN`, `SET LOCAL search_path = public`, `SELECT * FROM mine`, `COMMIT`} {
			exec(t, s, statement)
		}
		c.fresh(t, `SELECT count(*) FROM log`)
	})
}

// Reads beside temporary tables invalidate nothing.
func TestReadsBesideTemporaryTables(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		c := newClient(t, open, testservers.Postgres(t).URL(), newCache(t, newStore(t), nil))
		execAll(t, c.bare, `CREATE TABLE a (x int); CREATE TABLE b (x int); CREATE VIEW v AS SELECT x FROM a`)
		c.keeps(t, c, `SELECT x FROM b`)
		s := c.session(t)
		hits := c.cache.Stats().Hits
		for _, statement := range []string{
			`BEGIN`, `CREATE TEMP TABLE mine AS SELECT x FROM a`, `SELECT x FROM mine JOIN v USING (x)`, `COMMIT`,
			`SELECT x FROM mine`, `SELECT x FROM v`,
		} {
			exec(t, s, statement)
			rows(t, c, `SELECT x FROM b`)
		}
		if got := c.cache.Stats().Hits - hits; got != 6 {
			t.Errorf("got %d hits; want one after each of 6 statements", got)
		}
	})
}

// The temporary schema stays with the session, and is no other's: empty, it changes neither what names mean nor the key.
func TestKeptAgainWithoutTemporaryTables(t *testing.T) {
	for name, statements := range map[string][]string{
		"Dropped":   {`CREATE TEMP TABLE t AS SELECT 2 AS x`, `DROP TABLE t`},
		"Discarded": {`CREATE TEMP TABLE t AS SELECT 2 AS x`, `DISCARD TEMP`},
		"Committed": {`BEGIN`, `CREATE TEMP TABLE t ON COMMIT DROP AS SELECT 2 AS x`, `COMMIT`},
	} {
		t.Run(name, func(t *testing.T) {
			eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
				t.Parallel()
				c := newClient(t, open, testservers.Postgres(t).URL(), newCache(t, newStore(t), nil))
				execAll(t, c.bare, `CREATE TABLE t (x int); INSERT INTO t VALUES (1)`)
				s := c.session(t)
				for _, statement := range statements {
					exec(t, s, statement)
					if got, want := rows(t, s, `SELECT x FROM t`), rows(t, s, `SELECT x FROM t /* gojohnny: skip */`); got != want {
						t.Errorf("after %s: got %s; want %s", statement, got, want)
					}
				}
				c.keeps(t, s, `SELECT x FROM t`)
				hits := c.cache.Stats().Hits
				if rows(t, c.session(t), `SELECT x FROM t`); c.cache.Stats().Hits != hits+1 {
					t.Error("another session misses; want the same key")
				}
			})
		})
	}
}
