package pgxcache_test

import (
	"context"
	"encoding/binary"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gojohnny/gojohnny/cache/pgxcache"
)

// A pool whose hooks register types keys its very first call by them: another pool's rows for
// the same number are not its rows.
func TestFirstCallKnowsThePoolsTypes(t *testing.T) {
	b := newBench(t, nil, manyItems)
	const q = "SELECT name FROM items WHERE id = $1"
	read := func(row pgx.Row) (name string) {
		b.check(row.Scan(&name))
		return name
	}
	for range 2 {
		if got := read(b.pool.QueryRow(b.ctx, q, int64(42))); got != "item number 42" {
			t.Fatalf("got %s; want item number 42", got)
		}
	}
	for name, first := range map[string]func(p *pgxcache.Pool) pgx.Row{
		"QueryRow": func(p *pgxcache.Pool) pgx.Row { return p.QueryRow(b.ctx, q, int64(42)) },
		"SendBatch": func(p *pgxcache.Pool) pgx.Row {
			batch := &pgx.Batch{}
			batch.Queue(q, int64(42))
			results := p.SendBatch(b.ctx, batch)
			defer func() { b.check(results.Close()) }()
			return scanned(read(results.QueryRow()))
		},
	} {
		next := pgxcache.New(b.open(func(c *pgxpool.Config) {
			c.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
				conn.TypeMap().RegisterType(&pgtype.Type{Name: "int8", OID: pgtype.Int8OID, Codec: nextCodec{}})
				return nil
			}
		}), b.cache)
		t.Cleanup(next.Close)
		if got := read(first(next)); got != "item number 43" {
			t.Errorf("%s: got %s; want item number 43", name, got)
		}
	}
}

// scanned is a row that was.
type scanned string

func (s scanned) Scan(dest ...any) error {
	*dest[0].(*string) = string(s)
	return nil
}

// A nextCodec sends n+1 for n.
type nextCodec struct{ pgtype.Int8Codec }

func (nextCodec) PlanEncode(_ *pgtype.Map, _ uint32, _ int16, _ any) pgtype.EncodePlan {
	return nextPlan{}
}

type nextPlan struct{}

func (nextPlan) Encode(v any, buf []byte) ([]byte, error) {
	return binary.BigEndian.AppendUint64(buf, uint64(v.(int64)+1)), nil
}
