package pgxcache_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gojohnny/gojohnny/cache"
)

// The pools must not be told apart by what a program can see: each case runs on the
// bare pool, then on the wrapped one where the database answers (cold) and where the
// cache does (hot), in every execution mode, and is read in several ways.

var modes = []pgx.QueryExecMode{
	pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec,
	pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
}

// A parityCase is a query.
type parityCase struct {
	name  string
	sql   string
	args  []any        // options among them, but no mode
	never bool         // it is not kept even if it succeeds
	dest  func() []any // what a row is scanned into, in the last way
}

// A pass reads a query in one way and tells all that can be seen.
type pass struct {
	name string
	read func(see *strings.Builder, db reader, ctx context.Context, sql string, args []any, c *parityCase)
}

var passes = []pass{
	{"values", func(see *strings.Builder, db reader, ctx context.Context, sql string, args []any, _ *parityCase) {
		eachRow(see, db, ctx, sql, args, func(rows pgx.Rows) {
			for _, raw := range rows.RawValues() {
				fmt.Fprintf(see, "raw %v %x\n", raw == nil, raw)
			}
			values, err := rows.Values()
			seeError(see, err)
			seeValues(see, values)
		})
	}},
	{"any", scanInto(func() any { return new(any) })},
	{"string", scanInto(func() any { return new(string) })},
	{"pointer", scanInto(func() any { return new(*string) })},
	{"bytes", scanInto(func() any { return new([]byte) })},
	{"map", func(see *strings.Builder, db reader, ctx context.Context, sql string, args []any, _ *parityCase) {
		rows, _ := db.Query(ctx, sql, args...)
		maps, err := pgx.CollectRows(rows, pgx.RowToMap)
		seeError(see, err)
		fmt.Fprintf(see, "%+v\n", maps)
	}},
	{"row", func(see *strings.Builder, db reader, ctx context.Context, sql string, args []any, _ *parityCase) {
		var v any
		seeError(see, db.QueryRow(ctx, sql, args...).Scan(&v, new(any)))
		seeValues(see, []any{v})
	}},
	{"dest", func(see *strings.Builder, db reader, ctx context.Context, sql string, args []any, c *parityCase) {
		if c.dest == nil {
			return
		}
		eachRow(see, db, ctx, sql, args, func(rows pgx.Rows) {
			dest := c.dest()
			seeError(see, rows.Scan(dest...))
			seeValues(see, dest)
		})
	}},
	{"early close", func(see *strings.Builder, db reader, ctx context.Context, sql string, args []any, _ *parityCase) {
		rows, err := db.Query(ctx, sql, args...)
		seeError(see, err)
		fmt.Fprintln(see, rows.Next())
		rows.Close()
		rows.Close()
		fmt.Fprintln(see, rows.Next(), rows.CommandTag())
		seeError(see, rows.Err())
	}},
}

// scanInto scans all columns into destinations of one kind.
func scanInto(dest func() any) func(*strings.Builder, reader, context.Context, string, []any, *parityCase) {
	return func(see *strings.Builder, db reader, ctx context.Context, sql string, args []any, _ *parityCase) {
		eachRow(see, db, ctx, sql, args, func(rows pgx.Rows) {
			into := make([]any, len(rows.FieldDescriptions()))
			for i, raw := range rows.RawValues() {
				// To scan a NULL where the type does not fit, pgx tries its types
				// in the random order of a map, and gives the error of the first
				// that takes it.
				if raw != nil {
					into[i] = dest()
				}
			}
			seeError(see, rows.Scan(into...))
			seeValues(see, into)
		})
	}
}

func eachRow(see *strings.Builder, db reader, ctx context.Context, sql string, args []any, f func(pgx.Rows)) {
	rows, err := db.Query(ctx, sql, args...)
	seeError(see, err)
	if err == nil {
		fmt.Fprintf(see, "%+v\n", rows.FieldDescriptions())
	}
	for rows.Next() {
		f(rows)
	}
	fmt.Fprintf(see, "%q %d\n", rows.CommandTag(), rows.CommandTag().RowsAffected())
	seeError(see, rows.Err())
}

// seeValues writes values with their types, through the pointers they are behind.
func seeValues(see *strings.Builder, values []any) {
	for _, v := range values {
		switch p := v.(type) {
		case *any:
			v = *p
		case **string:
			if *p != nil {
				v = **p
			}
		}
		fmt.Fprintf(see, "%T %+v\n", v, deref(v))
	}
}

func seeError(see *strings.Builder, err error) {
	if err == nil {
		return
	}
	var server *pgconn.PgError
	var scan pgx.ScanArgError
	fmt.Fprintf(see, "error %v: server %v, scan %v, no rows %v, cancelled %v\n", err,
		errors.As(err, &server), errors.As(err, &scan), errors.Is(err, pgx.ErrNoRows), errors.Is(err, context.Canceled))
	if server != nil {
		fmt.Fprintf(see, "%s %s\n", server.Code, server.Message)
	}
}

// runParity runs the cases on a bench, whose pools may be configured.
func runParity(t *testing.T, b *bench, cases []parityCase) {
	for _, mode := range modes {
		t.Run(strings.ReplaceAll(mode.String(), " ", "_"), func(t *testing.T) {
			for i := range cases {
				t.Run(cases[i].name, func(t *testing.T) { compare(t, b, &cases[i], mode) })
			}
		})
	}
}

func compare(t *testing.T, b *bench, c *parityCase, mode pgx.QueryExecMode) {
	args := append([]any{mode}, c.args...)
	keeps := !c.never && succeeds(b, c.sql, args)
	for _, p := range passes {
		see := func(db reader, ctx context.Context) string {
			var s strings.Builder
			p.read(&s, db, ctx, c.sql, args, c)
			return s.String()
		}
		want := see(b.bare, b.ctx)
		before := b.cache.Stats()
		cold := see(b.pool, cache.Refresh(b.ctx))
		asked := b.since(before)
		before = b.cache.Stats()
		hot := see(b.pool, b.ctx)
		again := b.since(before)
		if cold != want {
			t.Errorf("%s, cold:\n%s\nwant:\n%s", p.name, cold, want)
		}
		if hot != want {
			t.Errorf("%s, hot:\n%s\nwant:\n%s", p.name, hot, want)
		}
		if want != "" && keeps && (asked != miss || again != hit) {
			t.Errorf("%s: got %+v, then %+v; want a miss, then a hit (bypassed: %v, not stored: %v)", p.name, asked, again,
				b.cache.Stats().BypassReasons, b.cache.Stats().NotStored)
		}
		if !keeps && (asked.hits > 0 || again.hits > 0) {
			t.Errorf("%s: got %+v, then %+v; want no hit", p.name, asked, again)
		}
	}
}

// succeeds reports whether the database answers the query.
func succeeds(b *bench, sql string, args []any) bool {
	rows, _ := b.bare.Query(b.ctx, sql, args...)
	for rows.Next() { // to the end
	}
	return rows.Err() == nil
}
