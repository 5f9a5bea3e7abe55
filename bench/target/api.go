package target

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/pgxcache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
)

// The APIs through which a program reaches its database.
const (
	APISQL = "sql" // database/sql
	APIPGX = "pgx" // a pgxpool.Pool
)

// CheckAPI reports why the database at an address cannot be reached through an API,
// without connecting.
func CheckAPI(api, address string) error {
	switch {
	case api != APISQL && api != APIPGX:
		return fmt.Errorf("want %s or %s", APISQL, APIPGX)
	case api == APIPGX && address == sqliteAddress:
		return errors.New("pgx reaches PostgreSQL only; add -db postgres://user:password@host:port/database")
	}
	return nil
}

// Open reaches the sandbox through an API over up to so many connections, with c
// before it if that is not nil. The caller closes what it gets.
func (s *Sandbox) Open(ctx context.Context, api string, connections int, c *cache.Cache) (db DB, closeDB func() error, err error) {
	if api == APIPGX {
		return s.openPGX(ctx, connections, c)
	}
	connector := s.Connector
	if c != nil {
		connector = sqlcache.Connector(connector, c)
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return SQL(pool), pool.Close, nil
}

func (s *Sandbox) openPGX(ctx context.Context, connections int, c *cache.Cache) (DB, func() error, error) {
	if s.pgx == nil {
		return nil, nil, errors.New(s.Server + " cannot be reached through pgx")
	}
	config := s.pgx.Copy()
	config.MaxConns = int32(connections) // 1000 at most
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, nil, err
	}
	if c == nil {
		return PGX(pool), func() error { pool.Close(); return nil }, nil
	}
	cached := pgxcache.New(pool, c)
	return PGX(cached), func() error { cached.Close(); return nil }, nil
}
