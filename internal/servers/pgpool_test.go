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
	for name, on := range map[string]bool{"On": true, "Off": false} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			direct, through := behindPgpool(t, on)
			other, pooled := connect(t, direct), connect(t, through)
			if _, err := pooled.Exec(ctx, "CREATE TABLE t AS SELECT 1 AS n"); err != nil {
				t.Fatal(err)
			}
			want := 2
			if on {
				want = 1
			}
			first := number(t, pooled)
			if _, err := other.Exec(ctx, "UPDATE t SET n = 2"); err != nil {
				t.Fatal(err)
			}
			if again := number(t, pooled); first != 1 || again != want {
				t.Errorf("got %d, and %d after a write past pgpool-II; want 1 and %d", first, again, want)
			}
		})
	}
}

// TestPgpoolKeepsWrites: a write that was acknowledged is there, and leaves no
// transaction open that a pool would close the connection for.
func TestPgpoolKeepsWrites(t *testing.T) {
	ctx := t.Context()
	direct, through := behindPgpool(t, false)
	other, pooled := connect(t, direct), connect(t, through)
	if _, err := other.Exec(ctx, "CREATE TABLE t AS SELECT 1 AS n"); err != nil {
		t.Fatal(err)
	}
	if _, err := pooled.Exec(ctx, "UPDATE t SET n = $1", 2); err != nil { // prepared first
		t.Fatal(err)
	}
	if got := pooled.PgConn().TxStatus(); got != 'I' {
		t.Errorf("after an UPDATE of its own: got transaction status %q; want 'I'", got)
	}
	if got := number(t, other); got != 2 {
		t.Errorf("past pgpool-II: got %d after a write of 2 was acknowledged", got)
	}
}

// behindPgpool returns the addresses of a database, past a pgpool-II and through it.
func behindPgpool(t *testing.T, cache bool) (direct, through string) {
	t.Helper()
	pg, err := StartPostgres()
	if errors.Is(err, ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pg.Close() }) // ends with the tests anyway
	_, direct, err = pg.CreateDatabase(t.Context(), "pgpool_")
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	pool, err := StartPgpool(address, 4, cache)
	if errors.Is(err, ErrMissing) {
		t.Skip(err) // of interest to the benchmark alone
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() }) // likewise
	address.Host = pool.Addr()
	return direct, address.String()
}

func number(t *testing.T, conn *pgx.Conn) (n int) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), "SELECT n FROM t").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
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
