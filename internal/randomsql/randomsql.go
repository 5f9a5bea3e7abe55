// Package randomsql makes schemas in which much happens behind the SQL (partitions, inheritance,
// foreign keys, triggers, views, rules, functions, names that another schema hides), and statements
// on them, at random. It is for tests only.
package randomsql

import (
	"fmt"
	"strings"
)

// A Generator makes SQL by choices: Pick returns one of n, from 0 on. What it makes is the
// same wherever the choices are.
type Generator struct {
	Pick    func(n int) int
	Server  int      // the version of PostgreSQL, which may be too old for some
	targets []string // what statements name: tables, their children, views
	views   []string
	script  strings.Builder
}

const (
	tables = 7
	logs   = 4
	calls  = 2
)

func (g *Generator) pick(of ...string) string { return of[g.Pick(len(of))] }

func (g *Generator) target() string { return g.pick(g.targets...) }

func (g *Generator) table() string { return fmt.Sprintf("t%d", g.Pick(tables)) }

func (g *Generator) log() string { return fmt.Sprintf("l%d", g.Pick(logs)) }

func (g *Generator) add(format string, args ...any) { fmt.Fprintf(&g.script, format+";\n", args...) }

// HidingPath is the search path by which schema hiding has names of its own for some of what is in public.
const HidingPath = "hiding,public"

// Schema makes tables with rows, then what hangs on them: a script.
func (g *Generator) Schema() string {
	for i := range logs {
		g.add("CREATE TABLE l%d (n int)", i)
	}
	for i := range tables {
		g.tableAndChildren(i)
	}
	g.add("CREATE MATERIALIZED VIEW m0 AS SELECT id, a, k FROM %s", g.target())
	for i := range tables {
		if g.Pick(4) > 0 {
			g.add("%s", g.foreignKey(i))
		}
	}
	g.add("CREATE FUNCTION note() RETURNS void LANGUAGE sql AS 'INSERT INTO %s VALUES (2)'", g.log())
	g.callsOfTables()
	for i := range 6 {
		g.trigger(i)
	}
	for i := range 5 {
		g.view(i)
	}
	for i := range calls {
		g.add("%s", g.function(i))
	}
	g.hiding()
	return g.script.String()
}

// callsOfTables makes functions that a table calls by itself, and that write.
func (g *Generator) callsOfTables() {
	const form = "CREATE FUNCTION %s LANGUAGE plpgsql AS 'BEGIN INSERT INTO %s VALUES (4); RETURN %s; END'"
	g.add(form, "value() RETURNS int", g.log(), "3")
	g.add(form, "check_it(int) RETURNS bool", g.log(), "true")
	g.add("ALTER TABLE %s ALTER a SET DEFAULT value()", g.table())
	g.add("ALTER TABLE %s ADD CHECK (check_it(a))", g.table())
}

// hiding makes what hides tables, a view and a function from who looks into its schema first.
func (g *Generator) hiding() {
	g.add("CREATE SCHEMA hiding")
	for _, name := range []string{"l0", "l1"} {
		g.add("CREATE TABLE hiding.%s (n int)", name)
	}
	g.add("CREATE TABLE hiding.t6 (id int PRIMARY KEY, a int, k int)")
	g.add("INSERT INTO hiding.t6 VALUES (1, 2, 3), (2, 2, 2)")
	g.add("CREATE VIEW hiding.v0 AS SELECT id, a, k FROM %s", g.target())
	g.add("CREATE FUNCTION hiding.note() RETURNS void LANGUAGE sql AS 'INSERT INTO %s VALUES (5)'", g.log())
}

