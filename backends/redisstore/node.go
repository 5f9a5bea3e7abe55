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

func newNode(rdb *redis.Client, breakers *breaker.Group) *node {
	n := &node{rdb: rdb}
	n.breaker = breakers.New(n.ping)
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

// A command is one of ours.
type command struct {
	*redis.Cmd
	node  *node     // that answered, or refused; nil if no hook has seen the command
	began *sighting // of the node, from before the command was sent
}

func newCommand(ctx context.Context, args ...any) *command {
	return &command{Cmd: redis.NewCmd(ctx, args...)}
}

// DialHook implements redis.Hook. A connection counts before anything is sent
// through it. A failure is recorded here too: the client makes many of them, for
// seconds, into one of the command's.
func (n *node) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := next(ctx, network, addr)
		if err != nil {
			n.record(err)
			return nil, err
		}
		n.dials.Add(1)
		return conn, nil
	}
}

// ProcessHook implements redis.Hook.
func (n *node) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c, ours := cmd.(*command)
		if !ours {
			return next(ctx, cmd)
		}
		began, err := n.admit(ctx)
		if err != nil {
			c.SetErr(err)
			return err
		}
		c.node, c.began = n, began
		err = next(ctx, cmd)
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
		began, err := n.admit(ctx)
		if err != nil {
			for _, cmd := range cmds {
				cmd.SetErr(err)
			}
			return err
		}
		for _, cmd := range cmds {
			c := cmd.(*command)
			c.node, c.began = n, began
		}
		err = next(ctx, cmds)
		n.record(err)
		return err
	}
}

// admit lets a command pass if the server answered lately, and returns a sighting
// of it.
func (n *node) admit(ctx context.Context) (*sighting, error) {
	if err := n.breaker.Allow(); err != nil {
		return nil, err
	}
	if s := n.known.Load(); s != nil {
		return s, nil
	}
	s, err := n.look(ctx)
	n.record(err)
	return s, err
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
