//go:build unix

package worker

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/target"
)

// channel is where a write tells of itself past the cache.
const channel = "versions"

// updateNotify makes a version and tells all processes of it: PostgreSQL delivers the
// notification once the transaction has committed, before or after the writer hears of
// that.
func (c *client) updateNotify(ctx context.Context) error {
	p := place{c.plain(), c.row()}
	return c.transact(ctx, verbNotify, []place{p}, func(s target.Session, writes []history.Pending) (bool, error) {
		v, err := change(ctx, s, updateTexts[p.table], p.id, writes[0])
		if err != nil {
			return false, err
		}
		return true, s.Exec(ctx, fmt.Sprintf("NOTIFY %s, '%d %d %d %d'", channel, p.table, p.id, v, writes[0].ID), nil)
	})
}

// listen hears of versions and reads each at once.
func (c *client) listen(ctx context.Context) {
	for ctx.Err() == nil {
		_ = c.listenOnce(ctx) // the connection was lost, or the database is down
		pause(ctx, 50*time.Millisecond)
	}
}

func (c *client) listenOnce(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, c.bare)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // it may be lost already
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		c.hear(ctx, n.Payload, history.Now())
	}
}

// hear notes that a version is known and reads it, by either API.
func (c *client) hear(ctx context.Context, payload string, now int64) {
	var p place
	var v, writer int64
	if _, err := fmt.Sscan(payload, &p.table, &p.id, &v, &writer); err != nil {
		panic(fmt.Sprintf("worker: notification %q: %v", payload, err))
	}
	c.log.Add(history.Record{
		Kind: history.Heard, Outcome: history.Done, Verb: verbHeard, Key: c.cfg.Mix.key(p.table, p.id), Client: c.number,
		Version: v, Writer: writer, Begin: now, End: now,
	})
	c.reads.Add(1)
	s := target.SQL(c.sql)
	if c.rand.IntN(2) == 0 {
		s = target.PGX(c.pgx)
	}
	_, _ = c.ask(ctx, s, c.one(p.table, p.id, verbAfterHeard)) // has been noted
}
