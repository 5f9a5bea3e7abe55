//go:build unix

package worker

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
)

// batch sends two updates and a read at once, which is one transaction. database/sql
// has no batches: there it is an update.
func (c *client) batch(ctx context.Context) error {
	if c.viaSQL() {
		return c.update(ctx)
	}
	id := c.row()
	a, b := place{reg0 + c.rand.IntN(2), id}, place{reg2 + c.rand.IntN(2), id} // in an order, against deadlocks
	read := c.one(left, c.row(), verbBatchRead)
	wa, wb := c.begin(a.table, a.id, verbBatch), c.begin(b.table, b.id, verbBatch)
	begin := history.Now()

	var va, vb int64
	var got found
	var batch pgx.Batch
	batch.Queue(updateTexts[a.table], a.id, int64(wa.ID)).QueryRow(func(r pgx.Row) error { return r.Scan(&va) })
	batch.Queue(read.text, read.args...).QueryRow(func(r pgx.Row) error { return r.Scan(new(int), &got.version, &got.writer) })
	batch.Queue(updateTexts[b.table], b.id, int64(wb.ID)).QueryRow(func(r pgx.Row) error { return r.Scan(&vb) })
	err := c.pgx.SendBatch(ctx, &batch).Close()

	wa.Version(va)
	wb.Version(vb)
	c.end(outcome(err, true), err, wa, wb)
	if err == nil {
		c.log.Add(history.Record{
			Kind: history.Read, Outcome: history.Done, Verb: verbBatchRead, Key: read.want[0], Client: c.number,
			Version: got.version, Writer: got.writer, Begin: begin, End: history.Now(),
		})
	}
	return err
}
