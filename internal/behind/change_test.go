package behind

import (
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// Two processes, one store: definitions that one of them changes count for the other's next
// read, and for its next write.
func TestDefinitionsChange(t *testing.T) {
	const schema = `CREATE TABLE a (x int); CREATE TABLE b (x int); INSERT INTO a VALUES (1); INSERT INTO b VALUES (2);
		CREATE VIEW v AS SELECT x FROM a;
		CREATE FUNCTION f() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT sum(x) FROM a';
		CREATE TABLE orders (id int PRIMARY KEY); CREATE TABLE items (o int); INSERT INTO orders VALUES (1), (2); INSERT INTO items VALUES (1), (2);
		CREATE TABLE p (x int) PARTITION BY LIST (x); CREATE TABLE p1 (x int)`
	for _, test := range []struct{ name, read, change, write string }{
		{"View", `SELECT x FROM v`, `CREATE OR REPLACE VIEW v AS SELECT x FROM b`, `UPDATE b SET x = x + 1`},
		{"Function", `SELECT f()`, `CREATE OR REPLACE FUNCTION f() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT sum(x) FROM b'`, `UPDATE b SET x = x + 1`},
		{"ForeignKey", `SELECT o FROM items`, `ALTER TABLE items ADD FOREIGN KEY (o) REFERENCES orders ON DELETE CASCADE`, `DELETE FROM orders WHERE id = 1`},
		{"Trigger", `SELECT x FROM b`, `CREATE TRIGGER g AFTER INSERT ON a EXECUTE FUNCTION fires()`, `INSERT INTO a VALUES (7)`},
		{"Partition", `SELECT x FROM p`, `ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1)`, `INSERT INTO p1 VALUES (1)`},
		{"DroppedAndMadeAgain", `SELECT x FROM b`, `DO 'BEGIN DROP TABLE b; CREATE VIEW b AS SELECT x FROM a; END'`, `INSERT INTO a VALUES (8)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
				t.Parallel()
				url, store := testservers.Postgres(t).URL(), newStore(t)
				reader := newClient(t, open, url, newCache(t, store, nil))
				execAll(t, reader.bare, schema)
				exec(t, reader.bare, `CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO b VALUES (9); RETURN NULL; END'`)
				writer := newClient(t, open, url, newCache(t, store, nil))
				rows(t, writer, `SELECT x FROM a`) // it knows the definitions
				reader.keeps(t, reader, test.read)

				exec(t, reader, test.change)
				before := reader.fresh(t, test.read)
				reader.keeps(t, reader, test.read)
				exec(t, writer, test.write) // by definitions that it has not seen change
				if reader.fresh(t, test.read) == before {
					t.Errorf("%s: changed nothing", test.write)
				}
				if n := writer.cache.Stats().Protocol.Widened; n != 1 {
					t.Errorf("%d writes were widened; want 1", n)
				}

				// Once it has read, it knows them, and its writes are no wider than they must be.
				writer.keeps(t, writer, test.read)
				reader.keeps(t, reader, test.read)
				exec(t, writer, test.write)
				reader.fresh(t, test.read)
				if n := writer.cache.Stats().Protocol.Widened; n != 1 {
					t.Errorf("%d writes were widened; want no more than 1", n)
				}
			})
		})
	}
}

// Definitions that are changed past the cache are noticed when it looks.
func TestDefinitionsChangePastTheCache(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		url := testservers.Postgres(t).URL()
		c := newClient(t, open, url, newCache(t, newStore(t), &cache.Options{CatalogAge: 20 * time.Millisecond}))
		execAll(t, c.bare, `CREATE TABLE a (x int); CREATE TABLE b (x int); INSERT INTO a VALUES (1); INSERT INTO b VALUES (2); CREATE VIEW v AS SELECT x FROM a`)
		eventually(t, "the view is not kept", func() bool { // a look that is late ends the reliance on the last
			hits := c.cache.Stats().Hits
			rows(t, c, `SELECT x FROM v`)
			return c.cache.Stats().Hits > hits
		})
		exec(t, c.bare, `CREATE OR REPLACE VIEW v AS SELECT x FROM b`)
		eventually(t, "the view's change is not noticed", func() bool { return rows(t, c, `SELECT x FROM v`) == "2|\n" })
		exec(t, c, `UPDATE b SET x = 3`)
		c.fresh(t, `SELECT x FROM v`)
	})
}

