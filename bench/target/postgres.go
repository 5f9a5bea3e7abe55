package target

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// noLock is the lock of databases that take several writers at once.
type noLock struct{}

func (noLock) Lock()   {}
func (noLock) Unlock() {}

// postgresForm is what the address of a PostgreSQL looks like.
const postgresForm = "postgres://user:password@host:port/database"

// CheckPostgres is [Check] where only a PostgreSQL will do.
func CheckPostgres(address string) error { return checkPostgres(address, "want "+postgresForm) }

// checkPostgres answers want to what is no PostgreSQL's address at all.
func checkPostgres(address, want string) error {
	if scheme, _, _ := strings.Cut(address, ":"); scheme != "postgres" && scheme != "postgresql" {
		return errors.New(want)
	}
	if _, err := url.Parse(address); err != nil {
		return errors.New("not a URL: the user, password or host needs %-encoding")
	}
	_, err := parsePostgres(address)
	return err
}

// parsePostgres hides what pgx says of an address it cannot read: it may quote it.
func parsePostgres(address string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, errors.New("not an address pgx can read: check port and parameters")
	}
	config.ConnConfig.ConnectTimeout = connectTimeout
	return config, nil
}

// newPostgres makes a schema of a random name, the first one in which its
// connections look for tables.
func newPostgres(ctx context.Context, address string) (*Sandbox, error) {
	pool, err := parsePostgres(address)
	if err != nil {
		return nil, err
	}
	config := pool.ConnConfig
	schema := "gojohnny_bench_" + strings.ToLower(rand.Text()[:10])
	admin := stdlib.GetConnector(*config)

	version, err := createSchema(ctx, sql.OpenDB(admin), schema)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Place(config), oneLine(err))
	}
	config.RuntimeParams["search_path"] = schema
	return &Sandbox{
		Connector: stdlib.GetConnector(*config),
		pgx:       pool,
		Server:    "PostgreSQL " + version + " at " + Place(config),
		Writers:   noLock{},
		idType:    "BIGINT",
		drop: func(ctx context.Context) error {
			db := sql.OpenDB(admin)
			return errors.Join(execOne(ctx, db, "DROP SCHEMA "+schema+" CASCADE"), db.Close())
		},
	}, nil
}

// Place tells a database, without the password: "localhost:5432/app".
func Place(config *pgx.ConnConfig) string {
	return net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port))) + "/" + config.Database
}

// Connect connects to the PostgreSQL at an address to look at what is there, not to make
// a sandbox. The caller closes the connection.
func Connect(ctx context.Context, address string) (*pgx.Conn, error) {
	if err := CheckPostgres(address); err != nil {
		return nil, err
	}
	pool, err := parsePostgres(address)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, pool.ConnConfig)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Place(pool.ConnConfig), oneLine(err))
	}
	return conn, nil
}

// createSchema creates the schema, tells the server's version and closes db.
func createSchema(ctx context.Context, db *sql.DB, schema string) (version string, err error) {
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.QueryRowContext(ctx, "SHOW server_version").Scan(&version); err != nil {
		return "", err
	}
	return version, execOne(ctx, db, "CREATE SCHEMA "+schema)
}

func execOne(ctx context.Context, db *sql.DB, statement string) error {
	_, err := db.ExecContext(ctx, statement)
	return err
}

// oneLine is what failed and the last cause: pgx adds a line for each address it
// tried, with TLS and then without.
func oneLine(err error) error {
	lines := strings.Split(err.Error(), "\n")
	what, cause := lines[0], ""
	if last := len(lines) - 1; last > 0 {
		cause = " " + strings.TrimSpace(lines[last])
	}
	return errors.New(what + cause)
}
