package sqlcache_test

import (
	"context"
	"database/sql/driver"
	"io"
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
)

func wantVerified(t *testing.T, c *cache.Cache, verified, mismatches uint64) {
	t.Helper()
	if s := c.Stats(); s.Verified != verified || s.Mismatches != mismatches {
		t.Errorf("got %d verified, %d mismatches; want %d and %d", s.Verified, s.Mismatches, verified, mismatches)
	}
}

func TestVerify(t *testing.T) {
	bare, db, c := wrapped(t, pgxConnector(t), &cache.Options{Verify: 1})
	exec(t, bare, `CREATE TABLE numbers (n int)`)
	exec(t, bare, `INSERT INTO numbers VALUES (1), (2), (3)`)
	const q = `SELECT n FROM numbers`
	wantColumn(t, column(t, db, q), int64(1), int64(2), int64(3))
	wantColumn(t, column(t, db, q), int64(1), int64(2), int64(3))
	wantVerified(t, c, 1, 0)

	// The same rows in another order: the first is moved to the end.
	exec(t, bare, `UPDATE numbers SET n = n WHERE n = 1`)
	wantColumn(t, column(t, db, q), int64(2), int64(3), int64(1))
	wantVerified(t, c, 2, 0)

	exec(t, bare, `DELETE FROM numbers WHERE n = 2`)
	wantColumn(t, column(t, db, q), int64(3), int64(1))
	wantVerified(t, c, 3, 1)
	wantColumn(t, column(t, db, q), int64(3), int64(1))
	wantVerified(t, c, 4, 1)
}

// What the database does not answer, the cache does, as it would have without Verify.
func TestVerifyWithoutAnAnswer(t *testing.T) {
	for name, broken := range map[string]func(*fake){
		"query": func(f *fake) {
			f.fail = failing(errFake)
		},
		"rows": func(f *fake) {
			f.rows = func() driver.Rows {
				return &breakingRows{fakeRows{columns: []string{"n"}, values: [][]driver.Value{{int64(7)}}}}
			}
		},
		"connection": func(f *fake) {
			f.fail = failing(driver.ErrBadConn)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{rows: func() driver.Rows {
				return &fakeRows{columns: []string{"n"}, values: [][]driver.Value{{int64(7)}}}
			}}
			c := newCache(t, &cache.Options{Verify: 1})
			db := open(t, sqlcache.Connector(f, c))
			wantColumn(t, column(t, db, `SELECT n FROM numbers`), int64(7))
			broken(f)
			wantColumn(t, column(t, db, `SELECT n FROM numbers`), int64(7))
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := db.QueryContext(ctx, `SELECT n FROM numbers`); err == nil {
				t.Error("a query that nobody waits for: got no error")
			}
			if n := c.Stats().NotStored[cache.QueryFailed]; n == 0 {
				t.Error("nothing was verified")
			}
		})
	}
}

// failing fails queries.
func failing(err error) func(call string) error {
	return func(call string) error {
		if strings.Contains(call, "SELECT") {
			return err
		}
		return nil
	}
}

// breakingRows fail behind their last row.
type breakingRows struct{ fakeRows }

func (r *breakingRows) Next(dest []driver.Value) error {
	if err := r.fakeRows.Next(dest); err != io.EOF {
		return err
	}
	return errFake
}