// A process that starts does not know what was changed while nobody looked, though the tables be the same.
func TestMigrationWhileNobodyLooks(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		url, store := testservers.Postgres(t).URL(), newStore(t)
		before := newClient(t, open, url, newCache(t, store, &cache.Options{CatalogAge: time.Hour}))
		execAll(t, before.bare, `CREATE TABLE a (x int); INSERT INTO a VALUES (1), (2); CREATE VIEW v AS SELECT x FROM a`)
		before.keeps(t, before, `SELECT x FROM v`)
		execAll(t, before.bare, `CREATE OR REPLACE VIEW v AS SELECT x FROM a WHERE x > 1`)
		after := newClient(t, open, url, newCache(t, store, nil))
		after.fresh(t, `SELECT x FROM v`)
	})
}

// Definitions come back: what is made past the cache and dropped again leaves no trace in the catalog, and the
// fingerprint is what it was. Rows that another process kept in between, by what was there then, are found under
// the same tags.
func TestDefinitionsComeBack(t *testing.T) {
	const query = `SELECT twice(x) FROM a`
	const soon, late = 20 * time.Millisecond, time.Hour // when a process looks by itself
	for name, age := range map[string]time.Duration{"SeenToGo": soon, "SeenComeAlone": late} {
		t.Run(name, func(t *testing.T) {
			eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
				t.Parallel()
				url, store := testservers.Postgres(t).URL(), newStore(t)
				kept := func(age time.Duration, want string) *client {
					c := newClient(t, open, url, newCache(t, store, &cache.Options{CatalogAge: age}))
					c.gets(t, query, want)
					return c
				}
				bare := openBare(t, url)
				execAll(t, bare, createTwice)
				first, before := kept(late, asItWas), kept(late, asItWas)
				execAll(t, bare, overload)
				between := kept(age, overlaid)
				execAll(t, bare, drop)
				looks := before
				if age == soon {
					looks = between
				}
				eventually(t, "what is kept by the overload is served", func() bool { return rows(t, looks, query) == asItWas })
				first.fresh(t, query)
			})
		})
	}
}

// Of many processes one moves the epoch for what was changed past the cache, and none when it starts.
func TestOneProcessMovesTheEpoch(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		url, store := testservers.Postgres(t).URL(), newStore(t)
		execAll(t, openBare(t, url), `CREATE TABLE a (x int); CREATE TABLE b (x int); INSERT INTO b VALUES (2); CREATE VIEW v AS SELECT x FROM a`)
		var clients []*client
		for _, age := range []time.Duration{20 * time.Millisecond, time.Hour, time.Hour} {
			c := newClient(t, open, url, newCache(t, store, &cache.Options{CatalogAge: age}))
			eventually(t, "the view is not kept", func() bool {
				hits := c.cache.Stats().Hits
				rows(t, c, `SELECT x FROM v`)
				return c.cache.Stats().Hits > hits
			})
			clients = append(clients, c)
		}
		exec(t, clients[0].bare, `CREATE OR REPLACE VIEW v AS SELECT x FROM b`)
		eventually(t, "the view's change is not noticed", func() bool {
			hits := clients[0].cache.Stats().Hits
			return rows(t, clients[0], `SELECT x FROM v`) == "2|\n" && clients[0].cache.Stats().Hits > hits
		})
		for i, want := range []uint64{2, 0, 0} {
			clients[i].fresh(t, `SELECT x FROM v`)
			if got := clients[i].cache.Stats().Protocol.Advances; got != want {
				t.Errorf("process %d: moved the epoch %d times; want %d", i, got, want)
			}
		}
		exec(t, clients[0].bare, `UPDATE b SET x = 3`)
		exec(t, clients[1], `UPDATE b SET x = x + 1`)
		for _, c := range clients {
			c.fresh(t, `SELECT x FROM v`)
		}
	})
}

