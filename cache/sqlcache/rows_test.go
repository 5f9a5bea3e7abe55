package sqlcache_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/sqlcache"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// numbers is a database with a table of three rows, and its cache.
func numbers(t *testing.T) (bare, db *sql.DB, c *cache.Cache) {
	bare, db, c = wrapped(t, pgxConnector(t), nil)
	exec(t, bare, `CREATE TABLE numbers (id serial PRIMARY KEY, n int, t text)`)
	exec(t, bare, `INSERT INTO numbers (n, t) VALUES (1, 'one'), (2, ''), (3, NULL)`)
	return bare, db, c
}

// column reads a query's only column.
func column(t testing.TB, db querier, query string, args ...any) []any {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }() // Err says it
	var list []any
	for rows.Next() {
		var v any
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return list
}

func wantColumn(t testing.TB, got []any, want ...any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v; want %v", got, want)
	}
}

func wantHits(t testing.TB, c *cache.Cache, want uint64) {
	t.Helper()
	if s := c.Stats(); s.Hits != want {
		t.Errorf("got %d hits; want %d\nbypassed: %v\nnot stored: %v", s.Hits, want, s.BypassReasons, s.NotStored)
	}
}

// An early Close stored 1 of 3 rows as the whole result (pgxcache, entcache).
func TestEarlyCloseKeepsAllRows(t *testing.T) {
	_, db, c := numbers(t)
	const q = `SELECT n FROM numbers ORDER BY n`
	rows, err := db.Query(q)
	if err != nil {
		t.Fatal(err)
	}
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	wantColumn(t, column(t, db, q), int64(1), int64(2), int64(3))
	wantHits(t, c, 1)
}

// QueryRow never reached the end, so its result was never stored (sqlcache of old).
func TestQueryRowIsKept(t *testing.T) {
	_, db, c := numbers(t)
	const q = `SELECT n FROM numbers ORDER BY n`
	for range 2 {
		var n int
		if err := db.QueryRow(q).Scan(&n); err != nil || n != 1 {
			t.Fatalf("got %d, %v; want 1", n, err)
		}
	}
	wantHits(t, c, 1)
	wantColumn(t, column(t, db, q), int64(1), int64(2), int64(3))
}

func TestScanErrorKeepsAllRows(t *testing.T) {
	_, db, c := numbers(t)
	const q = `SELECT t FROM numbers ORDER BY n`
	for range 2 {
		rows, err := db.Query(q)
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if !rows.Next() || rows.Scan(&n) == nil {
			t.Error("'one' was read as a number")
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}
	wantColumn(t, column(t, db, q), "one", "", nil)
	wantHits(t, c, 2)
}

// ” came back as NULL (pgxcache).
func TestEmptyIsNotNull(t *testing.T) {
	_, db, c := numbers(t)
	for range 2 {
		wantColumn(t, column(t, db, `SELECT t FROM numbers ORDER BY n`), "one", "", nil)
		wantColumn(t, column(t, db, `SELECT t::bytea FROM numbers ORDER BY n`), []byte("one"), []byte{}, nil)
	}
	wantHits(t, c, 2)
}

// INSERT ... RETURNING was answered from the cache, so that three calls inserted once
// (pgxcache).
func TestReturningInsertsEachTime(t *testing.T) {
	_, db, _ := numbers(t)
	const q = `INSERT INTO numbers (n) VALUES (4) RETURNING id`
	stmt, err := db.Prepare(q)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stmt.Close() }() // nothing depends on it
	var a, b, c, all int
	err = errors.Join(db.QueryRow(q).Scan(&a), stmt.QueryRow().Scan(&b), db.QueryRow(q).Scan(&c),
		db.QueryRow(`SELECT count(*) FROM numbers WHERE n = 4`).Scan(&all))
	if err != nil {
		t.Fatal(err)
	}
	if a == b || b == c || all != 3 {
		t.Errorf("got ids %d, %d, %d and %d rows; want three of each", a, b, c, all)
	}
}

// The write of a RETURNING that nobody reads to its end is seen all the same.
func TestReturningClosedEarlyInvalidates(t *testing.T) {
	_, db, c := numbers(t)
	const q = `SELECT count(*) FROM numbers`
	wantColumn(t, column(t, db, q), int64(3))
	rows, err := db.Query(`INSERT INTO numbers (n) SELECT 9 FROM generate_series(1, 5) RETURNING id`)
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Stats(); s.Protocol.Open != 1 {
		t.Errorf("got %d open fences while the rows are; want 1", s.Protocol.Open)
	}
	rows.Next()
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	wantColumn(t, column(t, db, q), int64(8))
	if s := c.Stats(); s.Protocol.Open != 0 {
		t.Errorf("got %d open fences; want 0", s.Protocol.Open)
	}
}

