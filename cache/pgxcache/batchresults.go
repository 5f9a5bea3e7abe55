package pgxcache

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
)

// batchResults are pgx.BatchResults, of which the cache may have given some. They end
// the batch's run when they are closed.
type batchResults struct {
	*batch
	inner pgx.BatchResults // of what was sent; nil: nothing was
	tx    *Tx              // which the batch began; it releases the connection

	ctx     context.Context
	link    *link
	run     cache.Run
	release func()
	kept    [][]byte // the payloads of calls with a ticket, by call; nil: none yet

	next   int                      // the call whose result is next
	last   interface{ Err() error } // the result that was given last; nil: none
	err    error
	closed bool
}

var (
	errBatchClosed = errors.New("batch already closed")
	errNoMore      = errors.New("no more results in batch")
)

// Exec is pgx.BatchResults' Exec.
func (br *batchResults) Exec() (pgconn.CommandTag, error) {
	q, err := br.turn()
	switch {
	case err != nil:
		return pgconn.CommandTag{}, err
	case q.found != nil:
		return q.found.tag(), nil
	case q.ticket == nil:
		tag, err := br.inner.Exec()
		br.last = errRows{err}
		return tag, err
	}
	rows, _ := br.record(q) // their Err gives it
	rows.Close()
	br.last = rows
	return rows.CommandTag(), rows.Err()
}

// Query is pgx.BatchResults' Query.
func (br *batchResults) Query() (pgx.Rows, error) {
	q, err := br.turn()
	if err != nil {
		return errRows{err}, err
	}
	rows, err := br.rows(q)
	br.last = rows
	return rows, err
}

// rows returns the result of q, whose turn it is.
func (br *batchResults) rows(q *call) (pgx.Rows, error) {
	switch {
	case q.found != nil:
		br.calls[br.next-1] = nil // the rows own it
		return newReplay(*q.found, q.coder, nil), nil
	case q.ticket == nil:
		rows, err := br.inner.Query()
		return exposing{rows, br.link}, err
	}
	return br.record(q)
}

// QueryRow is pgx.BatchResults' QueryRow.
func (br *batchResults) QueryRow() pgx.Row {
	rows, _ := br.Query() // Scan gives it
	return newRow(rows)
}

// turn returns the call whose result is next. Where there is none and pgx knows it, the
// error is pgx's.
func (br *batchResults) turn() (*call, error) {
	br.stop()
	switch {
	case br.err != nil:
		return nil, br.err
	case br.closed:
		return nil, errBatchClosed
	case br.next < len(br.calls):
		br.next++
		return br.calls[br.next-1], nil
	case br.inner == nil:
		return nil, errNoMore
	case wayOf(br.mode) == described:
		_, err := br.inner.Exec()
		return nil, err
	}
	return new(call), nil // of several statements in one call each has a result by the simple protocol: pgx has it, or an error
}

// stop ends the batch where pgx would, so that no hit follows an error: where a query failed and, in the modes that
// use a pipeline, where the rows of one could not be scanned.
func (br *batchResults) stop() {
	if br.err != nil || br.last == nil {
		return
	}
	err := br.last.Err()
	var server *pgconn.PgError
	if wayOf(br.mode) == described || errors.As(err, &server) || br.link != nil && br.link.conn.IsClosed() {
		br.err = err
	}
}

// record reads a result to its end, to be kept when the batch has ended well.
func (br *batchResults) record(q *call) (pgx.Rows, error) {
	rows, err := br.inner.Query()
	if err != nil {
		return errRows{err}, err
	}
	// The call, with its coder, is needed until the batch ends.
	c := br.link.pool.coders.Load().get()
	rec := recording{fields: rows.FieldDescriptions()}
	if !rec.read(rows, q.ticket.MaxLen()) {
		q.ticket.Drop(cache.Reason{Code: cache.TooLarge})
		return &live{rows: rows, before: rec.replay(c, nil)}, nil
	}
	rec.tag = rows.CommandTag()
	if rows.Err() == nil {
		if br.kept == nil {
			br.kept = make([][]byte, len(br.calls))
		}
		br.kept[br.next-1] = rec.appendTo(q.ticket.Buffer(rec.size()))
	}
	return rec.replay(c, rows.Err()), nil
}

// Close is pgx.BatchResults' Close.
func (br *batchResults) Close() error {
	if br.stop(); br.closed {
		return br.err
	}
	for ; br.err == nil && br.next < len(br.calls); br.stop() {
		if callback := br.callbacks[br.next]; callback != nil {
			br.err = callback(br)
		} else {
			_, _ = br.Exec() // stop finds the error
		}
	}
	br.closed = true
	if br.inner == nil {
		br.drop(cache.Reason{}) // no call has a ticket
		return br.err
	}
	err := br.inner.Close()
	if br.err == nil {
		br.err = err
	}
	br.finish(err)
	return br.err
}

// finish ends the run by what the server answered, and keeps what may be kept.
func (br *batchResults) finish(err error) {
	l := br.link
	l.vacate(br)
	l.end(br.run, l.outcome(err))
	for i, q := range br.calls {
		if q == nil || q.ticket == nil || br.kept == nil || br.kept[i] == nil {
			continue
		}
		if err == nil && l.keyedAsSent(q) {
			q.ticket.Save(br.ctx, br.kept[i])
		}
	}
	br.drop(cache.Reason{Code: cache.QueryFailed})
	if br.tx != nil && l.conn.PgConn().TxStatus() == 'I' {
		br.tx.closed = true // as pgx closes it; its Rollback releases the connection
	}
	br.release()
}

// abandon ends the run of a batch that nobody closed before the connection was
// released.
func (br *batchResults) abandon() {
	br.link.vacate(br)
	br.run.End(invalidation.Unknown)
	br.drop(cache.Reason{Code: cache.QueryFailed})
	br.release = func() {}
}

// Tx is pgx.BatchResults' Tx.
func (br *batchResults) Tx() pgx.Tx {
	if br.tx == nil {
		return nil
	}
	return br.tx
}

// exposing are rows that lead to their connection, which is then followed no more.
type exposing struct {
	pgx.Rows
	link *link
}

func (r exposing) Conn() *pgx.Conn { return r.link.expose() }
