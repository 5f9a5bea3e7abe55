package sqlcache_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/invalidation"
)

// A rewriter is a pgx.QueryRewriter of the program's own.
type rewriter struct{ sql string }

func (r rewriter) RewriteQuery(context.Context, *pgx.Conn, string, []any) (string, []any, error) {
	return r.sql, nil, nil
}

func beginTx(t testing.TB, db *sql.DB, opts *sql.TxOptions) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() }) // most have ended
	return tx
}

const sum = `SELECT sum(n) FROM numbers`

// A transaction sees what it wrote, nobody else does before the COMMIT, and everybody
// after.
func TestTransactionSeesItsOwnWrites(t *testing.T) {
	_, db, c := numbers(t)
	wantColumn(t, column(t, db, sum), int64(6))
	tx := beginTx(t, db, nil)
	wantColumn(t, column(t, tx, sum), int64(6))
	wantHits(t, c, 1)
	exec(t, tx, `UPDATE numbers SET n = n + 10`)
	wantColumn(t, column(t, tx, sum), int64(36))
	wantColumn(t, column(t, db, sum), int64(6))
	wantHits(t, c, 2)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	wantColumn(t, column(t, db, sum), int64(36))
}

// Rows that were rolled back were served to all (pgxcache, EF Core).
func TestRolledBackRowsReachNobody(t *testing.T) {
	_, db, _ := numbers(t)
	tx := beginTx(t, db, nil)
	exec(t, tx, `UPDATE numbers SET n = n + 10`)
	wantColumn(t, column(t, tx, sum), int64(36))
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		wantColumn(t, column(t, db, sum), int64(6))
	}
}

// A rollback costs nobody an entry.
func TestRollbackKeepsEntries(t *testing.T) {
	_, db, c := numbers(t)
	column(t, db, sum)
	tx := beginTx(t, db, nil)
	exec(t, tx, `UPDATE numbers SET n = 0`)
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	column(t, db, sum)
	wantHits(t, c, 1)
}

// A snapshot's old rows were kept under the new generation (johnny, pgpool), and an
// entry newer than the snapshot must not answer in it.
func TestSnapshotNeitherFillsNorHits(t *testing.T) {
	for _, level := range []sql.IsolationLevel{sql.LevelRepeatableRead, sql.LevelSerializable} {
		t.Run(level.String(), func(t *testing.T) {
			_, db, _ := numbers(t)
			tx := beginTx(t, db, &sql.TxOptions{Isolation: level})
			wantColumn(t, column(t, tx, sum), int64(6))
			exec(t, db, `UPDATE numbers SET n = n + 10`)
			wantColumn(t, column(t, tx, sum), int64(6))
			wantColumn(t, column(t, db, sum), int64(36)) // filled
			wantColumn(t, column(t, tx, sum), int64(6))
			if err := tx.Commit(); err != nil {
				t.Fatal(err)
			}
			wantColumn(t, column(t, db, sum), int64(36))
		})
	}
}

// BEGIN, COMMIT and ROLLBACK as SQL count as the calls do.
func TestTransactionInSQL(t *testing.T) {
	_, db, _ := numbers(t)
	conn := single(t, db)
	wantColumn(t, column(t, db, sum), int64(6))
	for _, tt := range []struct {
		begin, end string
		want       int64
	}{
		{`BEGIN`, `ROLLBACK`, 6},
		{`BEGIN`, `COMMIT`, 36},
		{`BEGIN ISOLATION LEVEL REPEATABLE READ`, `COMMIT`, 66},
		{`START TRANSACTION`, `END`, 96},
		{`BEGIN; UPDATE numbers SET n = n + 10`, `COMMIT`, 156},
	} {
		before := column(t, db, sum)[0].(int64)
		exec(t, conn, tt.begin)
		exec(t, conn, `UPDATE numbers SET n = n + 10`)
		if mine := column(t, conn, sum)[0].(int64); mine == before {
			t.Errorf("%s: the transaction does not see what it wrote", tt.begin)
		}
		wantColumn(t, column(t, db, sum), before)
		exec(t, conn, tt.end)
		wantColumn(t, column(t, db, sum), tt.want)
		wantColumn(t, column(t, conn, sum), tt.want)
	}
}