// A SELECT of a column named updated_at was taken for an UPDATE (cachalot).
func TestColumnNamedUpdatedAt(t *testing.T) {
	bare, db, c := wrapped(t, pgxConnector(t), nil)
	exec(t, bare, `CREATE TABLE posts (id int, updated_at int, "delete" int)`)
	for range 2 {
		column(t, db, `SELECT updated_at + "delete" FROM posts`)
	}
	wantHits(t, c, 1)
}

// now() and random() were cached (most).
func TestMomentsAreNotKept(t *testing.T) {
	_, db, c := numbers(t)
	for _, q := range []string{
		`SELECT now() FROM numbers`, `SELECT random() FROM numbers`, `SELECT clock_timestamp() FROM numbers`,
	} {
		if first, again := column(t, db, q), column(t, db, q); reflect.DeepEqual(first, again) {
			t.Errorf("%s: got %v twice", q, first)
		}
	}
	const q = `SELECT $1::text::timestamptz FROM numbers`
	for _, now := range []any{"now", sql.NullString{String: "now", Valid: true}, []byte("now")} {
		if first, again := column(t, db, q, now), column(t, db, q, now); reflect.DeepEqual(first, again) {
			t.Errorf("%T: got %v twice", now, first)
		}
	}
	wantHits(t, c, 0)
}

// The result of a statement that failed half way was kept; its error comes after the
// same rows as the driver's.
func TestFailedHalfWayIsNotKept(t *testing.T) {
	for _, n := range []int{0, 1, 500} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			fails := true
			f := &fake{rows: func() driver.Rows {
				rows := manyRows(n)
				if fails {
					rows.err = errFake
				}
				return rows
			}}
			c := newCache(t, nil)
			db := open(t, sqlcache.Connector(f, c))
			for range 2 {
				got, err := count(db)
				if got != n || !errors.Is(err, errFake) {
					t.Errorf("got %d rows, %v; want %d, %v", got, err, n, errFake)
				}
			}
			fails = false
			if got, err := count(db); got != n || err != nil {
				t.Errorf("got %d rows, %v; want %d", got, err, n)
			}
			wantHits(t, c, 0)
		})
	}
}

func manyRows(n int) *fakeRows {
	rows := &fakeRows{columns: []string{"n", "t"}}
	for i := range n {
		rows.values = append(rows.values, []driver.Value{int64(i), strings.Repeat("x", 100)})
	}
	return rows
}

// count reads the rows of a fake, which must count up from 0.
func count(db *sql.DB) (int, error) {
	rows, err := db.Query(`SELECT n, t FROM many`)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }() // Err says it
	seen := 0
	for ; rows.Next(); seen++ {
		var n int
		var s string
		if err := rows.Scan(&n, &s); err != nil {
			return seen, err
		}
		if n != seen {
			return seen, fmt.Errorf("got row %d in place of %d", n, seen)
		}
	}
	return seen, rows.Err()
}

// What is too large, has several results or a value without stored form is served
// whole, and not kept.
func TestUnkeptIsServedWhole(t *testing.T) {
	odd := manyRows(10)
	odd.values[7][1] = driver.Value(struct{}{})
	for name, tt := range map[string]struct {
		rows   func() driver.Rows
		read   func(*sql.DB) (int, error)
		want   int
		reason sqlparse.ReasonCode
	}{
		"too large":       {func() driver.Rows { return manyRows(5000) }, count, 5000, cache.TooLarge},
		"several results": {func() driver.Rows { return &setRows{sets: []*fakeRows{manyRows(3), manyRows(4)}} }, countSets, 7, cache.SeveralResult},
		"several results, the first left early": {
			func() driver.Rows { return &setRows{sets: []*fakeRows{manyRows(3), manyRows(4)}} },
			countLastSet, 4, cache.SeveralResult,
		},
		"a value of a strange type": {func() driver.Rows { odd.next = 0; return odd }, countAny, 10, cache.Unrecordable},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCache(t, &cache.Options{MaxEntry: 10_000})
			db := open(t, sqlcache.Connector(&fake{rows: tt.rows}, c))
			for range 2 {
				if got, err := tt.read(db); got != tt.want || err != nil {
					t.Errorf("got %d rows, %v; want %d", got, err, tt.want)
				}
			}
			wantHits(t, c, 0)
			if s := c.Stats(); s.NotStored[tt.reason] != 2 {
				t.Errorf("got %v; want 2 for %q", s.NotStored, tt.reason)
			}
		})
	}
}

// setRows are several results.
type setRows struct {
	sets []*fakeRows
}

