package redisstore_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// A slicer sends the commands of a pipeline one by one, and lets others do something after
// each: a server may. Reversed, the last goes first: it may, where the first go to other
// servers.
type slicer struct {
	others   func()
	reversed bool
}

func (h slicer) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h slicer) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		h.others()
		return err
	}
}

func (h slicer) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		var errs []error
		cmds = slices.Clone(cmds)
		if h.reversed {
			slices.Reverse(cmds)
		}
		for _, cmd := range cmds {
			errs = append(errs, next(ctx, []redis.Cmder{cmd}))
			h.others()
		}
		return errors.Join(errs...)
	}
}

// TestLookComesAfterEveryFence has somebody advance a tag for as long as not every fence
// stands. The look must have seen the last of that.
//
//	1: writer: look at the epoch      7: what it will write follows from that
//	2: other:  advance the epoch      7 -> 8: finds no fence of the writer's
//	3: writer: fence orders           the writer does not know of 8
func TestLookComesAfterEveryFence(t *testing.T) {
	server, cluster := testservers.NewRedis(t), testservers.NewRedisCluster(t, 3)
	one := func(t *testing.T) redis.UniversalClient { return dial(t, server) }
	for name, c := range map[string]struct {
		dial                  func(*testing.T) redis.UniversalClient
		scriptsLost, reversed bool
	}{
		"OneServer":   {dial: one},
		"ScriptsLost": {dial: one, scriptsLost: true},
		"Cluster":     {dial: func(t *testing.T) redis.UniversalClient { return dialCluster(t, cluster) }, reversed: true},
	} {
		t.Run(name, func(t *testing.T) {
			tags, looked := newTags(8), newTags(1)
			rdb := c.dial(t)
			other := open(t, c.dial(t), nil)
			fenced := func() bool {
				return !slices.ContainsFunc(load(t, other, tags), func(s backends.TagState) bool { return !s.Fenced })
			}
			s := open(t, rdb, nil)
			load(t, s, append(looked, tags...))
			if c.scriptsLost {
				must(t, rdb.ScriptFlush(t.Context()).Err())
			}
			rdb.AddHook(slicer{reversed: c.reversed, others: func() {
				if !fenced() {
					must(t, other.Advance(t.Context(), looked))
				}
			}})
			got, err := s.FenceAndLook(t.Context(), tags, backends.NewToken(), hour, looked[0])
			must(t, err)
			if want := load(t, other, looked)[0]; got != want {
				t.Errorf("got %+v; want %+v, which it was before every fence stood", got, want)
			}
			if !fenced() {
				t.Error("a tag is not fenced")
			}
		})
	}
}
