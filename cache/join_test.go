package cache_test

import (
	"testing"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
)

func (b *bench) join(texts ...string) cache.Statement {
	var sts []cache.Statement
	for _, sql := range texts {
		sts = append(sts, b.cache.Statement(b.t.Context(), sql))
	}
	return b.cache.Join(sts)
}

// A batch writes what its statements write, even if it fails: it may have committed a
// part.
func TestJoinWritesAll(t *testing.T) {
	for _, o := range []invalidation.Outcome{invalidation.Committed, invalidation.RolledBack} {
		b := newBench(t, nil)
		r, s := b.session(), b.session()
		for _, sql := range []string{orders, "SELECT * FROM users", "SELECT * FROM untouched"} {
			b.want(r, sql, "miss")
		}
		all := b.join("UPDATE orders SET a = 1", "SELECT * FROM untouched", "DELETE FROM users")
		run, err := s.Start(t.Context(), all, nil)
		if err != nil {
			t.Fatal(err)
		}
		b.want(r, orders, "write on its way")
		b.want(r, "SELECT * FROM users", "write on its way")
		run.End(o)
		b.want(r, orders, "miss")
		b.want(r, "SELECT * FROM users", "miss")
		b.want(r, "SELECT * FROM untouched", "hit rows")
	}
}

// Transactions that a batch begins and ends are followed.
func TestJoinFollowsTransactions(t *testing.T) {
	b := newBench(t, nil)
	b.want(b.session(), orders, "miss")
	s := b.session()
	run, err := s.Start(t.Context(), b.join("BEGIN", "UPDATE orders SET a = 1"), nil)
	if err != nil {
		t.Fatal(err)
	}
	run.End(invalidation.Committed)
	b.want(s, orders, "transaction wrote")
	b.exec(s, "COMMIT")
	b.want(s, orders, "miss")
}

func TestReadOnly(t *testing.T) {
	b := newBench(t, nil)
	for want, texts := range map[bool][][]string{
		true:  {{orders}, {orders, "SELECT now()"}},
		false: {{"UPDATE orders SET a = 1"}, {orders, "BEGIN"}, {"SET x = 1", orders}, {"SELEC 1"}},
	} {
		for _, list := range texts {
			if got := b.session().ReadOnly(t.Context(), b.join(list...)); got != want {
				t.Errorf("%s: got %v; want %v", list, got, want)
			}
		}
	}
}

func TestMayFollowCommit(t *testing.T) {
	for state, want := range map[string]bool{
		"23505": false, "40001": false, "57014": false, "25P02": false,
		"57P01": true, "08006": true, "40003": true, "XX000": true, "58030": true, "25P03": true, "": true,
	} {
		if got := cache.MayFollowCommit(state); got != want {
			t.Errorf("%q: got %v; want %v", state, got, want)
		}
	}
}
