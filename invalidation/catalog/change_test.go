package catalog

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/gojohnny/gojohnny/internal/corpus"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

func (db *database) fingerprint(t testing.TB) string {
	t.Helper()
	f, err := Fingerprint(context.Background(), db.query)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFingerprintMovesWithDefinitions executes one change after another: each
// that can change what a text does moves the fingerprint.
func TestFingerprintMovesWithDefinitions(t *testing.T) {
	db := newDatabase(t, "testdata/schema.sql")
	db.exec(t, "CREATE FUNCTION ddl_logged() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'")
	last := db.fingerprint(t)
	if got := db.load(t).Fingerprint(); got != last {
		t.Errorf("got %s from the Snapshot; want %s", got, last)
	}
	for _, sql := range []string{
		"CREATE TABLE sales.plain (id int)",
		"DROP TABLE sales.plain",
		"ALTER TABLE plain RENAME TO plainer", "ALTER TABLE plainer RENAME COLUMN a TO c", "ALTER TABLE plainer ALTER id SET DEFAULT 3",
		"ALTER TABLE plainer ALTER id SET DEFAULT bump('x')", "ALTER TABLE scratch ALTER note TYPE known", "ALTER TABLE scratch SET SCHEMA sales",
		"ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey", "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users",
		"CREATE TRIGGER x AFTER INSERT ON log EXECUTE FUNCTION counted()", "ALTER TABLE log DISABLE TRIGGER x", "DROP TRIGGER x ON log",
		"CREATE OR REPLACE FUNCTION bump(k text) RETURNS int LANGUAGE sql AS 'SELECT 1'", "ALTER FUNCTION bump(text) STABLE",
		"ALTER FUNCTION bump(text) SET search_path = sales", "DROP FUNCTION add_one(int) CASCADE",
		"CREATE RULE x AS ON INSERT TO log DO ALSO NOTHING", "ALTER TABLE log DISABLE RULE x", "DROP RULE x ON log",
		"CREATE OR REPLACE VIEW tenant_orders AS SELECT * FROM sales.orders WHERE id > 1", "CREATE INDEX ON log (twice(length(line)))",
		"CREATE OPERATOR === (LEFTARG = text, RIGHTARG = int, FUNCTION = like_user)", "CREATE CAST (wrapped AS text) WITH INOUT",
		"ALTER DOMAIN known ADD CHECK (VALUE <> '')", "ALTER TABLE grants ENABLE ROW LEVEL SECURITY", "ALTER POLICY own ON secrets USING (true)",
		"ALTER TABLE measures DETACH PARTITION measures_1", "ALTER TABLE dogs NO INHERIT animals",
		"CREATE TYPE mood AS ENUM ('sad')", "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'",
		"CREATE TEXT SEARCH CONFIGURATION mine (COPY = simple)", "ALTER TEXT SEARCH CONFIGURATION mine DROP MAPPING FOR word",
		`CREATE COLLATION mine FROM "C"`, "ALTER COLLATION mine SET SCHEMA sales",
		"CREATE EVENT TRIGGER x ON ddl_command_end EXECUTE FUNCTION ddl_logged()", "ALTER EVENT TRIGGER x DISABLE",
		"GRANT USAGE ON SCHEMA sales TO PUBLIC", "ALTER SCHEMA sales RENAME TO vertrieb",
	} {
		db.exec(t, sql)
		now := db.fingerprint(t)
		if now == last {
			t.Errorf("%s: the fingerprint stayed", sql)
		}
		last = now
	}
}

func TestFingerprintStaysWithRows(t *testing.T) {
	db := newDatabase(t, "testdata/schema.sql")
	want := db.fingerprint(t)
	for _, sql := range []string{
		"INSERT INTO plain SELECT i FROM generate_series(1000, 3000) i", "UPDATE plain SET a = 'x'", "DELETE FROM plain", "SELECT nextval('tickets')",
		"ANALYZE", "VACUUM", "CREATE TEMP TABLE mine (id serial PRIMARY KEY, k known)", "DROP TABLE mine",
		"CREATE TEMP TABLE mine (id int PRIMARY KEY CHECK (id > 0), up int REFERENCES mine)", "CREATE TEMP TABLE more () INHERITS (mine)",
		"CREATE TEMP VIEW few AS SELECT * FROM mine", "DROP TABLE mine CASCADE",
	} {
		db.exec(t, sql)
		if db.fingerprint(t) != want {
			t.Errorf("%s: the fingerprint moved", sql)
			want = db.fingerprint(t)
		}
	}
}

// TestNewSnapshotSeesNewDefinitions resolves one text before and after the name
// in it means something else.
func TestNewSnapshotSeesNewDefinitions(t *testing.T) {
	db := newDatabase(t, "testdata/schema.sql")
	for _, step := range []struct{ ddl, want string }{
		{"SELECT 1", "[ns/ ns/* ns/public.plain]"},
		{"ALTER TABLE plain RENAME TO base; CREATE VIEW plain AS SELECT id FROM base JOIN users USING (id)", "[ns/ ns/* ns/public.base ns/public.users]"},
		{"DROP VIEW plain; CREATE TABLE plain (id int) PARTITION BY LIST (id)", "[ns/ ns/* ns/public.plain]"},
		{"CREATE TABLE part PARTITION OF plain DEFAULT; DROP TABLE plain; CREATE TABLE plain () INHERITS (other)", "[ns/ ns/* ns/public.other]"},
	} {
		db.exec(t, step.ddl)
		r := db.load(t).Resolver("ns", db.scope(t), nil)
		if got := fmt.Sprint(resolve(t, r, "SELECT id FROM plain").Reads); got != step.want {
			t.Errorf("%s: got %s; want %s", step.ddl, got, step.want)
		}
	}
}

// TestLoadStartsAnewWhenDefinitionsChange changes one between the queries of the
// first load, as another session would.
func TestLoadStartsAnewWhenDefinitionsChange(t *testing.T) {
	db := newDatabase(t, "testdata/schema.sql")
	changes := 0
	query := func(ctx context.Context, sql string) ([][]string, error) {
		if sql == functionsSQL && changes == 0 {
			changes++
			db.exec(t, "CREATE TABLE during (id int)")
		}
		return db.query(ctx, sql)
	}
	s, err := Load(context.Background(), query, pgquery.New())
	if err != nil {
		t.Fatal(err)
	}
	if s.schemas["public"].relations["during"] == nil {
		t.Error("the new table is not in the Snapshot")
	}
	always := func(ctx context.Context, sql string) ([][]string, error) {
		if sql == functionsSQL {
			changes++
			db.exec(t, fmt.Sprintf("CREATE TABLE during%d (id int)", changes))
		}
		return db.query(ctx, sql)
	}
	if _, err := Load(context.Background(), always, pgquery.New()); !errors.Is(err, ErrChanging) {
		t.Errorf("got %v; want ErrChanging", err)
	}
}

func TestLoadPassesOnErrors(t *testing.T) {
	db := newDatabase(t, "")
	down := errors.New("down")
	for _, fails := range []string{fingerprintSQL, relationsSQL, dependenciesSQL} {
		query := func(ctx context.Context, sql string) ([][]string, error) {
			if sql == fails {
				return nil, down
			}
			return db.query(ctx, sql)
		}
		if _, err := Load(context.Background(), query, pgquery.New()); !errors.Is(err, down) {
			t.Errorf("got %v; want down", err)
		}
	}
}

// TestOrdinaryRoleSeesTheSame loads with a role that may read no table: whatever
// is resolved is the same.
func TestOrdinaryRoleSeesTheSame(t *testing.T) {
	db := newDatabase(t, "testdata/schema.sql")
	super := db.load(t).Resolver("ns", db.scope(t), nil)
	scope := db.scope(t)
	db.exec(t, "DROP ROLE IF EXISTS catalog_nobody; CREATE ROLE catalog_nobody NOLOGIN; SET ROLE catalog_nobody")
	t.Cleanup(func() { db.exec(t, "RESET ROLE; DROP ROLE catalog_nobody") })
	nobody := db.load(t).Resolver("ns", scope, nil)
	for _, sql := range corpus.Texts(t) {
		if got, want := render(resolve(t, nobody, sql)), render(resolve(t, super, sql)); got != want {
			t.Errorf("%s\ngot\n%s\nwant\n%s", sql, got, want)
		}
	}
}
