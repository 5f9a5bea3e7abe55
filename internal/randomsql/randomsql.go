// Package randomsql makes schemas in which much happens behind the SQL (partitions, inheritance,
// foreign keys, triggers, views, rules, functions), and statements on them, at random. It
// is for tests only.
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

// Schema makes tables with rows, then what hangs on them: a script.
func (g *Generator) Schema() string {
	for i := range logs {
		g.add("CREATE TABLE l%d (n int)", i)
	}
	for i := range tables {
		g.tableAndChildren(i)
	}
	for i := range tables {
		if g.Pick(4) > 0 {
			g.add("%s", g.foreignKey(i))
		}
	}
	g.add("CREATE FUNCTION note() RETURNS void LANGUAGE sql AS 'INSERT INTO %s VALUES (2)'", g.log())
	for i := range 6 {
		g.trigger(i)
	}
	for i := range 5 {
		g.view(i)
	}
	for i := range calls {
		g.add("%s", g.function(i))
	}
	return g.script.String()
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
	g.add("CREATE TRIGGER g%d %s %s ON %s FOR EACH %s EXECUTE FUNCTION f%d()", i, g.pick("BEFORE", "AFTER"), event, table, g.pick("ROW", "STATEMENT"), i)
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

// view makes one over anything there is, perhaps with a rule.
func (g *Generator) view(i int) {
	name := fmt.Sprintf("v%d", i)
	g.add("CREATE VIEW %s AS SELECT id, a, k FROM %s WHERE a < 100", name, g.target())
	g.targets = append(g.targets, name)
	g.views = append(g.views, name)
	if event := g.pick("INSERT", "UPDATE", "DELETE"); g.Pick(3) == 0 {
		g.add("CREATE RULE r%d AS ON %s TO %s DO %s INSERT INTO %s VALUES (3)", i, event, g.pick(name, g.table()), g.pick("ALSO", "INSTEAD"), g.log())
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
	id := 1 + g.Pick(6)
	switch x := g.target(); g.Pick(10) {
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

// Change makes a statement that changes a definition, which the server may refuse.
func (g *Generator) Change() string {
	switch g.Pick(6) {
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
	return append(reads, "SELECT count(*)::text FROM v0 JOIN v1 ON v0.k = v1.k", "SELECT count(*)::text FROM ONLY t0")
}
