package redisstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
)

// maxLoads is how often a Load starts when the server does not stay the same from
// its beginning to its end.
const maxLoads = 4

// Load implements [backends.Store]. It is one round trip: an MGET, or on a cluster
// one pipeline to each node that holds one of the keys. A second one follows where
// a tag is new, or lost, or fenced: only the server knows whether a lease ran out.
func (s *Store) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	if len(states) != len(tags) {
		return nil, fmt.Errorf("redisstore: load: %d states for %d tags", len(states), len(tags))
	}
	keys, err := s.tagKeys(tags)
	if err != nil {
		return nil, fmt.Errorf("redisstore: load: %w", err)
	}
	keys = append(keys, s.entryKey(key))
	for range maxLoads {
		var entry []byte
		if entry, err = s.load(ctx, keys, states); err == nil {
			return entry, nil
		}
		if !errors.Is(err, errAgain) {
			break
		}
	}
	return nil, fmt.Errorf("redisstore: load: %w", err)
}

// load is one try of Load.
func (s *Store) load(ctx context.Context, keys []string, states []backends.TagState) (entry []byte, err error) {
	replies, err := s.get(ctx, keys)
	if err != nil {
		return nil, err
	}
	var open []unsettled
	for i := range states {
		inc, settled, err := s.judge(ctx, replies[i], &states[i])
		if err != nil {
			return nil, err
		}
		if !settled {
			open = append(open, unsettled{keys[i], inc, &states[i]})
		}
	}
	if len(open) > 0 {
		if err := s.settle(ctx, open); err != nil {
			return nil, err
		}
	}
	return s.entry(replies[len(states)].value), nil
}

// A reply is what stands at a key, nil if nothing does, and the command that
// brought it.
type reply struct {
	value any
	by    *command
}

// get asks for keys, all at once where one server has them.
func (s *Store) get(ctx context.Context, keys []string) ([]reply, error) {
	replies := make([]reply, len(keys))
	if s.cluster != nil {
		return replies, s.getEach(ctx, keys, replies)
	}
	args := make([]any, len(keys)+1)
	args[0] = "mget"
	for i, k := range keys {
		args[i+1] = k
	}
	c := newCommand(ctx, args...)
	if err := s.rdb.Process(ctx, c); err != nil {
		return nil, err
	}
	values, err := c.Slice()
	if err != nil {
		return nil, err
	}
	if len(values) != len(keys) {
		return nil, fmt.Errorf("MGET of %d keys brought %d values", len(keys), len(values))
	}
	for i, v := range values {
		replies[i] = reply{v, c}
	}
	return replies, nil
}

// getEach fills replies on a cluster, where the client splits a pipeline by node.
func (s *Store) getEach(ctx context.Context, keys []string, replies []reply) error {
	cmds := make([]*command, len(keys))
	for i, k := range keys {
		cmds[i] = newCommand(ctx, "get", k)
	}
	s.send(ctx, cmds)
	for i, c := range cmds {
		v, err := c.Result()
		switch {
		case err == nil:
			replies[i] = reply{v, c}
		case errors.Is(err, redis.Nil):
			replies[i] = reply{nil, c}
		case redis.HasErrorPrefix(err, "WRONGTYPE"): // MGET takes it for nothing
			replies[i] = reply{nil, c}
		default:
			return err
		}
	}
	return nil
}

// judge fills st with the state of a tag and reports whether it is settled: it has
// a generation, begun in this incarnation of the server, and no fence.
func (s *Store) judge(ctx context.Context, r reply, st *backends.TagState) (incarnation, bool, error) {
	inc, err := s.witness(ctx, r.by)
	if err != nil {
		return inc, false, err
	}
	text, _ := r.value.(string)
	t, ours := parseTag(text)
	*st = t.state
	switch {
	case !ours && r.value != nil:
		s.counts.foreign.Add(1)
		return inc, false, nil
	case !ours, t.incarnation == incarnation{}: // new; or fenced before the first load
		return inc, false, nil
	case t.incarnation == inc:
		return inc, !t.state.Fenced, nil
	}
	// The server is another one than began the tag, or not what it was when this
	// process asked. Processes that disagree about that would begin the tag anew
	// by turns.
	now, err := r.by.node.look(ctx)
	if err != nil {
		return inc, false, err
	}
	if now.incarnation != inc {
		return inc, false, errAgain
	}
	s.counts.outlived.Add(1)
	return inc, false, nil
}
