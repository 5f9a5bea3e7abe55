//go:build unix

package worker

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/target"
)

// The texts of the reads, by table.
var oneTexts, listTexts [allTables]string

func init() {
	for t, name := range tableNames {
		oneTexts[t] = fmt.Sprintf("SELECT id, version, op FROM %s WHERE id = $1", name)
		listTexts[t] = fmt.Sprintf("SELECT id, version, op FROM %s WHERE id %% 2 = $1 ORDER BY id", name)
	}
	oneTexts[copied] += " ORDER BY version DESC LIMIT 1"
	listTexts[copied] = "SELECT DISTINCT ON (id) id, version, op FROM copied WHERE id % 2 = $1 ORDER BY id, version DESC"
}

const (
	joinText = "SELECT l.id, l.version, l.op, r.version, r.op FROM left_half l JOIN right_half r USING (id) WHERE id = $1"
	viewText = "SELECT id, version, op FROM seen WHERE id = $1"
)

// A query is a read of registers.
type query struct {
	verb history.Verb
	text string
	args []any
	want []uint32 // the registers, in the order of their rows
	join bool     // the row has two of them
	own  bool     // nobody else may know what it returns
}

func (c *client) one(table, id int, verb history.Verb) query {
	return query{verb: verb, text: oneTexts[table], args: []any{id}, want: []uint32{c.cfg.Mix.key(table, id)}}
}

func (c *client) list(table, rest int) query {
	q := query{verb: verbList, text: listTexts[table], args: []any{rest}}
	for id := 1; id <= c.cfg.Mix.Rows; id++ {
		if id%2 == rest {
			q.want = append(q.want, c.cfg.Mix.key(table, id))
		}
	}
	return q
}

func (c *client) join(id int) query {
	return query{
		verb: verbJoin, text: joinText, args: []any{id}, join: true,
		want: []uint32{c.cfg.Mix.key(left, id), c.cfg.Mix.key(right, id)},
	}
}

// A found is what a read returned of one register.
type found struct{ version, writer int64 }

// ask runs a read, notes what it returned, and returns it.
func (c *client) ask(ctx context.Context, s target.Session, q query) ([]found, error) {
	return c.askSince(ctx, s, q, history.Now())
}

// askSince is ask for a read whose snapshot may be as old as begin.
func (c *client) askSince(ctx context.Context, s target.Session, q query, begin int64) ([]found, error) {
	ctx, p := withProbe(ctx)
	some := make([]found, 0, len(q.want))
	err := s.Query(ctx, q.text, q.args, func(row target.Row) error {
		var id int
		var a, b found
		if !q.join {
			err := row.Scan(&id, &a.version, &a.writer)
			some = append(some, a)
			return err
		}
		err := row.Scan(&id, &a.version, &a.writer, &b.version, &b.writer)
		some = append(some, a, b)
		return err
	})
	end := history.Now()
	if err != nil {
		c.fail(ctx, begin, q.verb, err)
		return nil, err
	}
	for len(some) < len(q.want) { // a row that is missing is older than all that were there
		some = append(some, found{})
	}
	if q.own {
		return some, nil
	}
	for i, key := range q.want {
		c.log.Add(history.Record{
			Kind: history.Read, Outcome: history.Done, Source: p.source, Verb: q.verb, Key: key, Client: c.number,
			Version: some[i].version, Writer: some[i].writer, Begin: begin, End: end,
		})
	}
	return some, nil
}

func (c *client) readOne(ctx context.Context) error {
	q := c.one(c.any(), c.row(), verbOne)
	s := c.session(ctx, &q)
	_, err := c.ask(ctx, s, q)
	return err
}

func (c *client) readList(ctx context.Context) error {
	_, err := c.ask(ctx, c.db, c.list(c.any(), c.rand.IntN(2)))
	return err
}

func (c *client) readJoin(ctx context.Context) error {
	_, err := c.ask(ctx, c.db, c.join(c.row()))
	return err
}

func (c *client) readView(ctx context.Context) error {
	q := c.one(reg0, c.row(), verbView)
	q.text = viewText
	_, err := c.ask(ctx, c.db, q)
	return err
}

// session varies how a statement is sent: prepared, or by the simple protocol.
func (c *client) session(ctx context.Context, q *query) target.Session {
	switch n := c.rand.IntN(10); {
	case c.viaSQL() && n < 5:
		if s, err := c.prepared(ctx, q.text); err == nil {
			q.verb = verbPrepared
			return target.Stmt(s)
		}
	case !c.viaSQL() && n < 1:
		q.verb = verbSimple
		q.args = append([]any{pgx.QueryExecModeSimpleProtocol}, q.args...)
	}
	return c.db
}

// readInTx reads twice in a READ COMMITTED transaction, where a read may hit.
func (c *client) readInTx(ctx context.Context) error {
	return c.db.InTx(ctx, func(s target.Session) (bool, error) {
		for range 2 {
			if _, err := c.ask(ctx, s, c.one(c.any(), c.row(), verbTxRead)); err != nil {
				return false, err
			}
		}
		return true, nil
	})
}

// readSnapshot reads twice in a REPEATABLE READ transaction, as of its first read.
func (c *client) readSnapshot(ctx context.Context) error {
	return c.db.InTx(ctx, func(s target.Session) (bool, error) {
		if err := s.Exec(ctx, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", nil); err != nil {
			return false, err
		}
		begin := history.Now()
		for range 2 {
			if _, err := c.askSince(ctx, s, c.one(c.plain(), c.row(), verbSnapshot), begin); err != nil {
				return false, err
			}
		}
		return true, nil
	})
}
