package behind

import (
	"fmt"
	"testing"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// The parser is PostgreSQL 16's. What newer servers add to the language is not kept, and as a write moves
// everything; what they add to tables is behind statements that the parser knows.

// since opens a server of a version, or a newer one.
func since(t *testing.T, version int) *testservers.PostgresServer {
	t.Helper()
	server := testservers.Postgres(t)
	if v := server.Version(t); v < version {
		t.Skipf("needs PostgreSQL %d, got %d", version, v)
	}
	return server
}

// unknownReads are reads of t that the parser of 16 does not know, by the oldest server that does, with
// the reason not to keep them.
var unknownReads = []struct {
	name, read string
	version    int
	reason     sqlparse.ReasonCode
}{
	{"JSONTable", `SELECT x FROM t, JSON_TABLE(data, '$[*]' COLUMNS (x int PATH '$')) ORDER BY 1`, 17, cache.Unparsable},
	{"JSONTableOfDates", `SELECT x FROM t, JSON_TABLE('["now"]'::jsonb, '$[*]' COLUMNS (x timestamptz PATH '$'))`, 17, cache.Unparsable},
	{"JSONValueOfDates", `SELECT JSON_VALUE('["now"]'::jsonb, '$[0]' RETURNING timestamptz) FROM t`, 17, cache.Unparsable},
	{"JSONValue", `SELECT JSON_VALUE(data, '$[0]') FROM t ORDER BY 1`, 17, catalog.UnknownFunction},
	{"View", `SELECT x FROM over_json ORDER BY 1`, 17, catalog.OpaqueView},
	{"Function", `SELECT of_json() FROM t`, 17, catalog.OpaqueFunction},
}

func TestReadsOfNewerSyntax(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		for _, test := range unknownReads {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				c := newClient(t, open, since(t, test.version).URL(), newCache(t, newStore(t), nil))
				execAll(t, c.bare, `CREATE TABLE t (data jsonb); INSERT INTO t VALUES ('[1]');
					CREATE VIEW over_json AS SELECT x FROM t, JSON_TABLE(data, '$[*]' COLUMNS (x int PATH '$'));
					CREATE FUNCTION of_json() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT sum(x) FROM over_json, JSON_TABLE(''[1]''::jsonb, ''$[*]'' COLUMNS (y int PATH ''$''))'`)
				c.keeps(t, c, `SELECT data FROM t`)
				c.bypasses(t, c, test.read)
				if e := c.cache.Explain(t.Context(), test.read); e.Reason.Code != test.reason {
					t.Errorf("got %+v; want %q", e, test.reason)
				}
				exec(t, c, `INSERT INTO t VALUES ('[2]')`)
				if test.reason != cache.Unparsable {
					c.fresh(t, test.read)
				}
			})
		}
	})
}

// unknownWrites change a, without that the parser of 16 knows how.
var unknownWrites = []struct {
	name, write string
	version     int
}{
	{"MergeReturning", `MERGE INTO a USING (SELECT 2 AS n) s ON a.n = s.n WHEN NOT MATCHED THEN INSERT VALUES (s.n) RETURNING a.n`, 17},
	{"MergeAction", `MERGE INTO a USING (SELECT 1 AS n) s ON a.n = s.n WHEN MATCHED THEN UPDATE SET n = 9 RETURNING merge_action(), a.*`, 17},
	{"MergeBySource", `MERGE INTO a USING (SELECT 7 AS n) s ON a.n = s.n WHEN NOT MATCHED BY SOURCE THEN DELETE`, 17},
	{"WithMerge", `WITH m AS (MERGE INTO a USING (SELECT 2 AS n) s ON a.n = s.n WHEN NOT MATCHED THEN INSERT VALUES (s.n) RETURNING a.n) SELECT n FROM m`, 17},
	{"ReturningOld", `UPDATE a SET n = n + 10 RETURNING old.n, new.n`, 18},
	{"ReturningWith", `UPDATE a SET n = n + 10 RETURNING WITH (OLD AS o, NEW AS w) o.n, w.n`, 18},
}

