package pgxcache_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gojohnny/gojohnny/cache/pgxcache"
	"github.com/gojohnny/gojohnny/cache/pgxcache/internal/authors"
)

// Pools, connections and transactions are what sqlc's code asks for.
var _ = []authors.DBTX{(*pgxcache.Pool)(nil), (*pgxcache.Conn)(nil), (*pgxcache.Tx)(nil)}

// Code that sqlc generated sees the same on the wrapped pool, cold and hot, as on the
// bare one.
func TestSQLC(t *testing.T) {
	b := newBench(t, nil, authors.Schema)
	bare, wrapped := authors.New(b.bare), authors.New(b.pool)

	ann, err := wrapped.CreateAuthor(b.ctx, authors.CreateAuthorParams{Name: "ann", Bio: pgtype.Text{String: "b", Valid: true}})
	b.check(err)
	bob, err := wrapped.CreateAuthor(b.ctx, authors.CreateAuthorParams{Name: "bob"})
	b.check(err)
	n, err := wrapped.CopyBooks(b.ctx, []authors.CopyBooksParams{
		{AuthorID: ann.ID, Title: "one", State: authors.StatusDraft, Tags: []string{"a", "b"}},
		{AuthorID: bob.ID, Title: "two", State: authors.StatusDraft, Tags: []string{}},
	})
	if err != nil || n != 2 {
		t.Fatalf("copied %d books, %v; want 2", n, err)
	}

	compare := func(step string) {
		t.Helper()
		want := seeAuthors(b.ctx, bare)
		for _, state := range []string{"cold", "hot"} {
			if got := seeAuthors(b.ctx, wrapped); !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: got %+v; want %+v", step, state, got, want)
			}
		}
		before := b.cache.Stats()
		seeAuthors(b.ctx, wrapped)
		if got := b.since(before); got.misses+got.bypasses != 0 {
			t.Errorf("%s: got %+v; want hits only", step, got)
		}
	}
	compare("copied")
	b.check(wrapped.RenameAuthor(b.ctx, authors.RenameAuthorParams{ID: ann.ID, Name: "zoe"}))
	compare("renamed")
	b.check(wrapped.PublishBooks(b.ctx, []int64{ann.ID, bob.ID}).Close())
	compare("published by a batch")

	tx, err := b.pool.Begin(b.ctx)
	b.check(err)
	gone, err := wrapped.WithTx(tx).DeleteBooks(b.ctx, ann.ID)
	if err != nil || gone != 1 {
		t.Errorf("deleted %d books, %v; want 1", gone, err)
	}
	b.check(tx.Commit(b.ctx))
	compare("deleted in a transaction")
}

// seeAuthors gives all that the queries return.
func seeAuthors(ctx context.Context, q *authors.Queries) (seen []any) {
	see := func(v any, err error) { seen = append(seen, v, err) }
	ids := []int64{1, 2, 3}
	for _, id := range ids {
		see(q.GetAuthor(ctx, id))
	}
	see(q.ListAuthors(ctx))
	see(q.BooksByState(ctx, authors.StatusDraft))
	see(q.BooksByState(ctx, authors.StatusPublished))
	q.BooksOf(ctx, ids).Query(func(i int, books []authors.Book, err error) { see(books, err) })
	q.AuthorNames(ctx, ids).QueryRow(func(i int, name string, err error) { see(name, err) })
	return seen
}

// The method sets are pgxpool's.
var (
	_ = []interface {
		Ping(context.Context) error
		Stat() *pgxpool.Stat
		Config() *pgxpool.Config
		Reset()
		Close()
	}{(*pgxpool.Pool)(nil), (*pgxcache.Pool)(nil)}
)
