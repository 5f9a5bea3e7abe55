package explain

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/bench/target"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// loadCatalog reads the catalog over conn, and what of its session decides what names
// mean.
func loadCatalog(ctx context.Context, conn *pgx.Conn, declarations *catalog.Declarations, analyzer sqlparse.Analyzer) (*catalog.Resolver, *Database, error) {
	query := func(ctx context.Context, sql string) ([][]string, error) { return texts(ctx, conn, sql) }
	snapshot, err := catalog.Load(ctx, query, analyzer)
	if err != nil {
		return nil, nil, err
	}
	d := &Database{Server: "PostgreSQL " + conn.PgConn().ParameterStatus("server_version") + " at " + target.Place(conn.Config())}
	err = conn.QueryRow(ctx, "SELECT current_user, current_schemas(true)").Scan(&d.Role, &d.SearchPath)
	if err != nil {
		return nil, nil, fmt.Errorf("ask for role and search path: %w", err)
	}
	return snapshot.Resolver(namespace, catalog.Scope{Schemas: d.SearchPath, Role: d.Role}, declarations), d, nil
}

// texts is a catalog.Query: in the simple protocol every column comes as text.
func texts(ctx context.Context, conn *pgx.Conn, sql string) ([][]string, error) {
	results, err := conn.PgConn().Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, result := range results {
		for _, values := range result.Rows {
			row := make([]string, len(values))
			for i, v := range values {
				row[i] = string(v)
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}