func (g *Generator) tableAndChildren(i int) {
	name := fmt.Sprintf("t%d", i)
	g.targets = append(g.targets, name)
	const columns = "(id int PRIMARY KEY, a int DEFAULT 0, k int DEFAULT 1)"
	switch g.Pick(4) {
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

func (g *Generator) foreignKey(i int) string {
	action := func() string { return g.pick("CASCADE", "SET NULL", "SET DEFAULT", "NO ACTION") }
	return fmt.Sprintf("ALTER TABLE t%d ADD FOREIGN KEY (k) REFERENCES %s ON DELETE %s ON UPDATE %s DEFERRABLE %s",
		i, g.table(), action(), action(), g.pick("", "INITIALLY DEFERRED"))
}

// trigger makes one whose function writes somewhere, and does so no deeper than twice.
func (g *Generator) trigger(i int) {
	g.add("%s", g.triggerFunction(i))
	table, event := g.table(), g.pick("INSERT", "DELETE", "UPDATE", "UPDATE OF a", "UPDATE OF k, id", "INSERT OR DELETE")
	if g.Pick(5) == 0 {
		g.add("CREATE TRIGGER g%d AFTER TRUNCATE ON %s EXECUTE FUNCTION f%d()", i, table, i)
		return
	}
	g.add("CREATE TRIGGER g%d %s %s ON %s FOR EACH %s %s EXECUTE FUNCTION f%d()",
		i, g.pick("BEFORE", "AFTER"), event, table, g.pick("ROW", "STATEMENT"), g.pick("", "WHEN (pg_trigger_depth() < 2)"), i)
}

func (g *Generator) triggerFunction(i int) string {
	body := g.pick(
		"INSERT INTO "+g.log()+" VALUES (1)",
		"UPDATE "+g.table()+" SET a = a + 1 WHERE id = 2",
		"DELETE FROM "+g.table()+" WHERE id = 4",
		"PERFORM note()",
	)
	return fmt.Sprintf("CREATE OR REPLACE FUNCTION f%d() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF pg_trigger_depth() < 3 THEN %s; END IF;"+
		" IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$", i, body)
}

// view makes one over anything there is, perhaps with a rule or a trigger.
func (g *Generator) view(i int) {
	name := fmt.Sprintf("v%d", i)
	g.add("CREATE VIEW %s AS SELECT id, a, k FROM %s WHERE a < 100", name, g.pick("m0", g.target(), g.target()))
	g.targets = append(g.targets, name)
	g.views = append(g.views, name)
	if event := g.pick("INSERT", "UPDATE", "DELETE"); g.Pick(3) == 0 {
		g.add("CREATE RULE r%d AS ON %s TO %s DO %s INSERT INTO %s VALUES (3)", i, event, g.pick(name, g.table()), g.pick("ALSO", "INSTEAD"), g.log())
	}
	if event := g.pick("INSERT", "UPDATE", "DELETE", "INSERT OR UPDATE"); g.Pick(3) == 0 {
		g.add("CREATE TRIGGER o%d INSTEAD OF %s ON %s FOR EACH ROW EXECUTE FUNCTION f%d()", i, event, name, g.Pick(6))
	}
}

func (g *Generator) function(i int) string {
	body := fmt.Sprintf("SELECT count(*) + sum(a) FROM %s", g.target())
	forms := []string{
		"LANGUAGE sql AS '" + body + "'",
		"LANGUAGE plpgsql AS 'BEGIN RETURN (" + body + "); END'",
		"LANGUAGE sql BEGIN ATOMIC " + body + "; END",
	}
	if g.Server < 14 {
		forms = forms[:2]
	}
	return fmt.Sprintf("CREATE OR REPLACE FUNCTION c%d() RETURNS bigint STABLE %s", i, g.pick(forms...))
}

// Statement makes a statement, which the server may refuse.
func (g *Generator) Statement() string {
	switch g.Pick(14) {
	default:
		return g.modify()
	case 8:
		return "DO $do$ BEGIN " + g.modify() + "; END $do$"
	case 9:
		return "EXPLAIN (ANALYZE) " + g.modify()
	case 10:
		return fmt.Sprintf("TRUNCATE %s %s", g.target(), g.pick("", "CASCADE"))
	case 11:
		return "REFRESH MATERIALIZED VIEW m0"
	case 12:
		return "SELECT note()"
	case 13:
		return fmt.Sprintf("SELECT x.id, y.a FROM %s x JOIN %s y ON x.id = y.k", g.target(), g.target())
	}
}

// modify makes a statement that writes rows.
func (g *Generator) modify() string {
	id := 1 + g.Pick(6)
	switch x := g.target(); g.Pick(8) {
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
		return fmt.Sprintf("MERGE INTO %s x USING (VALUES (%d)) s (n) ON x.id = s.n WHEN MATCHED THEN %s", g.table(), id, g.pick("DELETE", "UPDATE SET k = 2", "UPDATE SET id = 400"))
	default:
		return fmt.Sprintf("WITH d AS (DELETE FROM %s WHERE id = %d RETURNING id) INSERT INTO %s SELECT id FROM d", x, id, g.log())
	}
}

// Change makes a statement that changes a definition, which the server may refuse.
func (g *Generator) Change() string {
	switch g.Pick(10) {
	case 0:
		return fmt.Sprintf("CREATE OR REPLACE VIEW %s AS SELECT id, a, k FROM %s WHERE a < 100", g.pick(g.views...), g.table())
	case 1:
		return g.foreignKey(g.Pick(tables))
	case 2:
		return g.triggerFunction(g.Pick(6))
	case 3:
		return g.function(g.Pick(calls))
	case 4:
		return fmt.Sprintf("ALTER TABLE t%d INHERIT t%d", g.Pick(tables), g.Pick(tables))
	case 5:
		return "DO $do$ BEGIN ALTER TABLE l0 RENAME TO l; ALTER TABLE l2 RENAME TO l0; ALTER TABLE l RENAME TO l2; END $do$"
	case 6:
		return fmt.Sprintf("CREATE TABLE hiding.%s AS SELECT 1 AS id, 2 AS a, 3 AS k", g.target())
	case 7:
		return fmt.Sprintf("DROP TABLE hiding.%s", g.target())
	case 8:
		return fmt.Sprintf("ALTER TABLE %s %s TRIGGER ALL", g.table(), g.pick("DISABLE", "ENABLE"))
	default:
		i := g.Pick(6)
		return fmt.Sprintf("CREATE TRIGGER x%d AFTER %s ON %s EXECUTE FUNCTION f%d()", i, g.pick("INSERT", "UPDATE", "DELETE"), g.table(), i)
	}
}

// Reads are queries of one text each, which between them tell everything that there is.
func (g *Generator) Reads() []string {
	var reads []string
	for _, name := range g.targets {
		reads = append(reads, fmt.Sprintf("SELECT coalesce(string_agg(coalesce(id, -1)::text || ':' || coalesce(a, -1)::text || ':' ||"+
			" coalesce(k, -1)::text, ',' ORDER BY id, a, k), '') FROM %s", name))
	}
	for i := range logs {
		reads = append(reads, fmt.Sprintf("SELECT coalesce(string_agg(n::text, ',' ORDER BY n), '') FROM l%d", i))
	}
	for i := range calls {
		reads = append(reads, fmt.Sprintf("SELECT coalesce(c%d(), 0)::text", i))
	}
	for range 4 {
		reads = append(reads, g.nested())
	}
	return append(reads, "SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM m0", "SELECT count(*)::text FROM ONLY t0")
}

// nested is a query of several relations.
func (g *Generator) nested() string {
	a, b := g.target(), g.target()
	return fmt.Sprintf(g.pick(
		"SELECT count(*)::text FROM %s x JOIN %s y ON x.k = y.k",
		"SELECT count(*)::text FROM %s x WHERE EXISTS (SELECT FROM %s y WHERE y.id = x.k)",
		"WITH x AS (SELECT id FROM %s) SELECT coalesce(sum(id), 0)::text FROM (TABLE x UNION ALL SELECT k FROM %s) y",
		"SELECT coalesce(sum(y.n), 0)::text FROM %s x, LATERAL (SELECT count(*) AS n FROM %s z WHERE z.k = x.id) y",
		"SELECT coalesce(sum((SELECT max(y.a) FROM %[2]s y WHERE y.id = x.id)), 0)::text FROM %[1]s x, c0()",
	), a, b)
}
