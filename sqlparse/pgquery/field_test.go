//go:build cgo

package pgquery

import (
	"slices"
	"testing"

	"github.com/gojohnny/gojohnny/internal/corpus"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// one analyzes a text of one statement.
func one(t *testing.T, sql string) *sqlparse.Statement {
	t.Helper()
	a, err := New().Analyze(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if len(a.Statements) != 1 {
		t.Fatalf("%s: got %d statements; want 1", sql, len(a.Statements))
	}
	return &a.Statements[0]
}

// TestWritesOthersMiss are the ways to write that other caches do not see, as far as
// the text tells them. None may be taken for a statement without effect.
func TestWritesOthersMiss(t *testing.T) {
	for name, sql := range map[string]string{
		"TRUNCATE":               "TRUNCATE users",
		"TRUNCATE CASCADE":       "TRUNCATE users CASCADE",
		"COPY":                   "COPY users FROM STDIN",
		"COPY of a DELETE":       "COPY (DELETE FROM users RETURNING *) TO STDOUT",
		"CTE DML":                "WITH d AS (DELETE FROM users RETURNING *) SELECT * FROM d",
		"CTE DML behind a read":  "WITH a AS (SELECT 1), d AS (UPDATE users SET age = 1) SELECT * FROM orders",
		"MERGE":                  "MERGE INTO users u USING orders o ON u.id = o.id WHEN MATCHED THEN DELETE",
		"DO":                     "DO 'BEGIN END'",
		"CALL":                   "CALL work(1)",
		"DDL":                    "ALTER TABLE users ADD COLUMN x int",
		"DROP":                   "DROP SCHEMA sales CASCADE",
		"EXPLAIN ANALYZE":        "EXPLAIN ANALYZE UPDATE users SET age = 1",
		"EXPLAIN with options":   "EXPLAIN (VERBOSE, ANALYZE) INSERT INTO users SELECT * FROM users",
		"SELECT INTO":            "SELECT * INTO t FROM users",
		"CREATE TABLE AS":        "CREATE TABLE t AS SELECT * FROM users",
		"REFRESH":                "REFRESH MATERIALIZED VIEW totals",
		"EXECUTE":                "EXECUTE p",
		"nextval":                "SELECT nextval('seq')",
		"an unknown function":    "SELECT bump(1) FROM users",
		"a function in FROM":     "SELECT * FROM bump(1)",
		"SQL given as text":      "SELECT query_to_xml('SELECT bump(1)', true, true, '')",
		"COMMIT PREPARED":        "COMMIT PREPARED 'x'",
		"an INSERT with a query": "INSERT INTO users SELECT * FROM users ON CONFLICT DO NOTHING",
	} {
		if st := one(t, sql); len(st.Writes) == 0 && !st.Opaque {
			t.Errorf("%s: %s: got %+v; want writes, or opaque", name, sql, st)
		} else if st.Cacheable() {
			t.Errorf("%s: %s is cacheable", name, sql)
		}
	}
}

// TestSeveralStatementsEachCount: the write of a text is not that of its first statement.
func TestSeveralStatementsEachCount(t *testing.T) {
	a, err := New().Analyze("SELECT * FROM users; DELETE FROM orders; SELECT 1")
	if err != nil || len(a.Statements) != 3 {
		t.Fatalf("got %+v, %v; want three statements", a, err)
	}
	for i := range a.Statements {
		if a.Statements[i].Cacheable() {
			t.Errorf("statement %d of three is cacheable", i)
		}
	}
	if got := a.Statements[1].Writes; len(got) != 1 || got[0].Name != "orders" || got[0].Action != sqlparse.Delete {
		t.Errorf("got writes %v; want the DELETE of orders", got)
	}
}

// TestReadsTakenForWrites: a word of SQL in a name or a literal is no command.
func TestReadsTakenForWrites(t *testing.T) {
	for _, sql := range []string{
		"SELECT updated_at, inserted, delete_me FROM users",
		`SELECT "update", "INSERT INTO x" FROM users`,
		"SELECT 'DELETE FROM users; DROP TABLE users' FROM users",
		"SELECT * FROM users WHERE name = $$TRUNCATE users$$ -- UPDATE users",
		"SELECT * FROM users /* FOR UPDATE; */",
		"(SELECT id FROM users)",
	} {
		if st := one(t, sql); !st.Cacheable() || len(st.Reads) != 1 {
			t.Errorf("%s: got %+v; want a cacheable read of users", sql, st)
		}
	}
}

// TestResultsOfTheMoment must never be kept: the likes of now() and random().
func TestResultsOfTheMoment(t *testing.T) {
	for sql, want := range map[string]sqlparse.ReasonCode{
		"SELECT now() FROM users":                             sqlparse.AmbientCall,
		"SELECT * FROM users WHERE created_at > now() - '1d'": sqlparse.AmbientCall,
		"SELECT CURRENT_DATE FROM users":                      sqlparse.AmbientCall,
		"SELECT current_user FROM users":                      sqlparse.AmbientCall,
		"SELECT current_setting('app.tenant') FROM users":     sqlparse.AmbientCall,
		"SELECT random() FROM users":                          sqlparse.VolatileCall,
		"SELECT * FROM users ORDER BY random()":               sqlparse.VolatileCall,
		"SELECT * FROM users TABLESAMPLE system (1)":          sqlparse.RandomSample,
		"SELECT * FROM users WHERE created_at > 'yesterday'":  sqlparse.SpecialInput,
		"SELECT * FROM users WHERE created_at > DATE 'Now'":   sqlparse.SpecialInput,
		"SELECT * FROM users FOR UPDATE":                      sqlparse.RowLock,
		"SELECT * FROM pg_stat_activity":                      sqlparse.SystemCatalog,
		"SELECT * FROM users, information_schema.columns":     sqlparse.SystemCatalog,
		"SELECT 1":         sqlparse.NoTable,
		"SHOW search_path": sqlparse.NotRead,
		"INSERT INTO users DEFAULT VALUES RETURNING id":                              sqlparse.WritesData,
		"SELECT my_function(id) FROM users":                                          sqlparse.UnknownCall,
		"SELECT (SELECT (SELECT max(now() - o.placed_at) FROM orders o)) FROM users": sqlparse.AmbientCall,
	} {
		st := one(t, sql)
		found := false
		for _, r := range st.Reasons {
			found = found || r.Code == want
		}
		if !found {
			t.Errorf("%s: got reasons %v; want %q", sql, st.Reasons, want)
		}
	}
}

// TestSchemasAreTold: the same name in two schemas is two relations.
func TestSchemasAreTold(t *testing.T) {
	st := one(t, "SELECT * FROM a.orders, b.orders, orders")
	want := []sqlparse.Relation{{Name: "orders"}, {Schema: "a", Name: "orders"}, {Schema: "b", Name: "orders"}}
	if len(st.Reads) != 3 || st.Reads[0] != want[0] || st.Reads[1] != want[1] || st.Reads[2] != want[2] {
		t.Errorf("got %v; want %v", st.Reads, want)
	}
}

// TestOpaqueIsUnseen: what may change anything may change the session, too. What does not is
// the commit of a transaction that touched nothing temporary, and a sequence that is computed.
func TestOpaqueIsUnseen(t *testing.T) {
	for _, sql := range corpus.Texts(t) {
		a, err := New().Analyze(sql)
		if err != nil {
			continue
		}
		for i := range a.Statements {
			st := &a.Statements[i]
			unseen := slices.Contains(st.Controls, sqlparse.Control{Op: sqlparse.Unseen})
			sequence := slices.ContainsFunc(st.Functions, func(f sqlparse.Function) bool { return f.Name == "nextval" || f.Name == "setval" })
			if st.Opaque && !unseen && !sequence && st.Kind != "COMMIT PREPARED" {
				t.Errorf("%s\nis opaque without Unseen", sql)
			}
		}
	}
}
