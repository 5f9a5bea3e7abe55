package pgxcache_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

type sender interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

const someUsers = "SELECT id, name FROM users WHERE id >= $1 ORDER BY id"

// Batches that read, and what is seen of them.
var batches = map[string]func(see *strings.Builder, ctx context.Context, db sender){
	"in turn": func(see *strings.Builder, ctx context.Context, db sender) {
		b := &pgx.Batch{}
		b.Queue(byID, 1)
		b.Queue(someUsers, 2)
		b.Queue("SELECT now() IS NULL")
		b.Queue(someUsers, 9)
		b.Queue("SELECT name FROM users WHERE id = @id", pgx.NamedArgs{"id": 2})
		br := db.SendBatch(ctx, b)
		var name string
		seeError(see, br.QueryRow().Scan(&name))
		rows, err := br.Query()
		seeError(see, err)
		seeRows(see, rows)
		tag, err := br.Exec()
		fmt.Fprintln(see, name, tag, err)
		tag, err = br.Exec()
		fmt.Fprintln(see, tag, err, br.Tx())
		seeError(see, br.Close())
		seeError(see, br.Close())
		_, err = br.Exec()
		seeError(see, err)
	},
	"by callbacks": func(see *strings.Builder, ctx context.Context, db sender) {
		b := &pgx.Batch{}
		b.Queue(byID, 1).QueryRow(func(row pgx.Row) error {
			var s string
			err := row.Scan(&s)
			fmt.Fprintln(see, "first", s, err)
			return err
		})
		b.Queue(someUsers, 1).Query(func(rows pgx.Rows) error { seeRows(see, rows); return nil })
		b.Queue("SELECT 1")
		b.Queue(someUsers, 2).Exec(func(tag pgconn.CommandTag) error { fmt.Fprintln(see, tag); return nil })
		seeError(see, db.SendBatch(ctx, b).Close())
	},
	"a callback that fails": func(see *strings.Builder, ctx context.Context, db sender) {
		b := &pgx.Batch{}
		for i := range 4 {
			b.Queue(byID, i+1).QueryRow(func(row pgx.Row) error {
				var s string
				err := row.Scan(&s)
				fmt.Fprintln(see, i, s, err)
				if i == 1 {
					return errors.New("a callback failed")
				}
				return err
			})
		}
		seeError(see, db.SendBatch(ctx, b).Close())
	},
	"no rows": func(see *strings.Builder, ctx context.Context, db sender) {
		b := &pgx.Batch{}
		b.Queue(byID, 99)
		br := db.SendBatch(ctx, b)
		seeError(see, br.QueryRow().Scan(new(string)))
		seeError(see, br.Close())
	},
	"a query that fails": func(see *strings.Builder, ctx context.Context, db sender) {
		b := &pgx.Batch{}
		b.Queue(byID, 1)
		b.Queue("SELECT 1 / (id - 1), name FROM users ORDER BY id")
		b.Queue(byID, 2)
		br := db.SendBatch(ctx, b)
		var s string
		seeError(see, br.QueryRow().Scan(&s))
		rows, err := br.Query()
		seeError(see, err)
		for rows.Next() {
			fmt.Fprintln(see, "a row")
		}
		seeError(see, rows.Err())
		seeError(see, br.QueryRow().Scan(&s))
		seeError(see, br.Close())
	},
	"what is kept, behind a query that fails": func(see *strings.Builder, ctx context.Context, db sender) {
		seeName(see, ctx, db, byID, 2)
		b := &pgx.Batch{}
		b.Queue("SELECT 1 / (id - 1) FROM users ORDER BY id")
		b.Queue(byID, 2)
		br := db.SendBatch(ctx, b)
		seeError(see, br.QueryRow().Scan(new(int)))
		seeError(see, br.QueryRow().Scan(new(string)))
		seeError(see, br.Close())
	},
	"what is kept, behind a command that fails": func(see *strings.Builder, ctx context.Context, db sender) {
		seeName(see, ctx, db, byID, 2)
		b := &pgx.Batch{}
		b.Queue("SELECT 1 / (count(*) - count(*)), now() FROM users")
		b.Queue(byID, 2)
		br := db.SendBatch(ctx, b)
		_, err := br.Exec()
		seeError(see, err)
		_, err = br.Exec()
		seeError(see, err)
		seeError(see, br.Close())
	},
	"behind rows that cannot be scanned": func(see *strings.Builder, ctx context.Context, db sender) {
		seeName(see, ctx, db, byID, 2)
		b := &pgx.Batch{}
		b.Queue(byID, 1)
		b.Queue(byID, 2)
		br := db.SendBatch(ctx, b)
		seeError(see, br.QueryRow().Scan(new(int)))
		seeError(see, br.QueryRow().Scan(new(string)))
		seeError(see, br.Close())
	},
	"several results of one query": func(see *strings.Builder, ctx context.Context, db sender) {
		batch := &pgx.Batch{}
		batch.Queue("SELECT 1; SELECT 2; SELECT 3")
		br := db.SendBatch(ctx, batch)
		for range 4 {
			rows, err := br.Query()
			seeError(see, err)
			if err == nil {
				seeRows(see, rows)
			}
			tag, err := br.Exec()
			fmt.Fprintln(see, tag)
			seeError(see, err)
		}
		seeError(see, br.Close())
	},
	"several statements in one query": func(see *strings.Builder, ctx context.Context, db sender) {
		seeName(see, ctx, db, byID, 2) // and the cache the catalog
		const greatest = "SELECT max(name) FROM users WHERE id = $1"
		b := &pgx.Batch{}
		b.Queue("SELECT 1; SELECT 'foreign' AS name FROM users LIMIT 1")
		b.Queue(greatest, 3)
		seeError(see, db.SendBatch(ctx, b).Close())
		seeName(see, ctx, db, greatest, 3)
	},
	"a cursor for what follows": func(see *strings.Builder, ctx context.Context, db sender) {
		seeName(see, ctx, db, byID, 2)
		b := &pgx.Batch{}
		b.Queue(byID, 2)
		b.Queue("DECLARE c CURSOR FOR SELECT name FROM users ORDER BY id")
		seeError(see, db.SendBatch(ctx, b).Close())
	},
	"no such table": func(see *strings.Builder, ctx context.Context, db sender) {
		b := &pgx.Batch{}
		b.Queue("SELECT * FROM absent WHERE id = $1", 1)
		seeError(see, db.SendBatch(ctx, b).Close())
	},
	"what cannot be encoded": func(see *strings.Builder, ctx context.Context, db sender) {
		b := &pgx.Batch{}
		b.Queue(byID, 1i)
		seeError(see, db.SendBatch(ctx, b).Close())
	},
	"more results than queries": func(see *strings.Builder, ctx context.Context, db sender) {
		b := &pgx.Batch{}
		b.Queue(byID, 1)
		br := db.SendBatch(ctx, b)
		_, err := br.Exec()
		seeError(see, err)
		_, err = br.Exec()
		seeError(see, err)
		fmt.Fprintln(see, br.Close() != nil)
	},
	"no queries": func(see *strings.Builder, ctx context.Context, db sender) {
		br := db.SendBatch(ctx, &pgx.Batch{})
		_, err := br.Exec()
		seeError(see, err)
		seeError(see, br.Close())
	},
	"early close": func(see *strings.Builder, ctx context.Context, db sender) {
		b := &pgx.Batch{}
		b.Queue(someUsers, 1)
		b.Queue(someUsers, 2)
		br := db.SendBatch(ctx, b)
		rows, err := br.Query()
		seeError(see, err)
		fmt.Fprintln(see, rows.Next())
		rows.Close()
		fmt.Fprintln(see, rows.CommandTag())
		seeError(see, br.Close())
	},
	"the same twice": func(see *strings.Builder, ctx context.Context, db sender) {
		b := &pgx.Batch{}
		b.Queue(byID, 3)
		b.Queue(byID, 3)
		seeError(see, db.SendBatch(ctx, b).Close())
	},
}

