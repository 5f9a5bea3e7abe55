package catalog

import (
	"context"
	"flag"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/internal/corpus"
	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

var updateFiles = flag.Bool("update", false, "rewrite the expectations of testdata")

func TestMain(m *testing.M) { testservers.Main(m) }

// A database is one PostgreSQL with the schema of testdata.
type database struct {
	conn   *pgx.Conn
	server int // its version
}

func newDatabase(t testing.TB, schema string) *database {
	t.Helper()
	ctx := context.Background()
	server := testservers.Postgres(t)
	conn, err := pgx.Connect(ctx, server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) }) // the database is dropped anyway
	db := &database{conn: conn, server: server.Version(t)}
	if schema != "" {
		text, err := os.ReadFile(schema)
		if err != nil {
			t.Fatal(err)
		}
		db.exec(t, corpus.Script(string(text), db.server))
	}
	return db
}

// query is a Query.
func (db *database) query(ctx context.Context, sql string) ([][]string, error) {
	results, err := db.conn.PgConn().Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, result := range results {
		for _, values := range result.Rows {
			texts := make([]string, len(values))
			for i, v := range values {
				texts[i] = string(v)
			}
			rows = append(rows, texts)
		}
	}
	return rows, nil
}

func (db *database) exec(t testing.TB, sql string) {
	t.Helper()
	if _, err := db.query(context.Background(), sql); err != nil {
		t.Fatalf("%v\n%.1000s", err, sql)
	}
}

// rows are the rows of a query that must succeed.
func (db *database) rows(t testing.TB, sql string) [][]string {
	t.Helper()
	rows, err := db.query(context.Background(), sql)
	if err != nil {
		t.Fatalf("%s\n%v", sql, err)
	}
	return rows
}

func (db *database) load(t testing.TB) *Snapshot {
	t.Helper()
	s, err := Load(context.Background(), db.query, pgquery.New())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// scope is the session's.
func (db *database) scope(t testing.TB) Scope {
	t.Helper()
	scope := Scope{Role: db.rows(t, "SELECT current_user")[0][0]}
	for _, row := range db.rows(t, "SELECT unnest(current_schemas(true))") {
		scope.Schemas = append(scope.Schemas, row[0])
	}
	return scope
}

// resolve resolves a text for a session that has the given scope.
func resolve(t testing.TB, r *Resolver, sql string) Resolution {
	t.Helper()
	return r.Resolve(analyze(t, sql))
}
