package behind

import (
	"testing"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// seen are things that PostgreSQL does behind the SQL. Each read is kept; each write
// changes what it returns, without naming a table that it names.
var seen = []struct {
	name   string
	schema string
	read   string
	writes []string
}{
	{
		"View",
		`CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT a FROM t`,
		`SELECT * FROM v`,
		[]string{`INSERT INTO t VALUES (2)`, `UPDATE t SET a = 7`, `DELETE FROM t`, `INSERT INTO t VALUES (2)`, `TRUNCATE t`},
	},
	{
		"NestedView",
		`CREATE TABLE t (a int); CREATE VIEW v1 AS SELECT a FROM t; CREATE VIEW v2 AS SELECT a + 1 AS b FROM v1; CREATE VIEW v3 AS TABLE v2`,
		`SELECT b FROM v3`,
		[]string{`INSERT INTO t VALUES (2)`, `INSERT INTO v1 VALUES (3)`},
	},
	{
		"WriteThroughAView",
		`CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t`,
		`SELECT * FROM t`,
		[]string{`INSERT INTO v VALUES (1)`, `UPDATE v SET a = 2`, `DELETE FROM v`},
	},
	{
		"InsteadOfTrigger",
		`CREATE TABLE t (a int); CREATE VIEW v AS SELECT count(*) AS a FROM t;
		CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO t VALUES (NEW.a); RETURN NEW; END';
		CREATE TRIGGER g INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION f()`,
		`SELECT * FROM t`,
		[]string{`INSERT INTO v VALUES (1)`},
	},
	{
		"Cascade",
		`CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1), (2), (3);
		CREATE TABLE items (id int PRIMARY KEY, o int REFERENCES orders ON DELETE CASCADE ON UPDATE CASCADE);
		CREATE TABLE notes (i int REFERENCES items ON DELETE CASCADE, o int);
		INSERT INTO items SELECT id, id FROM orders; INSERT INTO notes SELECT id, o FROM items`,
		`SELECT n.i, i.o FROM notes n JOIN items i ON i.id = n.i ORDER BY 1`,
		[]string{`DELETE FROM orders WHERE id = 1`, `UPDATE orders SET id = 9 WHERE id = 2`, `TRUNCATE orders CASCADE`},
	},
	{
		"SetNull",
		`CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1), (2), (3);
		CREATE TABLE items (id int, o int REFERENCES orders ON DELETE SET NULL ON UPDATE SET NULL);
		INSERT INTO items SELECT id, id FROM orders`,
		`SELECT id, o FROM items ORDER BY 1`,
		[]string{`DELETE FROM orders WHERE id = 1`, `UPDATE orders SET id = 9 WHERE id = 2`},
	},
	{
		"Trigger",
		`CREATE TABLE t (a int); CREATE TABLE audit (what text);
		CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO audit VALUES (TG_OP); RETURN NULL; END';
		CREATE TRIGGER g AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON t EXECUTE FUNCTION f()`,
		`SELECT what FROM audit`,
		[]string{`INSERT INTO t VALUES (1)`, `UPDATE t SET a = 2`, `DELETE FROM t`, `TRUNCATE t`, `COPY t FROM '/dev/null'`},
	},
	{
		"PartitionOfARoot",
		`CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
		CREATE TABLE p2 PARTITION OF p DEFAULT`,
		`SELECT a FROM p ORDER BY 1`,
		[]string{`INSERT INTO p1 VALUES (1)`, `INSERT INTO p2 VALUES (11)`, `DELETE FROM p2`},
	},
	{
		"RootOfAPartition",
		`CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)`,
		`SELECT a FROM p1 ORDER BY 1`,
		[]string{`INSERT INTO p VALUES (1)`, `UPDATE p SET a = 2`},
	},
	{
		"Inheritance",
		`CREATE TABLE parent (a int); CREATE TABLE child (b int) INHERITS (parent); CREATE TABLE grandchild () INHERITS (child)`,
		`SELECT a FROM parent`,
		[]string{`INSERT INTO grandchild VALUES (1, 2)`, `UPDATE child SET a = 3`},
	},
	{
		"MaterializedView",
		`CREATE TABLE t (a int); CREATE MATERIALIZED VIEW m AS SELECT a FROM t; CREATE VIEW v AS SELECT * FROM m; INSERT INTO t VALUES (1)`,
		`SELECT * FROM v`,
		[]string{`REFRESH MATERIALIZED VIEW m`},
	},
	{
		"FunctionInSQL",
		`CREATE TABLE t (a int); INSERT INTO t VALUES (1);
		CREATE FUNCTION total(x int) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT sum(a) + x FROM t';
		CREATE TABLE one (n int); INSERT INTO one VALUES (1)`,
		`SELECT total(n) FROM one`,
		[]string{`INSERT INTO t VALUES (2)`},
	},
	{
		"FunctionInPLpgSQL",
		`CREATE TABLE t (a int);
		CREATE FUNCTION total() RETURNS bigint STABLE LANGUAGE plpgsql AS 'DECLARE n bigint; BEGIN SELECT count(*) INTO n FROM t; RETURN n; END'`,
		`SELECT total()`,
		[]string{`INSERT INTO t VALUES (2)`},
	},
	{
		"AtomicFunction",
		`CREATE TABLE t (a int);
		CREATE FUNCTION total() RETURNS bigint STABLE LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM t; END`,
		`SELECT total()`,
		[]string{`INSERT INTO t VALUES (2)`},
	},
	{
		"FunctionThatWrites",
		`CREATE TABLE t (a int);
		CREATE FUNCTION put(x int) RETURNS void LANGUAGE sql AS 'INSERT INTO t VALUES (x)'`,
		`SELECT a FROM t ORDER BY 1`,
		[]string{`SELECT put(1)`},
	},
	{
		"Procedure",
		`CREATE TABLE t (a int);
		CREATE PROCEDURE put(x int) LANGUAGE plpgsql AS 'BEGIN INSERT INTO t VALUES (x); END'`,
		`SELECT a FROM t ORDER BY 1`,
		[]string{`CALL put(1)`, `DO 'BEGIN INSERT INTO t VALUES (2); END'`},
	},
	{
		"Rule",
		`CREATE TABLE t (a int); CREATE TABLE log (a int); CREATE RULE r AS ON INSERT TO t DO ALSO INSERT INTO log VALUES (NEW.a)`,
		`SELECT a FROM log`,
		[]string{`INSERT INTO t VALUES (2)`},
	},
	{
		"DefaultThatWrites",
		`CREATE TABLE log (a int);
		CREATE FUNCTION note() RETURNS int LANGUAGE sql AS 'INSERT INTO log VALUES (1) RETURNING a';
		CREATE TABLE t (a int, b int DEFAULT note())`,
		`SELECT a FROM log`,
		[]string{`INSERT INTO t VALUES (2)`},
	},
	{
		"DefaultOfAViewThatWrites",
		`CREATE TABLE log (a int);
		CREATE FUNCTION note() RETURNS int LANGUAGE sql AS 'INSERT INTO log VALUES (1) RETURNING a';
		CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a, b FROM t; ALTER VIEW v ALTER b SET DEFAULT note(); CREATE VIEW over AS SELECT a, b FROM v;
		CREATE VIEW fired AS SELECT 1 AS a, 2 AS b; ALTER VIEW fired ALTER b SET DEFAULT note();
		CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
		CREATE TRIGGER g INSTEAD OF INSERT ON fired FOR EACH ROW EXECUTE FUNCTION g();
		CREATE TABLE ruled (a int, b int DEFAULT note()); CREATE RULE r AS ON INSERT TO ruled DO INSTEAD INSERT INTO t VALUES (NEW.a, NEW.b)`,
		`SELECT a FROM log`,
		[]string{`INSERT INTO v (a) VALUES (2)`, `INSERT INTO over (a) VALUES (2)`, `INSERT INTO fired (a) VALUES (2)`, `INSERT INTO ruled (a) VALUES (2)`, `UPDATE v SET b = DEFAULT WHERE a = (SELECT a FROM v LIMIT 1)`},
	},
	{
		"ViewOnAFunctionThatWrites",
		`CREATE TABLE log (a int);
		CREATE FUNCTION note() RETURNS int LANGUAGE sql AS 'INSERT INTO log VALUES (1) RETURNING a';
		CREATE VIEW v AS SELECT note() AS n`,
		`SELECT a FROM log`,
		[]string{`SELECT * FROM v`},
	},
	{
		"DomainWithinARow",
		`CREATE TABLE log (a int); CREATE TABLE one (n int); INSERT INTO one VALUES (1);
		CREATE FUNCTION noted(int) RETURNS boolean LANGUAGE sql AS 'INSERT INTO log VALUES (1); SELECT true';
		CREATE DOMAIN checked AS int CHECK (noted(VALUE)); CREATE TYPE pair AS (x checked, y int); CREATE TABLE t (a checked)`,
		`SELECT count(*) FROM log`,
		[]string{
			`SELECT ROW(5, n)::pair FROM one`, `SELECT '{"(5,6)"}'::pair[] FROM one`, `SELECT '{5}'::_checked FROM one`,
			`SELECT jsonb_populate_record(NULL::t, '{"a": 1}') FROM one`,
		},
	},
	{
		"KeyOfPartitions",
		`CREATE TABLE log (a int); CREATE FUNCTION note() RETURNS int LANGUAGE sql AS 'INSERT INTO log VALUES (1) RETURNING a';
		CREATE FUNCTION key(x int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN note(); END';
		CREATE TABLE p (x int) PARTITION BY LIST (key(x)); CREATE TABLE p1 PARTITION OF p DEFAULT`,
		`SELECT count(*) FROM log`,
		[]string{`INSERT INTO p VALUES (1)`},
	},
	{
		"OperatorsInOtherWords",
		`CREATE TABLE log (a int); CREATE TABLE pair (a int, b text); INSERT INTO pair VALUES (1, '1');
		CREATE FUNCTION same(a int, b text) RETURNS boolean LANGUAGE sql AS 'INSERT INTO log VALUES (1); SELECT true';
		CREATE OPERATOR = (FUNCTION = same, LEFTARG = int, RIGHTARG = text); CREATE OPERATOR >= (FUNCTION = same, LEFTARG = int, RIGHTARG = text);
		CREATE OPERATOR <= (FUNCTION = same, LEFTARG = int, RIGHTARG = text); CREATE OPERATOR < (FUNCTION = same, LEFTARG = int, RIGHTARG = text);
		CREATE OPERATOR > (FUNCTION = same, LEFTARG = int, RIGHTARG = text)`,
		`SELECT count(*) FROM log`,
		[]string{
			`SELECT a IN (SELECT b FROM pair) FROM pair`, `SELECT a NOT IN (SELECT b FROM pair) FROM pair`, `SELECT a IN (b, b) FROM pair`,
			`SELECT CASE a WHEN b THEN 1 END FROM pair`, `SELECT nullif(a, b) FROM pair`, `SELECT a IS DISTINCT FROM b FROM pair`,
			`SELECT a BETWEEN b AND b FROM pair`, `SELECT a NOT BETWEEN b AND b FROM pair`, `SELECT a BETWEEN SYMMETRIC b AND b FROM pair`,
		},
	},
	{
		"OperatorOfUSING",
		`CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 20); CREATE TABLE top (n int); INSERT INTO top VALUES (2);
		CREATE SCHEMA e; CREATE FUNCTION e.below(int, int) RETURNS boolean STABLE LANGUAGE sql AS 'SELECT $1 OPERATOR(pg_catalog.<) max(n) FROM public.top';
		CREATE OPERATOR e.= (FUNCTION = e.below, LEFTARG = int, RIGHTARG = int);
		CREATE FUNCTION used() RETURNS bigint STABLE LANGUAGE sql SET search_path = e, pg_catalog AS 'SELECT count(*) FROM public.t JOIN public.t u USING (a)';
		CREATE FUNCTION likewise() RETURNS bigint STABLE LANGUAGE sql SET search_path = e, pg_catalog AS 'SELECT count(*) FROM public.t NATURAL JOIN public.t u'`,
		`SELECT used(), likewise()`,
		[]string{`UPDATE top SET n = n + 1`},
	},
	{
		"SampleOfRowsThatMove",
		`CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 200); DELETE FROM t WHERE a <= 100; CREATE INDEX i ON t (a DESC)`,
		`SELECT a FROM t TABLESAMPLE BERNOULLI (50) REPEATABLE (1)`,
		[]string{`CLUSTER t USING i`},
	},
}

// needs are the oldest PostgreSQL that have what is in seen, where the oldest supported has not.
var needs = map[string]int{"AtomicFunction": 14}

func TestSeen(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		for _, test := range seen {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				server := testservers.Postgres(t)
				if v := server.Version(t); v < needs[test.name] {
					t.Skipf("needs PostgreSQL %d", needs[test.name])
				}
				url := server.URL()
				c := newClient(t, open, url, newCache(t, newStore(t), nil))
				execAll(t, c.bare, test.schema)
				writer := c.session(t)
				old := c.keeps(t, c, test.read)
				for _, write := range test.writes {
					for _, tx := range [][2]string{{}, {"BEGIN", "ROLLBACK"}, {"BEGIN", "COMMIT"}} {
						begun(t, writer, tx[0])
						exec(t, writer, write)
						begun(t, writer, tx[1])
						now := c.fresh(t, test.read)
						if now == old && tx[0] == "" && write[:4] != "COPY" {
							t.Errorf("%s: changed nothing", write)
						}
						old = c.keeps(t, c, test.read)
					}
				}
			})
		}
	})
}

// begun executes a statement about transactions, if there is one.
func begun(t testing.TB, d door, query string) {
	t.Helper()
	if query != "" {
		exec(t, d, query)
	}
}
