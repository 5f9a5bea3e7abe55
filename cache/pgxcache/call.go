package pgxcache

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gojohnny/gojohnny/cache"
)

// A call is one call of Query or Exec: what the program passed, and what pgx will make
// of it.
type call struct {
	sql  string // as passed, and sent holds the rest
	sent []any

	text         string // what reaches the server, once the rewriter has run
	args         []any
	mode         pgx.QueryExecMode
	way          way
	formats      pgx.QueryResultFormats
	formatsByOID pgx.QueryResultFormatsByOID
	rewriter     pgx.QueryRewriter // which has not run yet
	rewriterAt   int               // its place in sent

	st     cache.Statement
	named  *pgconn.StatementDescription // text is the name of this prepared statement
	coder  *coder                       // which the call is a part of
	sd     *pgconn.StatementDescription // which the key was made with
	looked bool                         // the cache has been asked
	fresh  bool                         // sd has just been described on the connection
	ticket *cache.Ticket
	answer result
	found  *result // the answer, in a batch
}

// A method of pgx takes some options before the arguments.
type method uint8

const (
	batched  method = iota // a rewriter
	executed               // an execution mode, too
	queried                // result formats, too
)

// newCall takes the options off the arguments, as pgx does. The call is done with when
// it is freed.
func (p *Pool) newCall(m method, sql string, sent []any) *call {
	c := p.coders.Load().get()
	q := &c.call
	q.coder, q.mode = c, p.mode // the rest is zero: see coder.free
	q.sql, q.text = sql, sql
	q.sent, q.args = sent, sent
	for len(q.args) > 0 && q.option(m, q.args[0]) {
		q.args = q.args[1:]
	}
	q.way = wayOf(q.mode)
	return q
}

// option takes arg as an option, and reports whether it is one.
func (q *call) option(m method, arg any) bool {
	switch arg := arg.(type) {
	case pgx.QueryRewriter:
		q.rewriter, q.rewriterAt = arg, len(q.sent)-len(q.args)
		return true
	case pgx.QueryExecMode:
		if m >= executed {
			q.mode = arg
			return true
		}
	case pgx.QueryResultFormats:
		if m >= queried {
			q.formats = arg
			return true
		}
	case pgx.QueryResultFormatsByOID:
		if m >= queried {
			q.formatsByOID = arg
			return true
		}
	}
	return false
}

// A rewritten stands in for a QueryRewriter that has run: it runs once, though its
// result is needed before the query is sent.
type rewritten struct {
	sql  string
	args []any
	err  error
}

func (r rewritten) RewriteQuery(context.Context, *pgx.Conn, string, []any) (string, []any, error) {
	return r.sql, r.args, r.err
}

// rewrite runs the call's rewriter. Its error is left to pgx to give.
func (q *call) rewrite(ctx context.Context, conn *pgx.Conn) {
	if q.rewriter == nil {
		return
	}
	var r rewritten
	r.sql, r.args, r.err = q.rewriter.RewriteQuery(ctx, conn, q.text, q.args)
	q.text, q.args = r.sql, r.args
	q.sent = slices.Clone(q.sent)
	q.sent[q.rewriterAt] = r
	q.rewriter = nil
	if r.err != nil {
		q.text = "" // nothing is sent
	}
}

// needsConn reports whether the rewriter may want to see the connection. pgx's own do
// not look at it.
func (q *call) needsConn() bool {
	switch q.rewriter.(type) {
	case nil, pgx.NamedArgs, pgx.StrictNamedArgs:
		return false
	}
	return true
}

// resolve finds the statement of the call, once it is rewritten: what its text says,
// or what was prepared under it as a name.
func (q *call) resolve(ctx context.Context, c *cache.Cache) {
	text := q.text
	if q.named != nil {
		text = q.named.SQL
		q.way = described
	}
	q.st = c.Statement(ctx, text)
}

// unlook takes back that the cache was asked.
func (q *call) unlook() {
	if q.ticket != nil {
		q.ticket.Drop(cache.Reason{Code: cache.UnknownScope})
	}
	q.looked, q.fresh, q.ticket, q.sd, q.found = false, false, nil, nil, nil
	q.way = wayOf(q.mode)
}

// drop frees the call, after giving back its ticket if it has one that has not ended.
func (q *call) drop(r cache.Reason) {
	if q.ticket != nil {
		q.ticket.Drop(r)
	}
	q.free()
}

// reads reports whether the rows of an entry are in the formats that pgx would ask for
// here: a program that registered other types kept them otherwise.
func (q *call) reads(h *head) bool {
	return h.asked || q.way != described || q.formats != nil || q.formatsByOID != nil // else they are part of the key
}

// free gives the coder back, and the call with it, unless rows own it.
func (q *call) free() { q.coder.free() }
