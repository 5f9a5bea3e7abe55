package target

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"modernc.org/sqlite"
)

// modernc.org/sqlite and not mattn/go-sqlite3: it binds $2 to the second argument
// (the other to the second parameter that occurs, whatever its number), builds in
// two thirds of the time, and eight goroutines get more out of it.

const sqliteAddress = "sqlite"

// sqlitePragmas are what a web application on SQLite runs with: readers go on
// during a write, and a commit does not wait for the disk.
const sqlitePragmas = "?_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=busy_timeout(10000)"

func newSQLite(ctx context.Context) (*Sandbox, error) {
	dir, err := os.MkdirTemp("", "gojohnny-bench-")
	if err != nil {
		return nil, err
	}
	connector, err := sqlite.NewConnector("file:" + filepath.Join(dir, "bench.db") + sqlitePragmas)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	version, err := sqliteVersion(ctx, sql.OpenDB(connector))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &Sandbox{
		Connector: connector,
		Server:    "SQLite " + version + ", embedded",
		// SQLite has one writer at a time. Those who wait here are woken when their
		// turn comes; SQLite's own wait is a sleep of a millisecond and more.
		Writers: new(sync.Mutex),
		idType:  "INTEGER", // not BIGINT: the row's own number, as usual
		drop:    func(context.Context) error { return os.RemoveAll(dir) },
	}, nil
}

// sqliteVersion tells the version of the library and closes db.
func sqliteVersion(ctx context.Context, db *sql.DB) (version string, err error) {
	err = db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version)
	return version, errors.Join(err, db.Close())
}
