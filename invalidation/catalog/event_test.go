package catalog

import (
	"slices"
	"strings"
	"testing"
)

// eventSchema has event triggers whose functions write.
const eventSchema = `CREATE TABLE t (a int); CREATE MATERIALIZED VIEW m AS SELECT a FROM t; CREATE TABLE ddl_log (tag text); CREATE TABLE logins (who text);
	CREATE FUNCTION note_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.ddl_log VALUES (tg_tag); END';
	CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION note_ddl();`

func (res Resolution) writes(name string) bool {
	return slices.ContainsFunc(res.Written, func(x Reached) bool { return x.Name == name })
}

// Definitions that move no epoch fire event triggers all the same.
func TestEventTriggers(t *testing.T) {
	db := newDatabase(t, "")
	db.exec(t, eventSchema)
	r := db.load(t).Resolver("ns", db.scope(t), nil)
	for _, sql := range []string{
		"REFRESH MATERIALIZED VIEW m", "COMMENT ON TABLE t IS 'x'", "CREATE TEMP TABLE x1 (a int)", "CREATE TEMP TABLE x2 AS SELECT 1",
		"SELECT 1 AS a INTO TEMP x3", "CREATE TEMP VIEW x4 AS SELECT 1", "CREATE TEMP SEQUENCE x5", "CREATE INDEX ON t (a)", "ALTER TABLE t ADD b int",
	} {
		res := resolve(t, r, sql)
		db.exec(t, "DELETE FROM ddl_log; "+sql)
		if len(db.rows(t, "SELECT tag FROM ddl_log")) == 0 {
			t.Errorf("%s: fired nothing", sql)
		}
		if !res.writes("ddl_log") && len(res.Opaque) == 0 {
			t.Errorf("%s: wrote ddl_log, which is not in\n%s", sql, render(res))
		}
	}
	if res := resolve(t, r, "UPDATE t SET a = 1"); res.writes("ddl_log") {
		t.Errorf("got\n%s\nwant it to fire no event trigger", render(res))
	}
}

// What is written when a session starts, by no statement, is not kept.
func TestLoginTriggers(t *testing.T) {
	db := newDatabase(t, "")
	if db.server < 17 {
		t.Skip("needs PostgreSQL 17")
	}
	db.exec(t, eventSchema+`CREATE FUNCTION note_login() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.logins VALUES (session_user); END';
		CREATE EVENT TRIGGER came ON login EXECUTE FUNCTION note_login()`)
	for _, test := range []struct{ ddl, sql, want string }{
		{"SELECT 1", "SELECT * FROM logins", "written at login: logins"},
		{"SELECT 1", "SELECT * FROM t", "cached"},
		{`CREATE OR REPLACE FUNCTION note_login() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN EXECUTE tg_tag; END'`, "SELECT * FROM t", "written at login: came"},
		{"ALTER EVENT TRIGGER came DISABLE", "SELECT * FROM logins", "cached"},
	} {
		db.exec(t, test.ddl)
		res := resolve(t, db.load(t).Resolver("ns", db.scope(t), nil), test.sql)
		if got, _, _ := strings.Cut(render(res), "\n"); got != "=> "+test.want {
			t.Errorf("%s: got %s; want %s", test.sql, got, test.want)
		}
	}
}

// A session may switch off the rules that stand in for a command, and any session passes over one that is
// for replication alone.
func TestRulesThatDoNotFire(t *testing.T) {
	db := newDatabase(t, "")
	db.exec(t, `CREATE TABLE ruled (a int); CREATE TABLE replica_ruled (a int); CREATE TABLE always_ruled (a int);
		CREATE RULE r AS ON INSERT TO ruled DO INSTEAD NOTHING; CREATE RULE r AS ON INSERT TO replica_ruled DO INSTEAD NOTHING;
		CREATE RULE r AS ON INSERT TO always_ruled DO INSTEAD NOTHING;
		ALTER TABLE replica_ruled ENABLE REPLICA RULE r; ALTER TABLE always_ruled ENABLE ALWAYS RULE r`)
	r := db.load(t).Resolver("ns", db.scope(t), nil)
	for _, role := range []string{"origin", "replica"} {
		db.exec(t, "SET session_replication_role = "+role)
		for _, name := range []string{"ruled", "replica_ruled", "always_ruled"} {
			db.exec(t, "TRUNCATE "+name+"; INSERT INTO "+name+" VALUES (1)")
			wrote := len(db.rows(t, "SELECT a FROM "+name)) > 0
			if res := resolve(t, r, "INSERT INTO "+name+" VALUES (1)"); wrote && !res.writes(name) {
				t.Errorf("%s, %s: wrote it, which is not in\n%s", role, name, render(res))
			}
		}
	}
	if res := resolve(t, r, "INSERT INTO always_ruled VALUES (1)"); res.writes("always_ruled") {
		t.Errorf("got\n%s\nwant nothing", render(res))
	}
}
