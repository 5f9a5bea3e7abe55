package redisstore

import (
	"context"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// FenceAndLook implements [backends.Looker]. On one server it is one round trip, since that
// works off what one connection sends in its order; on a cluster, and with
// Options.WaitReplicas, a second one follows.
func (s *Store) FenceAndLook(ctx context.Context, tags []string, w backends.Token, lease time.Duration, tag string) (backends.TagState, error) {
	look := s.looking(tag)
	if err := s.fence(ctx, look.send, tags, w, lease); err != nil {
		return backends.TagState{}, err
	}
	return look.state(ctx)
}

// LiftAndLook implements [backends.Looker], as FenceAndLook.
func (s *Store) LiftAndLook(ctx context.Context, tags []string, w backends.Token, advance bool, tag string) (backends.TagState, error) {
	look := s.looking(tag)
	if err := s.lift(ctx, look.send, tags, w, advance); err != nil {
		return backends.TagState{}, err
	}
	return look.state(ctx)
}

// A look asks for a tag behind every script that it sends.
type look struct {
	s   *Store
	tag string
	get *command // the latest; nil: none was sent
}

func (s *Store) looking(tag string) *look { return &look{s: s, tag: tag} }

// send is a sender.
func (l *look) send(ctx context.Context, cmds []*command) {
	keys, err := l.s.tagKeys([]string{l.tag})
	if l.s.cluster != nil || l.s.opts.WaitReplicas > 0 || err != nil { // whose error a Load says
		l.s.writer()(ctx, cmds)
		return
	}
	l.get = newCommand(ctx, "get", keys[0])
	l.s.send(ctx, append(cmds, l.get))
}

// state returns what was found. What is not plain, a Load finds out.
func (l *look) state(ctx context.Context) (state backends.TagState, _ error) {
	if l.get != nil && l.get.Err() == nil {
		if _, settled, err := l.s.judge(ctx, reply{l.get.Val(), l.get}, &state); err == nil && settled {
			return state, nil
		}
	}
	return backends.Look(ctx, l.s, l.tag)
}