// A COMMIT that the server answers with ROLLBACK has not committed, and pgx says so.
func TestCommitAnsweredRollback(t *testing.T) {
	_, db, _ := numbers(t)
	column(t, db, sum)
	tx := beginTx(t, db, nil)
	exec(t, tx, `UPDATE numbers SET n = n + 10`)
	if _, err := tx.Exec(`SELECT 1 / 0`); err == nil {
		t.Fatal("1 / 0 is a number")
	}
	if _, err := tx.Query(sum); err == nil {
		t.Error("a failed transaction was answered from the cache")
	}
	if err := tx.Commit(); !errors.Is(err, pgx.ErrTxCommitRollback) {
		t.Errorf("got %v; want %v", err, pgx.ErrTxCommitRollback)
	}
	wantColumn(t, column(t, db, sum), int64(6))
}

// A COMMIT that fails (a deferred constraint) leaves everything as it was.
func TestFailedCommit(t *testing.T) {
	bare, db, c := numbers(t)
	exec(t, bare, `ALTER TABLE numbers ADD UNIQUE (t) DEFERRABLE INITIALLY DEFERRED`)
	column(t, db, sum)
	tx := beginTx(t, db, nil)
	exec(t, tx, `INSERT INTO numbers (n, t) VALUES (7, 'one')`)
	if err := tx.Commit(); err == nil {
		t.Fatal("the constraint held nothing")
	}
	wantColumn(t, column(t, db, sum), int64(6))
	wantHits(t, c, 1)
	if s := c.Stats().Protocol; s.Open != 0 || s.RolledBack != 1 {
		t.Errorf("got %d open fences, %d rolled back; want 0 and 1", s.Open, s.RolledBack)
	}
}

// In Strict mode a write that cannot be fenced is not made: neither a statement nor a
// COMMIT, which becomes a rollback.
func TestStrictRefuses(t *testing.T) {
	store := &downStore{}
	db := strictDB(t, store)
	exec(t, db, `CREATE TABLE numbers (n int)`)
	tx := beginTx(t, db, nil)
	exec(t, tx, `INSERT INTO numbers VALUES (1)`)
	store.down.Store(true)
	if err := tx.Commit(); !errors.Is(err, invalidation.ErrRefused) {
		t.Errorf("commit: got %v; want %v", err, invalidation.ErrRefused)
	}
	if _, err := db.Exec(`INSERT INTO numbers VALUES (1)`); !errors.Is(err, invalidation.ErrRefused) {
		t.Errorf("exec: got %v; want %v", err, invalidation.ErrRefused)
	}
	if _, err := db.Query(`INSERT INTO numbers VALUES (1) RETURNING n`); !errors.Is(err, invalidation.ErrRefused) {
		t.Errorf("query: got %v; want %v", err, invalidation.ErrRefused)
	}
	wantColumn(t, column(t, db, `SELECT count(*) FROM numbers`), int64(0))
	store.down.Store(false)
	exec(t, db, `INSERT INTO numbers VALUES (1)`)
	wantColumn(t, column(t, db, `SELECT count(*) FROM numbers`), int64(1))
	if n := db.Stats().InUse; n != 0 {
		t.Errorf("got %d connections in use; want 0", n)
	}
}

// Prepared statements are answered and seen as others are, in transactions too.
func TestPreparedStatements(t *testing.T) {
	_, db, c := numbers(t)
	read, err := db.Prepare(sum)
	if err != nil {
		t.Fatal(err)
	}
	write, err := db.Prepare(`UPDATE numbers SET n = n + $1`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = read.Close() }()  // nothing depends on it
	defer func() { _ = write.Close() }() // likewise
	total := func(s *sql.Stmt) (n int64) {
		t.Helper()
		if err := s.QueryRow().Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
	if a, b := total(read), column(t, db, sum)[0]; a != 6 || b != int64(6) {
		t.Errorf("got %d, %v; want 6, 6", a, b)
	}
	wantHits(t, c, 1)
	tx := beginTx(t, db, nil)
	if _, err := tx.Stmt(write).Exec(10); err != nil {
		t.Fatal(err)
	}
	if mine, others := total(tx.Stmt(read)), total(read); mine != 36 || others != 6 {
		t.Errorf("got %d in the transaction, %d outside; want 36, 6", mine, others)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if n := total(read); n != 36 {
		t.Errorf("got %d; want 36", n)
	}
	if _, err := write.Exec(10); err != nil {
		t.Fatal(err)
	}
	if n := total(read); n != 66 {
		t.Errorf("got %d; want 66", n)
	}
}