func TestWritesOfNewerSyntax(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		for _, test := range unknownWrites {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				c := newClient(t, open, since(t, test.version).URL(), newCache(t, newStore(t), nil))
				execAll(t, c.bare, `CREATE TABLE a (n int); INSERT INTO a VALUES (1); CREATE TABLE log (n int);
					CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (1); RETURN NULL; END';
					CREATE TRIGGER g AFTER INSERT OR UPDATE OR DELETE ON a FOR EACH ROW EXECUTE FUNCTION f()`)
				for _, tx := range [][2]string{{}, {"BEGIN", "COMMIT"}} {
					writer := c.session(t)
					old := c.keeps(t, c, `SELECT n FROM a`) + "log\n" + c.keeps(t, c, `SELECT n FROM log`)
					begun(t, writer, tx[0])
					rows(t, writer, test.write)
					begun(t, writer, tx[1])
					if now := c.fresh(t, `SELECT n FROM a`) + "log\n" + c.fresh(t, `SELECT n FROM log`); now == old && tx[0] == "" {
						t.Error("the statement changed nothing")
					}
				}
			})
		}
	})
}

// A key over periods is a key like others: who truncates what it references reaches what references.
func TestPeriodKeys(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		c := newClient(t, open, since(t, 18).URL(), newCache(t, newStore(t), nil))
		execAll(t, c.bare, `CREATE TABLE unrelated (n int); CREATE TABLE rooms (id int4range, during daterange)`)
		c.keeps(t, c, `SELECT n FROM unrelated`)
		for _, ddl := range []string{ // which the parser does not know
			`ALTER TABLE rooms ADD PRIMARY KEY (id, during WITHOUT OVERLAPS)`,
			`CREATE TABLE bookings (room int4range, during daterange, FOREIGN KEY (room, PERIOD during) REFERENCES rooms (id, PERIOD during))`,
		} {
			exec(t, c, ddl)
			misses := c.cache.Stats().Misses
			c.fresh(t, `SELECT n FROM unrelated`)
			if c.cache.Stats().Misses == misses {
				t.Errorf("%s: moved not everything", ddl)
			}
		}
		const rooms, bookings = `SELECT id::text, during::text FROM rooms`, `SELECT room::text, during::text FROM bookings`
		exec(t, c, `INSERT INTO rooms VALUES ('[1,1]', '[2024-01-01,2024-02-01)')`)
		exec(t, c, `INSERT INTO bookings VALUES ('[1,1]', '[2024-01-02,2024-01-03)')`)
		for _, write := range []string{
			`UPDATE bookings SET during = '[2024-01-04,2024-01-05)'`, `INSERT INTO rooms VALUES ('[2,2]', '[2024-01-01,2024-02-01)')`,
			`DELETE FROM rooms WHERE id = '[2,2]'`, `TRUNCATE rooms CASCADE`,
		} {
			old := c.keeps(t, c, rooms) + c.keeps(t, c, bookings)
			c.keeps(t, c, `SELECT n FROM unrelated`)
			exec(t, c, write)
			if now := c.fresh(t, rooms) + c.fresh(t, bookings); now == old {
				t.Errorf("%s: changed nothing", write)
			}
			hits := c.cache.Stats().Hits
			if rows(t, c, `SELECT n FROM unrelated`); c.cache.Stats().Hits != hits+1 {
				t.Errorf("%s: moved more than the tables of the key", write)
			}
		}
	})
}

