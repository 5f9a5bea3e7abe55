//go:build unix

package worker

import (
	"bytes"
	"context"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
)

// AtSend is a point of actors alone: before anything is sent to the database. Between a
// fence and the COMMIT it is behind [AtCommit], where the fence has not returned yet: one
// that took half of its lease is placed again.
const AtSend = "before something is sent to the database"

// watched has connections to the database pass AtSend and AtSent.
func (p *program) watched(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil || p.hook == nil {
			return conn, err
		}
		return watchedConn{conn, p.hook}, nil
	}
}

type watchedConn struct {
	net.Conn
	hook *hookStore
}

// commit is how pgx sends one, by either API.
var commit = []byte("commit\x00")

func (c watchedConn) Write(b []byte) (int, error) {
	c.hook.passes(AtSend)
	n, err := c.Conn.Write(b)
	if bytes.HasSuffix(b, commit) {
		c.hook.passes(AtSent)
	}
	return n, err
}
