//go:build unix

package worker

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/target"
)

// A place is a row of a table.
type place struct{ table, id int }

// transact runs f in a transaction, with a write begun for each of the places, and
// ends them with its outcome.
func (c *client) transact(ctx context.Context, verb history.Verb, places []place,
	f func(s target.Session, writes []history.Pending) (commit bool, err error),
) error {
	pending := make([]history.Pending, len(places))
	for i, p := range places {
		pending[i] = c.begin(p.table, p.id, verb)
	}
	sent := false
	err := c.db.InTx(ctx, func(s target.Session) (commit bool, err error) {
		commit, err = f(s, pending)
		sent = commit && err == nil
		return commit, err
	})
	o := outcome(err, sent)
	if !sent {
		o = history.Aborted
	}
	c.end(o, err, pending...)
	return err
}

// checkOwn reads a row that the transaction has written, which must be there.
func (c *client) checkOwn(ctx context.Context, s target.Session, p place, w history.Pending) error {
	q := c.one(p.table, p.id, verbOwn)
	q.own = true
	begin := history.Now()
	got, err := c.ask(ctx, s, q)
	if err != nil {
		return err
	}
	r := history.Record{
		Kind: history.OwnRead, Outcome: history.Done, Verb: verbOwn, Key: q.want[0], Client: c.number,
		Version: got[0].version, Writer: got[0].writer, Begin: begin, End: history.Now(),
	}
	if got[0].writer != int64(w.ID) {
		r.Outcome = history.Aborted
	}
	c.log.Add(r)
	return nil
}

// updatePair makes a version of both halves of a pair.
func (c *client) updatePair(ctx context.Context) error {
	id := c.row()
	return c.transact(ctx, verbPair, []place{{left, id}, {right, id}}, c.updateAll(ctx, []place{{left, id}, {right, id}}, true))
}

// updateAll returns what updates places in their order.
func (c *client) updateAll(ctx context.Context, places []place, commit bool,
) func(s target.Session, writes []history.Pending) (bool, error) {
	return func(s target.Session, writes []history.Pending) (bool, error) {
		for i, p := range places {
			if _, err := change(ctx, s, updateTexts[p.table], p.id, writes[i]); err != nil {
				return false, err
			}
		}
		i := c.rand.IntN(len(places))
		return commit, c.checkOwn(ctx, s, places[i], writes[i])
	}
}

// updateSeveral makes versions in several tables, and takes some of them back. It
// goes through the rows in an order that all clients keep to, against deadlocks.
func (c *client) updateSeveral(ctx context.Context) error {
	var places []place
	for range 2 + c.rand.IntN(2) {
		places = append(places, place{c.plain(), c.row()})
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(a.table-b.table, a.id-b.id) })
	places = slices.Compact(places)
	return c.transact(ctx, verbSeveral, places, c.updateAll(ctx, places, c.rand.IntN(4) > 0))
}

// readModifyWrite locks a row, reads it again without asking for a lock, which the
// cache may answer, and writes what follows from that. Where that is no version at all,
// because the read was stale, nothing is written: the read has been noted, and a version
// that is made twice would make every later one look stale.
func (c *client) readModifyWrite(ctx context.Context) error {
	p := place{c.plain(), c.row()}
	text := "UPDATE " + tableNames[p.table] + " SET version = $3, op = $2 WHERE id = $1 AND version = $3 - 1 RETURNING version"
	return c.transact(ctx, verbReadModify, []place{p}, func(s target.Session, writes []history.Pending) (bool, error) {
		lock := c.one(p.table, p.id, verbLocked)
		lock.text += " FOR UPDATE"
		if _, err := c.ask(ctx, s, lock); err != nil {
			return false, err
		}
		got, err := c.ask(ctx, s, c.one(p.table, p.id, verbAfterLock))
		if err != nil {
			return false, err
		}
		writes[0].Version(got[0].version + 1)
		_, err = returning(ctx, s, text, p.id, int64(writes[0].ID), got[0].version+1)
		return true, err
	})
}

// takeTurn locks a number that says whose turn it is: what the transaction reads after
// it is what the one before has left.
func takeTurn(ctx context.Context, s target.Session, id int) (int64, error) {
	return returning(ctx, s, "UPDATE turn SET version = version + 1 WHERE id = $1 RETURNING version", id)
}

// copyIn makes a version by COPY, which only pgx has; database/sql inserts it. The
// version is one more than that which it reads, under a lock on another table.
func (c *client) copyIn(ctx context.Context) error {
	p := place{copied, c.row()}
	w := c.begin(p.table, p.id, verbCopy)
	sent := false
	inner := func(s target.Session, copyFrom func(row []any) error) error {
		lock := query{verb: verbLocked, text: "SELECT id FROM turn WHERE id = $1 FOR UPDATE", args: []any{p.id}}
		if err := s.Query(ctx, lock.text, lock.args, func(target.Row) error { return nil }); err != nil {
			return err
		}
		got, err := c.ask(ctx, s, c.one(p.table, p.id, verbAfterLock))
		if err != nil {
			return err
		}
		v := got[0].version + 1
		w.Version(v)
		err = copyFrom([]any{int32(p.id), v, int64(w.ID)})
		sent = err == nil
		return err
	}
	err := c.inTxWithCopy(ctx, inner)
	c.end(outcome(err, sent), err, w)
	return err
}

func (c *client) inTxWithCopy(ctx context.Context, f func(target.Session, func([]any) error) error) error {
	if c.viaSQL() {
		return c.db.InTx(ctx, func(s target.Session) (bool, error) {
			err := f(s, func(row []any) error { return s.Exec(ctx, "INSERT INTO copied VALUES ($1, $2, $3)", row) })
			return true, err
		})
	}
	tx, err := c.pgx.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }() // does nothing after Commit
	err = f(target.PGXTx(tx), func(row []any) error {
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"copied"}, []string{"id", "version", "op"}, pgx.CopyFromRows([][]any{row}))
		return err
	})
	if err != nil {
		return err
	}
	return tx.Commit(ctx)
}