// Many that find the epoch moved, and nobody's announcement yet, do not move it away from under each other.
func TestEpochSettles(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		const query, processes = `SELECT x FROM a`, 8
		url, store := testservers.Postgres(t).URL(), newRedis(t)
		execAll(t, openBare(t, url), `CREATE TABLE a (x int); INSERT INTO a VALUES (1)`)
		var clients []*client
		for range processes {
			clients = append(clients, newClient(t, open, url, newCache(t, store, nil)))
		}
		settle := func() {
			var readers sync.WaitGroup
			for _, c := range clients {
				readers.Go(func() {
					hits := c.cache.Stats().Hits
					for deadline := time.Now().Add(30 * time.Second); c.cache.Stats().Hits == hits; {
						if _, err := c.rows(t.Context(), query); err != nil || time.Now().After(deadline) {
							t.Errorf("the epoch does not settle: %v", err)
							return
						}
					}
				})
			}
			readers.Wait()
		}
		settle()
		if err := clients[0].cache.InvalidateAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		settle()
		var moved uint64
		for _, c := range clients {
			moved += c.cache.Stats().Protocol.Advances
		}
		if moved > processes { // one at the start, that one, and one after it; a busy machine may see an election end
			t.Errorf("the epoch was moved %d times; want 3, or a few more", moved)
		}
	})
}

// A server that recovers from a crash empties unlogged tables: no statement does.
func TestUnloggedTableIsEmptyAfterACrash(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		url := testservers.NewPostgres(t).URL()
		c := newClient(t, open, url, newCache(t, newStore(t), &cache.Options{CatalogAge: 100 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)}))
		execAll(t, c.bare, `CREATE UNLOGGED TABLE u (x int); INSERT INTO u VALUES (1)`)
		eventually(t, "it is not kept", func() bool {
			hits := c.cache.Stats().Hits
			rows(t, c, `SELECT x FROM u`)
			return c.cache.Stats().Hits > hits
		})
		pid, err := strconv.Atoi(strings.Trim(rows(t, c.bare, `SELECT pg_backend_pid()`), "|\n"))
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Skip("may not kill a process of the server:", err)
		}
		eventually(t, "rows are served that are gone", func() bool {
			got, err := c.rows(t.Context(), `SELECT x FROM u`)
			return err == nil && got == ""
		})
	})
}

// A table that was made past the cache a moment ago makes it look.
func TestNewTable(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		url := testservers.Postgres(t).URL()
		c := newClient(t, open, url, newCache(t, newStore(t), &cache.Options{CatalogAge: time.Hour}))
		exec(t, c.bare, `CREATE TABLE a (x int)`)
		c.keeps(t, c, `SELECT x FROM a`)
		exec(t, c.bare, `CREATE TABLE b (x int)`)
		eventually(t, "the new table is not found", func() bool {
			hits := c.cache.Stats().Hits
			rows(t, c, `SELECT x FROM b`)
			return c.cache.Stats().Hits > hits
		})
	})
}

// An epoch that moves while no definition changes costs a look, and not another reading
// of the catalog.
func TestOpaqueWriteReadsNoCatalog(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		url := testservers.Postgres(t).URL()
		c := newClient(t, open, url, newCache(t, newStore(t), &cache.Options{CatalogAge: time.Hour}))
		exec(t, c.bare, `CREATE TABLE a (x int)`)
		for range 3 {
			c.keeps(t, c, `SELECT x FROM a`)
			exec(t, c, `DO 'BEGIN UPDATE a SET x = 2; END'`)
		}
		c.keeps(t, c, `SELECT x FROM a`)
		if n := c.cache.Stats().Loads; n != 1 {
			t.Errorf("read the catalog %d times; want once", n)
		}
	})
}

// A role that may not read the catalog has the words of its texts, and Explain says so.
func TestNoRightToTheCatalog(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		url := testservers.Postgres(t).URL()
		bare := openBare(t, url)
		execAll(t, bare, `CREATE TABLE a (x int); REVOKE SELECT ON pg_rewrite FROM PUBLIC; CREATE ROLE `+role(t)+`; GRANT ALL ON a TO `+role(t))
		t.Cleanup(func() { execAll(t, bare, `DROP OWNED BY `+role(t)+`; DROP ROLE `+role(t)) })
		c := newClient(t, open, url+"&options=-c%20role%3D"+role(t), newCache(t, newStore(t), &cache.Options{Logger: slog.New(slog.DiscardHandler)}))
		c.keeps(t, c, `SELECT x FROM a`)
		exec(t, c, `INSERT INTO a VALUES (1)`)
		c.fresh(t, `SELECT x FROM a`)
		if e := c.cache.Explain(t.Context(), `SELECT x FROM a`); e.Catalog || e.Blind == "" {
			t.Errorf("got %+v; want it to say that the catalog cannot be read", e)
		}
	})
}
