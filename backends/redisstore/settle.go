package redisstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/gojohnny/gojohnny/backends"
)

// An unsettled tag was found without a generation that counts, or with fences.
type unsettled struct {
	key         string
	incarnation incarnation // of the server that said so
	state       *backends.TagState
}

// settle has the server settle tags, and fills their states.
func (s *Store) settle(ctx context.Context, tags []unsettled) error {
	s.counts.settled.Add(1)
	var batches [][]unsettled
	var calls []call
	for batch := range slices.Chunk(tags, s.perCall(len(tags))) {
		batches = append(batches, batch)
		calls = append(calls, s.settleCall(batch))
	}
	cmds, err := run(ctx, s.send, settleScript, calls)
	if err != nil {
		return err
	}
	for i, batch := range batches {
		if err := s.settled(ctx, cmds[i], batch); err != nil {
			return err
		}
	}
	return nil
}

// settleCall makes the call for tags of one server, each with a generation for the
// case that it has none that counts.
func (s *Store) settleCall(tags []unsettled) call {
	c := call{
		keys: make([]string, len(tags)),
		args: []any{tags[0].incarnation[:], s.opts.Quarantine.Microseconds()},
	}
	for i, t := range tags {
		c.keys[i] = t.key
		c.args = append(c.args, binary.LittleEndian.AppendUint64(nil, uint64(backends.NewGeneration())))
	}
	return c
}

// settled fills the states of tags from the reply to their call. It came from the
// server they were found on, or is of no use: another one, with other data, may
// carry the incarnation that the call named.
//
//	1: reader: load               orders at 8, fenced; entry of generation 7
//	2: server: is killed, and restarts with a snapshot that has orders at 7
//	3: reader: settle orders      at 7 in the incarnation of step 1: fits the entry
func (s *Store) settled(ctx context.Context, c *command, tags []unsettled) error {
	inc, err := s.witness(ctx, c)
	if err != nil {
		return err
	}
	values, err := c.Slice()
	if err != nil {
		return err
	}
	if len(values) != len(tags) {
		return fmt.Errorf("settling %d tags brought %d values", len(tags), len(values))
	}
	for i, t := range tags {
		text, _ := values[i].(string)
		v, ours := parseTag(text)
		if !ours {
			return fmt.Errorf("settling a tag brought %T of %d bytes", values[i], len(text))
		}
		if t.incarnation != inc {
			return errAgain
		}
		*t.state = v.state
	}
	return nil
}
