package redisstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// A call is one run of a script.
type call struct {
	keys []string
	args []any
}

// perCall is how many of n keys one call may have: on a cluster they live in
// different places.
func (s *Store) perCall(n int) int {
	if s.cluster != nil {
		return 1
	}
	return n
}

// run calls a script, all calls in one round trip made by send, and returns the
// commands if none of them failed.
func run(ctx context.Context, send sender, sc *script, calls []call) ([]*command, error) {
	cmds := make([]*command, len(calls))
	for i, c := range calls {
		cmds[i] = c.command(ctx, "evalsha", sc.digest)
	}
	send(ctx, cmds)
	var unknown []*command
	for i, c := range cmds {
		if redis.HasErrorPrefix(c.Err(), "NOSCRIPT") {
			cmds[i] = calls[i].command(ctx, "eval", sc.source)
			unknown = append(unknown, cmds[i])
		}
	}
	if len(unknown) > 0 {
		send(ctx, unknown)
	}
	for _, c := range cmds {
		if err := c.Err(); err != nil {
			return nil, err
		}
	}
	return cmds, nil
}

func (c call) command(ctx context.Context, name, script string) *command {
	args := make([]any, 0, 3+len(c.keys)+len(c.args))
	args = append(args, name, script, len(c.keys))
	for _, k := range c.keys {
		args = append(args, k)
	}
	cmd := newCommand(ctx, append(args, c.args...)...)
	cmd.SetFirstKeyPos(3)
	return cmd
}

// A sender sends commands. What became of them, they say themselves.
type sender func(ctx context.Context, cmds []*command)

// send is a sender that takes one round trip to each node.
func (s *Store) send(ctx context.Context, cmds []*command) {
	if len(cmds) == 1 {
		_ = s.rdb.Process(ctx, cmds[0]) // the command has it too
		return
	}
	p := s.rdb.Pipeline()
	for _, c := range cmds {
		_ = p.Process(ctx, c) // never fails: it is not sent yet
	}
	_, _ = p.Exec(ctx) // an error of one of the commands, which have theirs
}

var errUnseen = errors.New("the client runs commands past its hooks")

// witness is c's, after a look whether a hook has seen it.
func (s *Store) witness(ctx context.Context, c *command) (incarnation, error) {
	if c.node == nil {
		return incarnation{}, s.adoptAll(ctx)
	}
	return c.witness(ctx)
}

// adoptAll makes nodes of the servers of a cluster that the client knew before it
// was given to New.
func (s *Store) adoptAll(ctx context.Context) error {
	if s.cluster == nil {
		return errUnseen
	}
	err := s.cluster.ForEachMaster(ctx, func(_ context.Context, c *redis.Client) error {
		s.adopt(c)
		return nil
	})
	if err != nil {
		return fmt.Errorf("list the nodes: %w", err)
	}
	return errAgain
}