func (r *setRows) Columns() []string              { return r.sets[0].Columns() }
func (r *setRows) Close() error                   { return nil }
func (r *setRows) Next(dest []driver.Value) error { return r.sets[0].Next(dest) }
func (r *setRows) HasNextResultSet() bool         { return len(r.sets) > 1 }

func (r *setRows) NextResultSet() error {
	if len(r.sets) == 1 {
		return io.EOF
	}
	r.sets = r.sets[1:]
	return nil
}

func countSets(db *sql.DB) (n int, err error) {
	rows, err := db.Query(`SELECT n, t FROM many`)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }() // Err says it
	for more := true; more; more = rows.NextResultSet() {
		for rows.Next() {
			n++
		}
	}
	return n, rows.Err()
}

func countLastSet(db *sql.DB) (n int, err error) {
	rows, err := db.Query(`SELECT n, t FROM many`)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }() // Err says it
	if !rows.Next() || !rows.NextResultSet() {
		return 0, errors.New("no second result")
	}
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

func countAny(db *sql.DB) (n int, err error) {
	rows, err := db.Query(`SELECT n, t FROM many`)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }() // Err says it
	for ; rows.Next(); n++ {
		var a, b any
		if err := rows.Scan(&a, &b); err != nil {
			return n, err
		}
		if a != int64(n) || b == nil {
			return n, fmt.Errorf("got %v, %v in row %d", a, b, n)
		}
	}
	return n, rows.Err()
}

// The driver's error at the end of all rows belongs to Close.
func TestCloseErrorIsNotKept(t *testing.T) {
	f := &fake{rows: func() driver.Rows { return closeFails{manyRows(2)} }}
	c := newCache(t, nil)
	bare, db := open(t, f), open(t, sqlcache.Connector(f, c))
	for _, db := range []*sql.DB{bare, db, db} {
		if n, err := count(db); n != 2 || !errors.Is(err, errFake) {
			t.Errorf("got %d rows, %v; want 2, %v", n, err, errFake)
		}
	}
	wantHits(t, c, 0)
}

type closeFails struct{ *fakeRows }

func (closeFails) Close() error { return errFake }

// Bytes belong to whoever read them: writing there reaches nobody else, and appending
// does not reach the next column.
func TestBytesAreTheCallers(t *testing.T) {
	f := &fake{rows: func() driver.Rows {
		return &fakeRows{columns: []string{"a", "b"}, values: [][]driver.Value{{[]byte("abc"), []byte("def")}}}
	}}
	c := newCache(t, nil)
	db := open(t, sqlcache.Connector(f, c))
	for range 3 {
		rows, err := db.Query(`SELECT a, b FROM blobs`)
		if err != nil {
			t.Fatal(err)
		}
		var first, second sql.RawBytes
		if !rows.Next() {
			t.Fatal(rows.Err())
		}
		if err := rows.Scan(&first, &second); err != nil {
			t.Fatal(err)
		}
		if string(first) != "abc" {
			t.Errorf("got %q; want \"abc\"", first)
		}
		copy(first, "???")
		_ = append(first, "!!!"...)
		if string(second) != "def" {
			t.Errorf("got %q; want \"def\"", second)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	wantHits(t, c, 2)
}

// A panic of the driver's in a write leaves the fence to its lease, and nobody renews
// it.
func TestPanicLeavesTheFence(t *testing.T) {
	f := &fake{rows: func() driver.Rows { panic("driver") }}
	f.fail = func(call string) error {
		if strings.HasPrefix(call, "exec") {
			panic("driver")
		}
		return nil
	}
	c := newCache(t, nil)
	db := open(t, sqlcache.Connector(f, c))
	for _, write := range []func(){
		func() { _, _ = db.Exec(`UPDATE t SET a = 1`) },              // it panics
		func() { _, _ = db.Query(`UPDATE t SET a = 1 RETURNING a`) }, // it panics
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			write()
		}()
	}
	if s := c.Stats().Protocol; s.Open != 0 || s.Abandoned != 2 {
		t.Errorf("got %d fences that are renewed, %d left; want 0 and 2", s.Open, s.Abandoned)
	}
}

// A panic of the driver's leaves nobody waiting for the rows that will not come.
func TestPanicLeavesNobodyWaiting(t *testing.T) {
	panics := true
	f := &fake{rows: func() driver.Rows {
		if panics {
			panic("driver")
		}
		return twoRows()
	}}
	db := open(t, sqlcache.Connector(f, newCache(t, nil)))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = db.Query(`SELECT a FROM t`) // it panics
	}()
	panics = false
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	rows, err := db.QueryContext(ctx, `SELECT a FROM t`)
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
}
