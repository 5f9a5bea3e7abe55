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
	limit := q.ticket.MaxRows()
	payload := appendFields(nil, r.rows.FieldDescriptions())
	for r.rows.Next() {
		payload = appendRow(payload, r.rows.RawValues())
		if len(payload) > limit {
			q.ticket.Drop(cache.Reason{Code: cache.TooLarge})
			r.before = recorded(payload, pgconn.CommandTag{}, q.coder, nil)
			return r
		}
	}
	err, tag := r.rows.Err(), r.rows.CommandTag()
	asSent := err == nil && r.link.keyedAsSent(q)
	r.finish(err)
	switch {
	case err != nil:
		q.ticket.Drop(cache.Reason{Code: cache.QueryFailed})
	case !asSent:
		q.ticket.Drop(cache.Reason{Code: cache.ArgumentType, Detail: "the types of the parameters have changed"})
	default:
		// Those who wait for these bytes may read them for long; the program that
		// ran the query may write to its own.
		q.ticket.Save(ctx, appendTag(slices.Clone(payload), tag))
	}
	return recorded(payload, tag, q.coder, err)
}

// recorded returns the rows of a payload that was written here and has no end yet.
func recorded(payload []byte, tag pgconn.CommandTag, c *coder, fail error) *replay {
	r, _ := parsePayload(appendTag(payload, tag)) // whole
	return newReplay(r, c, fail)
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
	r.link, l.reading = nil, nil
	if r.err != nil {
		r.run.End(l.remains())
	} else {
		r.run.End(l.outcome(err))
	}
	r.release()
}

// abandon ends the run of rows that nobody closed before the connection was released:
// what the server makes of it, nobody will know.
func (r *live) abandon() {
	l := r.link
	r.link, l.reading = nil, nil
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
