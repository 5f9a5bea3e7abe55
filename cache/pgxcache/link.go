package pgxcache

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A link is what is known of one physical connection, for as long as it lives: what a
// SET has changed, one user of the pool leaves to the next. It is kept in the
// connection's own custom data, and dies with it. Like the connection it is for one
// goroutine at a time.
type link struct {
	pool    *Pool
	conn    *pgx.Conn
	session *cache.Session

	// named are the statements that were prepared under a name of the program's,
	// which pgx takes in place of SQL.
	named     map[string]*pgconn.StatementDescription
	forgotten bool // they are to be learned again

	hidden map[string]bool // the texts of statements that peek does not find

	reading abandoner // the run that the server is at; nil: none
	exposed bool      // the program has had conn itself in its hands
}

// An abandoner is a run that ends when the program ends it, or else abandons its connection.
type abandoner interface{ abandon() }

// occupy notes that the server is at r, unless it is at another run still: then it is not sent r,
// and the other one must not be forgotten.
func (l *link) occupy(r abandoner) {
	if l.reading == nil {
		l.reading = r
	}
}

// vacate notes that r has ended.
func (l *link) vacate(r abandoner) {
	if l.reading == r {
		l.reading = nil
	}
}

// linkOf returns the link of a connection that was just acquired.
func (p *Pool) linkOf(ctx context.Context, conn *pgx.Conn) *link {
	data := conn.PgConn().CustomData()
	if l, ok := data[p.id].(*link); ok {
		l.acquired(ctx)
		return l
	}
	l := &link{pool: p, conn: conn, named: map[string]*pgconn.StatementDescription{}, hidden: map[string]bool{}}
	l.session = p.source.NewSession(l.ask)
	l.session.Connected()
	l.session.NoWait()
	data[p.id] = l
	if p.hooks.any {
		p.coders.Store(newCoders(conn.TypeMap()))
		if err := l.learnNamed(ctx); err != nil {
			l.session.Lose()
		}
	}
	if p.hooks.before {
		l.session.Lose()
	}
	return l
}

// acquired follows what may have happened since the connection was released: the
// hooks of the pool had it.
func (l *link) acquired(ctx context.Context) {
	if l.session.InTransaction() {
		l.session.RolledBack() // pgxpool keeps no connection with an open transaction
	}
	if l.forgotten {
		l.forgotten = l.learnNamed(ctx) != nil
	}
	switch {
	case l.pool.hooks.before:
		l.session.Lose()
	case l.pool.hooks.after:
		l.session.Reset()
	}
}

// ask is the session's probe. It passes the tracers by: it is no query of the
// program's.
func (l *link) ask(ctx context.Context, query string) ([]string, error) {
	rows, err := askAll(ctx, l.conn, query)
	if err != nil {
		return nil, err
	}
	switch len(rows) {
	case 0:
		return nil, nil
	case 1:
		return rows[0], nil
	}
	return nil, errors.New("pgxcache: the probe brought more than one row")
}

// expose hands out the connection itself, which is then followed no more. Names may
// come to mean other statements.
func (l *link) expose() *pgx.Conn {
	l.exposed = true
	l.session.Lose()
	l.forgotten = l.forgotten || len(l.named) > 0
	clear(l.named)
	return l.conn
}

// released says that the program is done with the connection.
func (l *link) released() {
	if l.reading != nil {
		l.reading.abandon()
	}
	if l.exposed {
		l.exposed = false
		l.pool.coders.Store(newCoders(l.conn.TypeMap())) // it may know more types now
	}
}

// outcome says what became of a statement that pgx answered with err, which is nobody
// else's error: not that of a scan or a callback.
//
// That nothing was sent is believed only of a connection that lives. Where one is lost
// while the answer to a simple query is awaited, such as COMMIT, pgx 5.12 says "conn
// closed", and that it is safe to retry ([pgconn.MultiResultReader.NextResult] looks at
// the next message, drops the error, and finds the connection closed):
//
//	1: writer: fence, COMMIT   sent
//	2: network: cut            the database commits; its answer is lost
//	3: writer: "conn closed"   a lift without an advance, and every older entry is a hit again
func (l *link) outcome(err error) invalidation.Outcome {
	var server *pgconn.PgError
	switch {
	case err == nil:
		return invalidation.Committed
	case errors.Is(err, pgx.ErrTxCommitRollback), errors.Is(err, pgx.ErrTxClosed),
		pgconn.SafeToRetry(err) && !l.conn.IsClosed():
		return invalidation.RolledBack
	case errors.As(err, &server) && !ends(server) && !cache.MayFollowCommit(server.Code):
		return invalidation.RolledBack
	}
	return l.remains()
}

// remains says what became of a statement whose end nobody reports: a value could not
// be encoded, or a row not be read, or the error may have come after the commit. pgx
// closes a connection that it stopped waiting for. On one that is alive nothing is
// under way, and the statement is committed as far as we know: one advance too many
// is safe.
func (l *link) remains() invalidation.Outcome {
	switch {
	case !l.quiet():
		return invalidation.Unknown
	case l.conn.PgConn().TxStatus() == 'E':
		return invalidation.RolledBack
	}
	return invalidation.Committed
}

// ends reports whether the server closes the session with the error.
func ends(e *pgconn.PgError) bool {
	severity := e.SeverityUnlocalized
	if severity == "" { // before PostgreSQL 9.6
		severity = e.Severity
	}
	return severity == "FATAL" || severity == "PANIC"
}

// quiet reports whether the server has answered everything.
func (l *link) quiet() bool {
	pc := l.conn.PgConn()
	return !pc.IsClosed() && !pc.IsBusy()
}

// end ends a run.
func (l *link) end(run cache.Run, o invalidation.Outcome) {
	run.End(o)
	if pc := l.conn.PgConn(); !pc.IsClosed() {
		l.session.Confirm(pc.TxStatus() != 'I', pc.TxStatus() == 'E')
	}
}

// follow runs a statement that pgx sends by itself, whose text stands for it.
func (l *link) follow(ctx context.Context, text string, send func() error) error {
	return l.run(ctx, l.pool.cache.Statement(ctx, text), send)
}

// run sends a statement, between its start and its end for the cache.
func (l *link) run(ctx context.Context, st cache.Statement, send func() error) error {
	run, err := l.session.Start(ctx, st, nil)
	if err != nil {
		return err
	}
	answered := false
	defer func() {
		if !answered { // a tracer or a value of the program's panicked
			run.End(invalidation.Unknown)
		}
	}()
	err = send()
	answered = true
	l.end(run, l.outcome(err))
	return err
}