// seeName sees what a query finds of a user, in a batch.
func seeName(see *strings.Builder, ctx context.Context, db sender, query string, id int) {
	b := &pgx.Batch{}
	b.Queue(query, id)
	br := db.SendBatch(ctx, b)
	var name string
	seeError(see, br.QueryRow().Scan(&name))
	seeError(see, br.Close())
	fmt.Fprintln(see, name)
}

func seeRows(see *strings.Builder, rows pgx.Rows) {
	if rows.Err() == nil { // or pgx's own panic
		fmt.Fprintf(see, "%+v\n", rows.FieldDescriptions())
	}
	for rows.Next() {
		values, err := rows.Values()
		fmt.Fprintf(see, "%+v %v\n", values, err)
	}
	fmt.Fprintln(see, rows.CommandTag())
	seeError(see, rows.Err())
}

func TestBatches(t *testing.T) {
	for _, mode := range modes {
		t.Run(strings.ReplaceAll(mode.String(), " ", "_"), func(t *testing.T) {
			b := newBench(t, func(c *pgxpool.Config) { c.ConnConfig.DefaultQueryExecMode = mode }, users)
			for name, f := range batches {
				t.Run(name, func(t *testing.T) {
					see := func(db sender) string {
						var s strings.Builder
						f(&s, b.ctx, db)
						return s.String()
					}
					want := see(b.bare)
					b.check(b.cache.InvalidateAll(b.ctx))
					for _, state := range []string{"cold", "hot"} {
						if got := see(b.pool); got != want {
							t.Errorf("%s:\n%s\nwant:\n%s", state, got, want)
						}
					}
				})
			}
			send := func() {
				batch := &pgx.Batch{}
				batch.Queue(someUsers, 1)
				batch.Queue(someUsers, 2)
				b.check(b.pool.SendBatch(b.ctx, batch).Close())
			}
			send()
			send() // pgx may hide what it prepared for the first
			n := b.pool.Stat().AcquireCount()
			b.want("what batches kept", counts{hits: 2}, send)
			if got := b.pool.Stat().AcquireCount() - n; got != 0 {
				t.Errorf("acquired %d connections; want none", got)
			}
		})
	}
}

// Of a batch, only what is not kept is sent.
func TestBatchIsSplit(t *testing.T) {
	b := newBench(t, nil, users)
	b.one(b.pool, byID, 1)
	b.one(b.pool, byID, 3)
	batch := &pgx.Batch{}
	for id := 1; id <= 3; id++ {
		batch.Queue(byID, id)
	}
	b.want("half of it", counts{hits: 2, misses: 1}, func() {
		br := b.pool.SendBatch(b.ctx, batch)
		for _, want := range []string{"ann", "bob", ""} {
			var got string
			if err := br.QueryRow().Scan(&got); err != nil || got != want {
				t.Errorf("got %q, %v; want %q", got, err, want)
			}
		}
		b.check(br.Close())
	})
}
