package pgxcache

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A live is the rows of a query that ran, read from the server. Its end is the end of
// the run: the fence of an INSERT ... RETURNING is lifted then, and the connection is
// released.
type live struct {
	rows    pgx.Rows
	link    *link // nil once the connection is somebody else's
	run     cache.Run
	release func()

	before *replay // rows that were read already; nil: none are left
	err    error   // of the rows' reader, not of the query
}

// record reads the rows to their end, for an entry, and returns them. What turns out
// too large is read no further: the caller gets what there is, and then the rest.
func (r *live) record(ctx context.Context, q *call) pgx.Rows {
	rec := recording{fields: r.rows.FieldDescriptions()}
	if !rec.read(r.rows, q.ticket.MaxLen()) {
		q.ticket.Drop(cache.Reason{Code: cache.TooLarge})
		r.before = rec.replay(q.coder, nil)
		return r
	}
	err := r.rows.Err()
	if err != nil {
		if kept := q.kept(ctx); kept != nil {
			r.finish(err)
			return kept
		}
	}
	rec.tag = r.rows.CommandTag()
	asSent := err == nil && r.link.keyedAsSent(q)
	rows := rec.replay(q.coder, err)
	ticket := q.ticket
	payload := rec.appendTo(ticket.Buffer(rec.size()))
	r.finish(err)
	switch {
	case err != nil:
		ticket.Drop(cache.Reason{Code: cache.QueryFailed})
	case !asSent:
		ticket.Drop(cache.Reason{Code: cache.ArgumentType, Detail: "the types of the parameters have changed"})
	default:
		ticket.Save(ctx, payload)
	}
	return rows
}

// read records rows to their end, or until they are larger than limit, which it
// reports.
func (r *recording) read(rows pgx.Rows, limit int) (all bool) {
	for rows.Next() {
		r.add(rows.RawValues())
		if len(r.rows) > limit {
			return false
		}
	}
	return true
}

// replay returns the rows as far as they were read, and then fail.
func (r *recording) replay(c *coder, fail error) *replay {
	head := newHead(slices.Clone(r.fields))
	return newReplay(result{head: head, data: appendTag(r.rows, r.tag), count: r.count}, c, fail)
}

// Close ends the rows, and the run.
func (r *live) Close() {
	r.rows.Close()
	r.dropBefore()
	r.finish(r.rows.Err())
}

// finish ends the run once, by what the query answered, and releases the connection.
func (r *live) finish(err error) {
	if r.link == nil {
		return
	}
	l := r.link
	r.link = nil
	l.vacate(r)
	if r.err != nil {
		l.end(r.run, l.remains())
	} else {
		l.end(r.run, l.outcome(err))
	}
	r.release()
}

// abandon ends the run of rows that nobody closed before the connection was released:
// what the server makes of it, nobody will know.
func (r *live) abandon() {
	l := r.link
	r.link = nil
	l.vacate(r)
	r.run.End(invalidation.Unknown)
}

func (r *live) dropBefore() {
	if r.before != nil {
		r.before.Close()
		r.before = nil
	}
}

func (r *live) Next() bool {
	if r.before != nil && r.before.Next() {
		return true
	}
	r.dropBefore()
	if r.rows.Next() {
		return true
	}
	r.Close()
	return false
}

// current is where the current row is.
func (r *live) current() pgx.Rows {
	if r.before != nil {
		return r.before
	}
	return r.rows
}

func (r *live) Scan(dest ...any) error {
	err := r.current().Scan(dest...)
	if err != nil {
		r.err = err
		r.Close()
	}
	return err
}

func (r *live) Values() ([]any, error) {
	values, err := r.current().Values()
	if err != nil {
		r.err = err
		r.Close()
	}
	return values, err
}

func (r *live) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.rows.Err()
}

func (r *live) RawValues() [][]byte                          { return r.current().RawValues() }
func (r *live) CommandTag() pgconn.CommandTag                { return r.rows.CommandTag() }
func (r *live) FieldDescriptions() []pgconn.FieldDescription { return r.rows.FieldDescriptions() }
func (r *live) TypeMap() *pgtype.Map                         { return r.rows.TypeMap() }

// Conn returns the connection, which is followed no more, or nil once the rows are
// closed.
func (r *live) Conn() *pgx.Conn {
	if r.link == nil {
		return nil
	}
	return r.link.expose()
}
