package redisstore

import (
	"context"
	"errors"
	"net"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends/breaker"
)

// A node is one server as one client of it sees it. It stands in the client's way
// as a hook: it counts connections, refuses our commands while the server does not
// answer, and notes on each of them who answered it.
type node struct {
	rdb     *redis.Client
	breaker *breaker.Breaker

	dials atomic.Uint64 // connections made
	known atomic.Pointer[sighting]
}

func newNode(rdb *redis.Client) *node {
	n := &node{rdb: rdb}
	n.breaker = breaker.New(n.ping)
	rdb.AddHook(n)
	return n
}

func (n *node) ping(ctx context.Context) error {
	err := n.rdb.Ping(ctx).Err()
	if errors.Is(err, redis.ErrClosed) {
		return errors.Join(breaker.ErrGone, err)
	}
	return err
}

// A command is one of ours. The zero values of node and began mean that no hook
// has seen it, and that nothing was known of the server when it was sent.
type command struct {
	*redis.Cmd
	node  *node     // that answered
	began *sighting // of the node, before the command was sent
}

func newCommand(ctx context.Context, args ...any) *command {
	return &command{Cmd: redis.NewCmd(ctx, args...)}
}

// DialHook implements redis.Hook. A connection counts before anything is sent
// through it.
func (n *node) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := next(ctx, network, addr)
		if err == nil {
			n.dials.Add(1)
		}
		return conn, err
	}
}

// ProcessHook implements redis.Hook.
func (n *node) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c, ours := cmd.(*command)
		if !ours {
			return next(ctx, cmd)
		}
		if err := n.breaker.Allow(); err != nil {
			c.SetErr(err)
			return err
		}
		c.node, c.began = n, n.current()
		err := next(ctx, cmd)
		n.record(err)
		return err
	}
}

// ProcessPipelineHook implements redis.Hook. A pipeline is all ours or not at all.
func (n *node) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if _, ours := cmds[0].(*command); !ours {
			return next(ctx, cmds)
		}
		if err := n.breaker.Allow(); err != nil {
			for _, cmd := range cmds {
				cmd.SetErr(err)
			}
			return err
		}
		began := n.current()
		for _, cmd := range cmds {
			c := cmd.(*command)
			c.node, c.began = n, began
		}
		err := next(ctx, cmds)
		n.record(err)
		return err
	}
}

// record tells the breaker how a call ended. A server that answers with an error
// answers, unless it says that it cannot serve now: the client has retried those
// for a while already.
func (n *node) record(err error) {
	var reply redis.Error
	switch {
	case errors.Is(err, context.Canceled): // says nothing about the server
	case redis.IsLoadingError(err), redis.IsMasterDownError(err), redis.IsClusterDownError(err), redis.IsMaxClientsError(err):
		n.breaker.Failure()
	case err == nil, errors.As(err, &reply):
		n.breaker.Success()
	default:
		n.breaker.Failure()
	}
}
