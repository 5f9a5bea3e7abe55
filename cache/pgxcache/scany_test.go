package pgxcache_test

import (
	"reflect"
	"testing"

	"github.com/georgysavva/scany/v2/pgxscan"

	"github.com/gojohnny/gojohnny/cache/pgxcache"
)

var _ = []pgxscan.Querier{(*pgxcache.Pool)(nil), (*pgxcache.Conn)(nil), (*pgxcache.Tx)(nil)}

// scany scans the same from the wrapped pool, cold and hot, as from the bare one.
func TestScany(t *testing.T) {
	b := newBench(t, nil, users)
	type user struct {
		ID   int64
		Name string
		Born *string
	}
	const all = "SELECT id, name, born::text FROM users WHERE id >= $1 ORDER BY id"
	seen := func(q pgxscan.Querier) []any {
		var many []user
		var pointers []*user
		var one user
		var ids []int64
		b.check(pgxscan.Select(b.ctx, q, &many, all, 1))
		b.check(pgxscan.Select(b.ctx, q, &pointers, all, 2))
		b.check(pgxscan.Get(b.ctx, q, &one, all, 3))
		b.check(pgxscan.Select(b.ctx, q, &ids, "SELECT id FROM users ORDER BY id"))
		absent := pgxscan.Get(b.ctx, q, new(user), all, 9)
		return []any{many, pointers, one, ids, pgxscan.NotFound(absent)}
	}
	want := seen(b.bare)
	b.want("cold", counts{misses: 5}, func() {
		if got := seen(b.pool); !reflect.DeepEqual(got, want) {
			t.Errorf("cold: got %+v; want %+v", got, want)
		}
	})
	b.want("hot", counts{hits: 5}, func() {
		if got := seen(b.pool); !reflect.DeepEqual(got, want) {
			t.Errorf("hot: got %+v; want %+v", got, want)
		}
	})
}
