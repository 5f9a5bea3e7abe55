//go:build unix

package worker

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
)

// outcome is what is known of a write by its error. sent says that the statement, or
// the COMMIT, had been sent when the error came.
func outcome(err error, sent bool) history.Outcome {
	var answer *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case err == nil:
		return history.Done
	case !sent, errors.Is(err, invalidation.ErrRefused), errors.Is(err, pgx.ErrTxCommitRollback):
		return history.Aborted
	case errors.As(err, &connect), errors.Is(err, pgx.ErrTxClosed),
		// pgx 5.12 says "conn closed" of a COMMIT, too, whose answer was lost.
		pgconn.SafeToRetry(err) && !errors.Is(err, pgconn.ErrConnClosed):
		return history.Aborted // nothing was sent
	case errors.As(err, &answer) && !cache.MayFollowCommit(answer.Code):
		return history.Aborted
	}
	return history.Unknown
}

// end notes what became of writes that were one.
func (p *program) end(o history.Outcome, err error, writes ...history.Pending) {
	for _, w := range writes {
		w.End(o)
		if o == history.Unknown {
			p.mu.Lock()
			p.open = append(p.open, Open{w.ID, err.Error()})
			p.mu.Unlock()
		}
	}
}

// A Blame says whose fault the failure of a read is: it is in the Version of its
// record.
type Blame int64

// The blames.
const (
	Unclear  Blame = iota // a connection was lost or nobody answered in time
	Database              // the database said so, or could not be reached
	Cache                 // it speaks of the store
)

// blame finds out whose fault an error is.
func (p *program) blame(err error) Blame {
	var answer *pgconn.PgError
	var connect *pgconn.ConnectError
	var network *net.OpError
	text := err.Error()
	switch {
	case errors.As(err, &answer), errors.As(err, &connect):
		return Database
	case errors.As(err, &network) && network.Addr != nil && strings.HasSuffix(network.Addr.String(), portOf(p.bare)):
		return Database
	}
	for _, word := range []string{"redis", "memcache", "memstore", "tiered", "invalidation", "cache:"} {
		if strings.Contains(text, word) {
			return Cache
		}
	}
	return Unclear
}

func portOf(c *pgx.ConnConfig) string { return net.JoinHostPort("", strconv.Itoa(int(c.Port))) }

// fail notes a read that failed.
func (c *client) fail(ctx context.Context, begin int64, verb history.Verb, err error) {
	r := history.Record{
		Kind: history.Failure, Verb: verb, Client: c.number, Begin: begin, End: history.Now(),
		Version: int64(c.blame(err)),
	}
	if ctx.Err() != nil {
		r.Outcome = history.Canceled
	} else if Blame(r.Version) != Database {
		c.note(Failed{Text: err.Error(), Begin: begin, End: r.End, Blame: Blame(r.Version)})
	}
	c.log.Add(r)
}

// A Failed is the failure of a read that is not plainly the database's.
type Failed struct {
	Text       string
	Begin, End int64
	Blame      Blame
}

// maxFailed is how many errors are told of in a second.
const maxFailed = 5

func (p *program) note(f Failed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.failed) < maxFailed {
		p.failed = append(p.failed, f)
	}
}
