package pgxcache_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/cache/pgxcache"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

// newVerified is a bench whose cache compares every hit with the database.
func newVerified(t *testing.T) *bench {
	b := newBench(t, nil, users)
	b.cache = cache.New(b.store, pgquery.New(), &cache.Options{Verify: 1})
	t.Cleanup(func() { _ = b.cache.Close(context.Background()) })
	b.pool = pgxcache.New(b.open(nil), b.cache)
	return b
}

func (b *bench) wantVerified(verified, mismatches uint64) {
	b.t.Helper()
	if s := b.cache.Stats(); s.Verified != verified || s.Mismatches != mismatches {
		b.t.Errorf("got %d verified, %d mismatches; want %d and %d", s.Verified, s.Mismatches, verified, mismatches)
	}
}

func TestVerify(t *testing.T) {
	b := newVerified(t)
	b.one(b.pool, byID, 1)
	b.one(b.pool, byID, 1)
	b.wantVerified(1, 0)

	all := func() []int64 {
		rows, err := b.pool.Query(b.ctx, "SELECT id FROM users")
		b.check(err)
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		b.check(err)
		return ids
	}
	all()
	_, err := b.bare.Exec(b.ctx, "UPDATE users SET id = id WHERE id = 1") // moves it to the end
	b.check(err)
	if got := all(); !slices.Equal(got, []int64{2, 3, 1}) {
		t.Errorf("got %v; want the database's order", got)
	}
	b.wantVerified(2, 0)

	_, err = b.bare.Exec(b.ctx, rename, 1, "eve")
	b.check(err)
	if got := b.one(b.pool, byID, 1); got != "eve" {
		t.Errorf("got %v; want the database's row", got)
	}
	b.wantVerified(3, 1)
}

// What the database does not answer, the cache does, as it would have without Verify.
func TestVerifyWithoutAnAnswer(t *testing.T) {
	b := newVerified(t)
	name := b.one(b.pool, byID, 1)
	_, err := b.bare.Exec(b.ctx, "ALTER TABLE users RENAME TO people")
	b.check(err)
	for range 2 {
		if got := b.one(b.pool, byID, 1); got != name {
			t.Errorf("got %v; want %v", got, name)
		}
	}
	if n := b.cache.Stats().NotStored[cache.QueryFailed]; n == 0 {
		t.Error("nothing was verified")
	}
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	if err := b.pool.QueryRow(ctx, byID, 1).Scan(new(string)); !errors.Is(err, context.Canceled) {
		t.Errorf("a query that nobody waits for: got %v; want context.Canceled", err)
	}
	b.awaitReleased()
}
