package target

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gojohnny/gojohnny/bench/workload"
)

// A Sandbox is an empty place in a database that belongs to the benchmark.
type Sandbox struct {
	Connector driver.Connector
	Server    string // "SQLite 3.50.4", "PostgreSQL 16.2 on localhost"

	// Writers must hold it. It keeps nobody back where the database takes several
	// writers at once.
	Writers sync.Locker

	pgx    *pgxpool.Config // nil if the database is no PostgreSQL
	idType string          // of a primary key
	drop   func(context.Context) error
}

// connectTimeout ends the wait for a server that does not answer.
const connectTimeout = 5 * time.Second

// Check reports what is wrong with a database's address, without connecting. The
// address is "sqlite" or a PostgreSQL URL. No error of this package holds any of it
// but host, port and database: there is a password in it.
func Check(address string) error {
	if address == sqliteAddress {
		return nil
	}
	return checkPostgres(address, "want sqlite or "+postgresForm)
}

// NewSandbox makes a sandbox in the database at address, for [Sandbox.Close] to
// remove.
func NewSandbox(ctx context.Context, address string) (*Sandbox, error) {
	if err := Check(address); err != nil {
		return nil, err
	}
	if address == sqliteAddress {
		return newSQLite(ctx)
	}
	return newPostgres(ctx, address)
}

// Close removes the sandbox with all that is in it. It works when ctx has ended.
func (s *Sandbox) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
	defer cancel()
	return s.drop(ctx)
}

// body is what makes a row as long as one that holds a paragraph of text.
var body = strings.Repeat("Go, Johnny, go. ", 12)

// Fill creates the tables of a workload, every row at version 1.
func (s *Sandbox) Fill(ctx context.Context, tables []*workload.Table) error {
	db := sql.OpenDB(s.Connector)
	for _, t := range tables {
		if err := s.fillTable(ctx, db, t); err != nil {
			return errors.Join(fmt.Errorf("fill %s: %w", t.Name, err), db.Close())
		}
	}
	_, err := db.ExecContext(ctx, "ANALYZE")
	return errors.Join(err, db.Close())
}

func (s *Sandbox) fillTable(ctx context.Context, db *sql.DB, t *workload.Table) error {
	for _, statement := range []string{
		fmt.Sprintf(`CREATE TABLE %s (id %s PRIMARY KEY, parent_id BIGINT NOT NULL, title TEXT NOT NULL,
			body TEXT NOT NULL, amount BIGINT NOT NULL, version BIGINT NOT NULL)`, t.Name, s.idType),
		fmt.Sprintf(`INSERT INTO %s (id, parent_id, title, body, amount, version)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			SELECT i, (i - 1) %% %d + 1, '%s number ' || i, '%s' || i, i %% 1000, 1 FROM n`,
			t.Name, t.Rows, t.Parents, t.Name, body),
		fmt.Sprintf(`CREATE INDEX %s_parent ON %s (parent_id, id)`, t.Name, t.Name),
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
