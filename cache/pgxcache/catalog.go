package pgxcache

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
)

// openCatalog returns the source's cache.OpenCatalog: a connection past the pool, and past
// its limit, hooks and tracers, but for BeforeConnect, which may know the password.
func openCatalog(config *pgxpool.Config) cache.OpenCatalog {
	return func(ctx context.Context) (catalog.Query, func(), error) {
		cfg := config.ConnConfig.Copy()
		cfg.Tracer = nil
		if config.BeforeConnect != nil {
			if err := config.BeforeConnect(ctx, cfg); err != nil {
				return nil, nil, err
			}
		}
		conn, err := pgx.ConnectConfig(ctx, cfg)
		if err != nil {
			return nil, nil, err
		}
		query := func(ctx context.Context, sql string) ([][]string, error) { return askAll(ctx, conn, sql) }
		return query, func() { _ = conn.Close(context.Background()) }, nil // nothing was written
	}
}

// askAll asks a query of text columns.
func askAll(ctx context.Context, conn *pgx.Conn, sql string) ([][]string, error) {
	results, err := conn.PgConn().Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(results) != 1 {
		return nil, fmt.Errorf("pgxcache: the catalog query brought %d results", len(results))
	}
	all := make([][]string, len(results[0].Rows))
	for i, row := range results[0].Rows {
		all[i] = make([]string, len(row))
		for j, v := range row {
			all[i][j] = string(v)
		}
	}
	return all, nil
}
