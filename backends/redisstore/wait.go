package redisstore

import (
	"context"
	"fmt"
	"sync"

	"github.com/redis/go-redis/v9"
)

// sendAndWait is a sender for scripts that ends when enough replicas have what they
// wrote: each node is told WAIT, which counts for the connection it comes through,
// in the same round trip. On a cluster this takes the nodes in hand one by one, so
// the client does not follow a slot that has moved: such a command fails, and finds
// its way the next time.
func (s *Store) sendAndWait(ctx context.Context, cmds []*command) {
	groups := map[*redis.Client][]*command{}
	for _, c := range cmds {
		rdb, err := s.master(ctx, c.Args()[3].(string))
		if err != nil {
			c.SetErr(err)
			continue
		}
		groups[rdb] = append(groups[rdb], c)
	}
	var wg sync.WaitGroup
	for rdb, group := range groups {
		wg.Go(func() { s.sendTo(ctx, rdb, group) })
	}
	wg.Wait()
	for _, c := range cmds {
		if _, moved := redis.IsMovedError(c.Err()); moved && s.cluster != nil {
			s.cluster.ReloadState(ctx)
			return
		}
	}
}

// master returns the client of the server that key lives on.
func (s *Store) master(ctx context.Context, key string) (*redis.Client, error) {
	if s.cluster != nil {
		return s.cluster.MasterForKey(ctx, key)
	}
	return s.rdb.(*redis.Client), nil // New has seen to it
}

// sendTo sends cmds and WAIT to one server. If too few replicas answer in time, the
// commands have failed.
func (s *Store) sendTo(ctx context.Context, rdb *redis.Client, cmds []*command) {
	p := rdb.Pipeline()
	for _, c := range cmds {
		_ = p.Process(ctx, c) // never fails: it is not sent yet
	}
	wait := newCommand(ctx, "wait", s.opts.WaitReplicas, s.opts.WaitTimeout.Milliseconds())
	_ = p.Process(ctx, wait)
	_, _ = p.Exec(ctx) // each command has its own error
	replicas, err := wait.Int()
	if err == nil && replicas < s.opts.WaitReplicas {
		err = fmt.Errorf("%d of %d replicas have it after %v", replicas, s.opts.WaitReplicas, s.opts.WaitTimeout)
	}
	if err == nil {
		return
	}
	for _, c := range cmds {
		if c.Err() == nil {
			c.SetErr(err)
		}
	}
}
