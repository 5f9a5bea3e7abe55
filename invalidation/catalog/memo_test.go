package catalog

import (
	"sync"
	"testing"
)

func TestMemoAnswersForEachResolver(t *testing.T) {
	db := newDatabase(t, "testdata/schema.sql")
	s := db.load(t)
	var resolvers []*Resolver
	for range maxRemembered + 2 {
		resolvers = append(resolvers,
			s.Resolver("ns", Scope{Schemas: []string{"pg_catalog", "public"}}, nil),
			s.Resolver("ns", Scope{Schemas: []string{"pg_catalog", "sales"}}, nil))
	}
	a := analyze(t, "SELECT * FROM orders")
	var m Memo
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for i, r := range resolvers {
				want := "ns/public.orders"
				if i%2 == 1 {
					want = "ns/sales.orders"
				}
				if got := m.Resolve(r, a).Reads[2]; got != want {
					t.Errorf("got %s; want %s", got, want)
				}
			}
		})
	}
	wait.Wait()
	last := resolvers[len(resolvers)-1]
	first := m.Resolve(last, a)
	if again := m.Resolve(last, a); again != first {
		t.Error("resolved twice; want once")
	}
}

func BenchmarkMemo(b *testing.B) {
	db := newDatabase(b, "testdata/schema.sql")
	r := db.load(b).Resolver("ns", db.scope(b), nil)
	a := analyze(b, "SELECT * FROM plain")
	var m Memo
	b.ReportAllocs()
	for b.Loop() {
		m.Resolve(r, a)
	}
}
