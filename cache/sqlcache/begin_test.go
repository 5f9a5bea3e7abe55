package sqlcache_test

import (
	"database/sql"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// A transaction that SQL began, in which BeginTx fails. What the server then answers
// on the connection, with an error or with what the transaction wrote, the cache must
// not answer.
func TestFailedBeginInATransaction(t *testing.T) {
	for name, tt := range map[string]struct {
		level  sql.IsolationLevel
		failed bool // so is the transaction
	}{
		// The server refuses another level after the first query.
		"Refused": {level: sql.LevelSerializable, failed: true},
		// The driver does not send what it does not know.
		"Unknown": {level: sql.LevelLinearizable},
	} {
		t.Run(name, func(t *testing.T) {
			_, db, _ := numbers(t)
			column(t, db, sum) // kept
			conn := single(t, db)
			exec(t, conn, `BEGIN`)
			column(t, conn, `SELECT 1`)
			if _, err := conn.BeginTx(t.Context(), &sql.TxOptions{Isolation: tt.level}); err == nil {
				t.Fatal("it began")
			}
			var n int64
			err := conn.QueryRowContext(t.Context(), sum).Scan(&n)
			if got := inFailedTransaction(err); got != tt.failed || !got && err != nil {
				t.Errorf("then got %d, %v; want an error: %v", n, err, tt.failed)
			}
			if tt.failed {
				exec(t, conn, `ROLLBACK`)
				exec(t, conn, `BEGIN`)
			}
			exec(t, conn, `UPDATE numbers SET n = n + 10`)
			wantColumn(t, column(t, conn, sum), int64(36))
			wantColumn(t, column(t, db, sum), int64(6))
			exec(t, conn, `COMMIT`)
			wantColumn(t, column(t, db, sum), int64(36))
			wantColumn(t, column(t, conn, sum), int64(36))
			exec(t, conn, `UPDATE numbers SET n = n + 10`)
			wantColumn(t, column(t, db, sum), int64(66))
		})
	}
}

// inFailedTransaction reports whether the server refused a statement since the
// transaction has failed.
func inFailedTransaction(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && server.Code == "25P02"
}
