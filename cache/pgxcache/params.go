package pgxcache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The types of a statement's parameters are needed before its arguments can be keyed,
// and a hit has no connection to ask. They are remembered for each text, and what is
// remembered is only a guess: before rows are kept, it is compared with what the
// connection has sent.
//
//	1: reader: remembers that $1 is a date
//	2: admin:  ALTER TABLE ... ALTER COLUMN day TYPE timestamp
//	3: reader: lookup   10:00 of a day, keyed as the day: a miss
//	4: reader: query    on a connection that knows it for a timestamp
//	5: reader: save     the rows of 10:00, where 11:00 finds them
//
// Here step 5 sees another type than step 3 had, and keeps nothing.

// maxHidden bounds what a connection remembers of statements that pgx hides.
const maxHidden = 1000

// remembered returns what is remembered of the call's parameters, or nil. It stays with
// the text, for every pool of the cache.
func (q *call) remembered() *pgconn.StatementDescription {
	if q.named != nil {
		return q.named
	}
	sd, _ := q.st.Hint().(*pgconn.StatementDescription)
	return sd
}

// guess keys the call with what is remembered, where no connection is at hand, and
// reports whether that can be done.
func (p *Pool) guess(q *call) bool {
	if q.typed() {
		q.sd = q.remembered()
		if q.sd == nil || !q.coder.alike(q.sd.ParamOIDs) {
			return false
		}
	} else if len(q.args) > 0 && !q.coder.alike(nil) {
		return false
	}
	q.keyOwn(q.sd)
	return true
}

// typed reports whether the server says what types the call's arguments are.
func (q *call) typed() bool { return q.way == described && len(q.args) > 0 }

// lacksTypes reports whether the call's parameters must be asked for before it can be
// keyed on the connection.
func (l *link) lacksTypes(q *call) bool {
	if !q.typed() {
		return false
	}
	q.sd = q.remembered()
	return q.sd == nil || l.describesFirst(q)
}

// describesFirst reports whether the parameters of a call that is to be kept must be
// asked for before it runs, since pgx will not show them afterwards.
func (l *link) describesFirst(q *call) bool {
	return q.typed() && q.named == nil && !q.fresh &&
		(q.mode != pgx.QueryExecModeCacheStatement || l.pool.tracesPrepare || l.hidden[q.text])
}

// describe asks the server for the call's parameters. A failure is the call's own, with
// the error that it would have had, and fails the transaction it is in.
func (l *link) describe(ctx context.Context, q *call) error {
	// It replaces the session's statement without a name, which pgx uses at once or
	// not at all.
	sd, err := l.conn.PgConn().Prepare(ctx, "", q.text, nil)
	if err != nil {
		if run, startErr := l.session.Start(ctx, q.st, nil); startErr == nil {
			l.end(run, l.outcome(err))
		}
		return err
	}
	q.st.SetHint(sd)
	q.sd, q.fresh = sd, true
	return nil
}

// ran returns the description that pgx has just run the call with, or nil.
func (l *link) ran(q *call) *pgconn.StatementDescription {
	if q.named != nil {
		return l.named[q.text]
	}
	if q.mode == pgx.QueryExecModeCacheStatement && !l.pool.tracesPrepare && !l.hidden[q.text] {
		if sd := l.peek(q.text); sd != nil {
			return sd
		}
		l.hide(q.text)
	}
	if q.fresh {
		return q.sd
	}
	return nil
}

// hide notes that peek does not find a statement on this connection: pgx prepared it
// for a batch.
func (l *link) hide(text string) {
	if len(l.hidden) >= maxHidden {
		clear(l.hidden)
	}
	l.hidden[text] = true
}

// done is a context that is.
var done = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// peek looks into pgx's cache of prepared statements, which it shows to nobody. But
// Prepare of a name that stands there, for that SQL, returns what stands there; and
// with a context that is done it sends nothing. The name is stmtcache.StatementName's.
// Where pgx has come to use another, peek finds nothing.
func (l *link) peek(sql string) *pgconn.StatementDescription {
	digest := sha256.Sum256([]byte(sql))
	sd, err := l.conn.Prepare(done, "stmtcache_"+hex.EncodeToString(digest[:24]), sql)
	if err != nil {
		return nil
	}
	return sd
}

// keyedAsSent reports whether the call, which has just run, was keyed as it was sent.
func (l *link) keyedAsSent(q *call) bool {
	if len(q.args) == 0 {
		return true
	}
	var sd *pgconn.StatementDescription
	if q.typed() {
		if sd = l.ran(q); sd == nil {
			return false
		}
		if q.named == nil && q.sd != sd {
			q.st.SetHint(sd)
		}
	}
	q.key(&q.coder.check, l.conn.TypeMap(), sd)
	return q.coder.check.Equal(&q.coder.args)
}

// learnNamed learns which statements the pool's hooks have prepared under names.
func (l *link) learnNamed(ctx context.Context) error {
	results, err := l.conn.PgConn().Exec(ctx, `SELECT name, statement, array_to_string(parameter_types::oid[], ' ')`+
		` FROM pg_prepared_statements WHERE NOT from_sql`).ReadAll()
	if err != nil {
		return err
	}
	for _, row := range results[0].Rows {
		sd := &pgconn.StatementDescription{Name: string(row[0]), SQL: string(row[1])}
		for word := range strings.FieldsSeq(string(row[2])) {
			oid, err := strconv.ParseUint(word, 10, 32)
			if err != nil {
				return err
			}
			sd.ParamOIDs = append(sd.ParamOIDs, uint32(oid))
		}
		l.name(sd.Name, sd)
	}
	return nil
}

// name remembers that a statement was prepared under a name, on this connection and
// for calls that have none yet.
func (l *link) name(name string, sd *pgconn.StatementDescription) {
	l.named[name] = sd
	l.pool.named.Store(name, sd)
	l.pool.anyNamed.Store(true)
}
