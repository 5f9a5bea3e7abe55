package pgxcache_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/gojohnny/gojohnny/backends"
)

const manyItems = `CREATE TABLE items (id int8 PRIMARY KEY, name text, price float8, stock int4, sold bool);
	INSERT INTO items SELECT n, 'item number ' || n, n / 7.0, n, n % 2 = 0 FROM generate_series(1, 100) n`

type item struct {
	ID    int64
	Name  string
	Price float64
	Stock int32
	Sold  bool
}

// One row by one integer argument: from the cache, and from the database over
// loopback.
func BenchmarkRow(b *testing.B) {
	bn := newBench(b, nil, manyItems)
	const q = "SELECT name FROM items WHERE id = $1"
	b.Run("from=cache", func(b *testing.B) {
		var name string
		b.ReportAllocs()
		for b.Loop() {
			if err := bn.pool.QueryRow(bn.ctx, q, 42).Scan(&name); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("from=database", func(b *testing.B) {
		var name string
		b.ReportAllocs()
		for b.Loop() {
			if err := bn.bare.QueryRow(bn.ctx, q, 42).Scan(&name); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// Many goroutines, on one entry and on a hundred: through the pool, and at the bare
// store, whose throughput grows with the cores (-cpu 1,2,4).
func BenchmarkParallel(b *testing.B) {
	bn := newBench(b, nil, manyItems)
	tags := []string{"default/", "default/*", "default/public.items"}
	for i := range 100 {
		bn.check(bn.store.Save(bn.ctx, backends.Key{byte(i)}, make([]byte, 100), time.Hour))
	}
	reads := map[string]func(i int) error{
		"of=pool": func(i int) error {
			var name string
			return bn.pool.QueryRow(bn.ctx, "SELECT name FROM items WHERE id = $1", i+1).Scan(&name)
		},
		"of=store": func(i int) error {
			var states [3]backends.TagState
			_, err := bn.store.Load(bn.ctx, backends.Key{byte(i)}, tags, states[:])
			return err
		},
	}
	for of, read := range reads {
		for _, n := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s/entries=%d", of, n), func(b *testing.B) {
				b.SetParallelism(16)
				b.RunParallel(func(pb *testing.PB) {
					for i := 0; pb.Next(); i++ {
						if err := read(i % n); err != nil {
							b.Error(err)
							return
						}
					}
				})
			})
		}
	}
}

// A hundred rows of five columns into structs: from the cache, by pgx from the same
// wire bytes in memory, and from the database over loopback.
func BenchmarkRows(b *testing.B) {
	bn := newBench(b, nil, manyItems)
	const q = "SELECT id, name, price, stock, sold FROM items ORDER BY id"
	run := func(query func() (pgx.Rows, error)) func(*testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				rows, err := query()
				if err != nil {
					b.Fatal(err)
				}
				if n := scanItems(b, rows); n != 100 {
					b.Fatal(n)
				}
			}
		}
	}
	b.Run("from=cache", run(func() (pgx.Rows, error) { return bn.pool.Query(bn.ctx, q) }))
	b.Run("from=memory", run(inMemory(bn, q)))
	b.Run("from=database", run(func() (pgx.Rows, error) { return bn.bare.Query(bn.ctx, q) }))
}

func scanItems(b *testing.B, rows pgx.Rows) int {
	items := make([]item, 0, 100)
	for rows.Next() {
		var it item
		if err := rows.Scan(&it.ID, &it.Name, &it.Price, &it.Stock, &it.Sold); err != nil {
			b.Fatal(err)
		}
		items = append(items, it)
	}
	if rows.Err() != nil {
		b.Fatal(rows.Err())
	}
	return len(items)
}

// inMemory returns queries that pgx answers from the wire bytes of q's answer: its own
// rows on its own connection, with no network below it.
func inMemory(bn *bench, q string) func() (pgx.Rows, error) {
	wire := &tape{answer: answer(bn, q)}
	config, err := pgconn.ParseConfig(bn.url)
	bn.check(err)
	conn, err := pgconn.Construct(&pgconn.HijackedConn{
		Conn: wire, TxStatus: 'I', Frontend: pgproto3.NewFrontend(wire, wire), Config: config,
		ParameterStatuses: map[string]string{}, CustomData: map[string]any{},
	})
	bn.check(err)
	types := pgtype.NewMap()
	formats := []int16{1, 1, 1, 1, 1}
	return func() (pgx.Rows, error) {
		return pgx.RowsFromResultReader(types, conn.ExecParams(context.Background(), q, nil, nil, nil, formats)), nil
	}
}

// answer gives the messages that answer q.
func answer(bn *bench, q string) []byte {
	rows, err := bn.bare.Query(bn.ctx, q)
	bn.check(err)
	var fields []pgproto3.FieldDescription
	for _, f := range rows.FieldDescriptions() {
		fields = append(fields, pgproto3.FieldDescription{
			Name: []byte(f.Name), TableOID: f.TableOID, TableAttributeNumber: f.TableAttributeNumber,
			DataTypeOID: f.DataTypeOID, DataTypeSize: f.DataTypeSize, TypeModifier: f.TypeModifier, Format: f.Format,
		})
	}
	messages := []pgproto3.BackendMessage{&pgproto3.ParseComplete{}, &pgproto3.BindComplete{}, &pgproto3.RowDescription{Fields: fields}}
	for rows.Next() {
		var values [][]byte
		for _, v := range rows.RawValues() {
			values = append(values, append([]byte{}, v...))
		}
		messages = append(messages, &pgproto3.DataRow{Values: values})
	}
	bn.check(rows.Err())
	messages = append(messages, &pgproto3.CommandComplete{CommandTag: []byte("SELECT 100")}, &pgproto3.ReadyForQuery{TxStatus: 'I'})
	var wire []byte
	for _, m := range messages {
		wire, err = m.Encode(wire)
		bn.check(err)
	}
	return wire
}

// A tape answers every flush with the same bytes.
type tape struct {
	net.Conn
	answer, rest []byte
}

func (c *tape) Write(b []byte) (int, error) { c.rest = c.answer; return len(b), nil }
func (c *tape) Read(b []byte) (int, error) {
	n := copy(b, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}
func (*tape) SetDeadline(time.Time) error { return nil }
