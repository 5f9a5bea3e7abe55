package servers

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestPgpoolCaches shows that what is attacked is the cache: a row that is written past
// pgpool-II is not seen through it.
func TestPgpoolCaches(t *testing.T) {
	pg, err := StartPostgres()
	if errors.Is(err, ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pg.Close() }() // ends with the tests anyway
	ctx := t.Context()
	_, address, err := pg.CreateDatabase(ctx, "pgpool_")
	if err != nil {
		t.Fatal(err)
	}
	through, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	pool, err := StartPgpool(through, 4)
	if errors.Is(err, ErrMissing) {
		t.Skip(err) // of interest to the benchmark alone
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }() // likewise
	through.Host = pool.Addr()

	direct, cached := connect(t, address), connect(t, through.String())
	if _, err := cached.Exec(ctx, "CREATE TABLE t AS SELECT 1 AS n"); err != nil {
		t.Fatal(err)
	}
	read := func() (n int) {
		if err := cached.QueryRow(ctx, "SELECT n FROM t").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	first := read()
	if _, err := direct.Exec(ctx, "UPDATE t SET n = 2"); err != nil {
		t.Fatal(err)
	}
	if again := read(); first != 1 || again != 1 {
		t.Errorf("got %d, and %d after a write past pgpool-II; want 1 and 1", first, again)
	}
}

func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // ends with the server anyway
	return conn
}
