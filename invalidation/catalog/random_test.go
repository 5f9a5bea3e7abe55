package catalog

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

var (
	schemas = flag.Int("schemas", 6, "how many schemas TestRandomSchemas makes")
	seed    = flag.Uint64("seed", 1, "of the first of them")
)

// TestRandomSchemas makes schemas of tables, partitions, children, keys, triggers, views and
// rules at random, and executes statements at random on them: what they change must be in
// what they are said to write. A failure prints the schema.
func TestRandomSchemas(t *testing.T) {
	for i := range uint64(*schemas) {
		t.Run(fmt.Sprintf("seed=%d", *seed+i), func(t *testing.T) {
			g := &generator{rnd: rand.New(rand.NewPCG(*seed+i, 0))}
			script := g.schema()
			db := newDatabase(t, "")
			db.exec(t, script)
			o := newOracle(t, db)
			refused := 0
			for range 100 {
				if err := o.try(t, g.statement()); err != nil {
					refused++
				}
			}
			t.Logf("%d statements, %d refused; tags named: %d, untouched: %d", o.statements, refused, o.named, o.untouched)
			if t.Failed() {
				t.Log(script)
			}
		})
	}
}

// A generator makes SQL at random.
type generator struct {
	rnd     *rand.Rand
	targets []string // what statements name: tables, their children, views
	script  strings.Builder
}

const (
	randomTables = 7
	randomLogs   = 4
)

func (g *generator) pick(of ...string) string { return of[g.rnd.IntN(len(of))] }

func (g *generator) target() string { return g.pick(g.targets...) }

func (g *generator) table() string { return fmt.Sprintf("t%d", g.rnd.IntN(randomTables)) }

func (g *generator) log() string { return fmt.Sprintf("l%d", g.rnd.IntN(randomLogs)) }

func (g *generator) add(format string, args ...any) { fmt.Fprintf(&g.script, format+";\n", args...) }

// schema makes tables with rows, then what hangs on them.
func (g *generator) schema() string {
	for i := range randomLogs {
		g.add("CREATE TABLE l%d (n int)", i)
	}
	for i := range randomTables {
		g.tableAndChildren(i)
	}
	for i := range randomTables {
		action := func() string { return g.pick("CASCADE", "SET NULL", "SET DEFAULT", "NO ACTION") }
		if g.rnd.IntN(4) > 0 {
			g.add("ALTER TABLE t%d ADD FOREIGN KEY (k) REFERENCES %s ON DELETE %s ON UPDATE %s DEFERRABLE %s",
				i, g.table(), action(), action(), g.pick("", "INITIALLY DEFERRED"))
		}
	}
	for i := range 6 {
		g.trigger(i)
	}
	for i := range 5 {
		g.view(i)
	}
	return g.script.String()
}

func (g *generator) tableAndChildren(i int) {
	name := fmt.Sprintf("t%d", i)
	g.targets = append(g.targets, name)
	const columns = "(id int PRIMARY KEY, a int DEFAULT 0, k int DEFAULT 1)"
	switch g.rnd.IntN(4) {
	case 0:
		g.add("CREATE TABLE %s %s PARTITION BY RANGE (id)", name, columns)
		g.add("CREATE TABLE %s_low PARTITION OF %s FOR VALUES FROM (0) TO (3)", name, name)
		g.add("CREATE TABLE %s_high PARTITION OF %s FOR VALUES FROM (3) TO (100000) PARTITION BY RANGE (id)", name, name)
		g.add("CREATE TABLE %s_rest PARTITION OF %s_high DEFAULT", name, name)
		g.targets = append(g.targets, name+"_low", name+"_high", name+"_rest")
	case 1:
		g.add("CREATE TABLE %s %s", name, columns)
		g.add("CREATE TABLE %s_child () INHERITS (%s)", name, name)
		g.add("INSERT INTO %s_child VALUES (50, 1, 1)", name)
		g.targets = append(g.targets, name+"_child")
	default:
		g.add("CREATE TABLE %s %s", name, columns)
	}
	g.add("INSERT INTO %s SELECT i, i, i FROM generate_series(1, 5) i", name)
}