// A column that is computed when it is read is kept like others, and moves with those that it is made of. What it calls
// is PostgreSQL's own, says the server: what it lets pass nevertheless, hidden or not, must be seen.
func TestVirtualColumns(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		c := newClient(t, open, since(t, 18).URL(), newCache(t, newStore(t), nil))
		exec(t, c, `CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, c text GENERATED ALWAYS AS (upper('x' || a)))`)
		exec(t, c, `CREATE VIEW v AS SELECT b, c FROM t`)
		for _, write := range []string{`INSERT INTO t VALUES (1)`, `UPDATE t SET a = 2`, `DELETE FROM t`} {
			old := c.keeps(t, c, `SELECT b, c FROM t`) + c.keeps(t, c, `SELECT * FROM v WHERE b > 1`)
			exec(t, c, write)
			if now := c.fresh(t, `SELECT b, c FROM t`) + c.fresh(t, `SELECT * FROM v WHERE b > 1`); now == old {
				t.Errorf("%s: changed nothing", write)
			}
		}
		execAll(t, c.bare, `CREATE TABLE other (n int); CREATE FUNCTION hides(i int) RETURNS float8 IMMUTABLE LANGUAGE sql AS 'SELECT i + random()';
			CREATE FUNCTION reads(i int) RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM other); END'`)
		for _, f := range []string{"hides(a)", "reads(a)"} {
			if err := c.bare.exec(t.Context(), `CREATE TABLE u (a int, b float8 GENERATED ALWAYS AS (`+f+`) VIRTUAL)`); err == nil {
				t.Errorf("the server takes %s: follow it", f)
			}
		}
		exec(t, c, `ALTER TABLE t ADD d float8 GENERATED ALWAYS AS (a + 0.5) VIRTUAL`)
		exec(t, c, `INSERT INTO t (a) VALUES (3)`)
		c.fresh(t, `SELECT * FROM t`)
		c.keeps(t, c, `SELECT * FROM t`)
	})
}

// REFRESH runs the query of a materialized view as its owner, whose "$user" is another schema, and since 17
// along another search path: https://www.postgresql.org/docs/17/sql-refreshmaterializedview.html.
func TestRefreshRunsAsTheOwner(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		server := testservers.Postgres(t)
		c := newClient(t, open, server.URL(), newCache(t, newStore(t), nil))
		owner := role(t)
		execAll(t, c.bare, fmt.Sprintf(`CREATE ROLE %[1]s; CREATE SCHEMA %[1]s AUTHORIZATION %[1]s; GRANT CREATE ON SCHEMA public TO %[1]s;
			CREATE TABLE %[1]s.log (n int); CREATE TABLE %[1]s.source (n int); ALTER TABLE %[1]s.log OWNER TO %[1]s; ALTER TABLE %[1]s.source OWNER TO %[1]s;
			CREATE TABLE public.log (n int); CREATE TABLE public.source (n int);
			CREATE FUNCTION note() RETURNS bigint LANGUAGE sql SET search_path = "$user", public AS 'INSERT INTO log VALUES (1); SELECT count(*) FROM source';
			CREATE FUNCTION note_along() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (2); RETURN (SELECT count(*) FROM source); END';
			CREATE MATERIALIZED VIEW m AS SELECT note() AS n WITH NO DATA; ALTER MATERIALIZED VIEW m OWNER TO %[1]s;
			CREATE MATERIALIZED VIEW along AS SELECT note_along() AS n WITH NO DATA; ALTER MATERIALIZED VIEW along OWNER TO %[1]s`, owner))
		t.Cleanup(func() { execAll(t, c.bare, fmt.Sprintf(`DROP OWNED BY %[1]s CASCADE; DROP ROLE %[1]s`, owner)) })
		log := `SELECT n FROM ` + owner + `.log`
		views := []string{"m"}
		if server.Version(t) < 17 {
			views = append(views, "along") // the server finds no log for the function since
		}
		for _, view := range views {
			exec(t, c, `REFRESH MATERIALIZED VIEW `+view)
			old := c.keeps(t, c, log) + c.keeps(t, c, `SELECT n FROM `+view)
			exec(t, c, `INSERT INTO `+owner+`.source VALUES (1)`)
			c.keeps(t, c, `SELECT n FROM `+view) // which holds rows of its own
			exec(t, c, `REFRESH MATERIALIZED VIEW `+view)
			if now := c.fresh(t, log) + c.fresh(t, `SELECT n FROM `+view); now == old {
				t.Errorf("%s: REFRESH changed nothing", view)
			}
		}
	})
}
