package parity

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// How the result of a call in a batch is taken.
const (
	byExec = iota
	byQuery
	byRow
	ways
)

// A queue is a batch, and how its results are taken: by callbacks, or by hand up to some that may not be there.
type queue struct {
	list      []string
	number    int
	ways      []int
	callbacks bool
	taken     int
	stops     bool // at the first error
}

// batch is one of anything, half the time of reads alone.
func (p *program) batch(at place) step {
	q := queue{number: p.number()}
	onlyReads := p.IntN(2) == 0
	for range 1 + p.IntN(4) {
		sql := p.statement(at)
		if onlyReads || sql == "" && p.remembers() { // pgx panics for it then
			sql = p.one(p.reads)
		}
		if p.IntN(8) == 0 { // by the simple protocol a call may have several results
			sql += "; " + p.one(p.reads)
		}
		q.list = append(q.list, sql)
		q.ways = append(q.ways, p.IntN(ways))
	}
	q.callbacks, q.taken, q.stops = p.IntN(3) == 0, p.IntN(len(q.list)+2), p.IntN(2) == 0
	return step{fmt.Sprintf("%v: SendBatch %+v", at, q), func(ctx context.Context, s *side) string {
		var b strings.Builder
		results := at.of(s).SendBatch(ctx, q.queued(s, &b))
		if !q.callbacks {
			q.take(results, &b)
		}
		return b.String() + closed + seenError(results.Close())
	}}
}

// closed is what comes before the error of Close.
const closed = "closed: "

// queued is the batch on a side. Its callbacks tell b what they see.
func (q queue) queued(s *side, b *strings.Builder) *pgx.Batch {
	batch := &pgx.Batch{}
	for i, sql := range q.list {
		queued := batch.Queue(s.texts.Replace(sql), arguments(sql, q.number)...)
		switch {
		case !q.callbacks:
		case q.ways[i] == byExec:
			queued.Exec(func(tag pgconn.CommandTag) error {
				fmt.Fprintf(b, "%s; ", tag)
				return nil
			})
		case q.ways[i] == byQuery:
			queued.Query(func(rows pgx.Rows) error {
				fmt.Fprintf(b, "%s; ", seenRows(rows, nil, -1))
				return rows.Err()
			})
		}
	}
	return batch
}

// take takes results by hand.
func (q queue) take(results pgx.BatchResults, b *strings.Builder) {
	for i := range q.taken {
		var err error
		switch q.ways[i%len(q.ways)] {
		case byExec:
			var tag pgconn.CommandTag
			tag, err = results.Exec()
			fmt.Fprintf(b, "%s, %s; ", tag, seenError(err))
		case byQuery:
			var rows pgx.Rows
			rows, err = results.Query()
			fmt.Fprintf(b, "%s; ", seenRows(rows, err, -1))
			err = rows.Err()
		case byRow:
			var v any
			err = results.QueryRow().Scan(&v)
			fmt.Fprintf(b, "%v, %s; ", v, seenError(err))
		}
		if err != nil && q.stops {
			return
		}
	}
}