// trigger makes one whose function writes somewhere, and does so no deeper than twice.
func (g *generator) trigger(i int) {
	body := g.pick(
		"INSERT INTO "+g.log()+" VALUES (1)",
		"UPDATE "+g.table()+" SET a = a + 1 WHERE id = 2",
		"DELETE FROM "+g.table()+" WHERE id = 4",
		"PERFORM note()",
	)
	if i == 0 {
		g.add("CREATE FUNCTION note() RETURNS void LANGUAGE sql AS 'INSERT INTO %s VALUES (2)'", g.log())
	}
	g.add("CREATE FUNCTION f%d() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF pg_trigger_depth() < 3 THEN %s; END IF;"+
		" IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$", i, body)
	table, event := g.table(), g.pick("INSERT", "DELETE", "UPDATE", "UPDATE OF a", "UPDATE OF k, id", "INSERT OR DELETE")
	if g.rnd.IntN(5) == 0 {
		g.add("CREATE TRIGGER g%d AFTER TRUNCATE ON %s EXECUTE FUNCTION f%d()", i, table, i)
		return
	}
	g.add("CREATE TRIGGER g%d %s %s ON %s FOR EACH %s EXECUTE FUNCTION f%d()", i, g.pick("BEFORE", "AFTER"), event, table, g.pick("ROW", "STATEMENT"), i)
}

// view makes one over anything there is, perhaps with a rule.
func (g *generator) view(i int) {
	name := fmt.Sprintf("v%d", i)
	g.add("CREATE VIEW %s AS SELECT id, a, k FROM %s WHERE a < 100", name, g.target())
	g.targets = append(g.targets, name)
	if event := g.pick("INSERT", "UPDATE", "DELETE"); g.rnd.IntN(3) == 0 {
		g.add("CREATE RULE r%d AS ON %s TO %s DO %s INSERT INTO %s VALUES (3)", i, event, g.pick(name, g.table()), g.pick("ALSO", "INSTEAD"), g.log())
	}
}

func (g *generator) statement() string {
	id := 1 + g.rnd.IntN(6)
	switch x := g.target(); g.rnd.IntN(10) {
	case 0:
		return fmt.Sprintf("INSERT INTO %s (id, a) VALUES (%d, 7)", x, 200+id)
	case 1:
		return fmt.Sprintf("INSERT INTO %s VALUES (%d, 7, 1) ON CONFLICT (id) DO UPDATE SET %s = 9", x, id, g.pick("a", "k", "id"))
	case 2:
		return fmt.Sprintf("UPDATE %s SET a = a + 1 WHERE id = %d", x, id)
	case 3:
		return fmt.Sprintf("UPDATE %s SET id = %d WHERE id = %d", x, 300+id, id)
	case 4:
		return fmt.Sprintf("UPDATE %s SET k = %d", x, id)
	case 5:
		return fmt.Sprintf("DELETE FROM %s WHERE id = %d", x, id)
	case 6:
		return fmt.Sprintf("TRUNCATE %s %s", x, g.pick("", "CASCADE"))
	case 7:
		return fmt.Sprintf("MERGE INTO %s x USING (VALUES (%d)) s (n) ON x.id = s.n WHEN MATCHED THEN %s", g.table(), id, g.pick("DELETE", "UPDATE SET k = 2", "UPDATE SET id = 400"))
	case 8:
		return fmt.Sprintf("WITH d AS (DELETE FROM %s WHERE id = %d RETURNING id) INSERT INTO %s SELECT id FROM d", x, id, g.log())
	default:
		return fmt.Sprintf("SELECT x.id, y.a FROM %s x JOIN %s y ON x.id = y.k", x, g.target())
	}
}
