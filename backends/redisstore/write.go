package redisstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// Fence implements [backends.Store]. It is one round trip.
func (s *Store) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	return s.fence(ctx, s.writer(), tags, w, lease)
}

func (s *Store) fence(ctx context.Context, send sender, tags []string, w backends.Token, lease time.Duration) error {
	if lease <= 0 {
		return fmt.Errorf("redisstore: fence: lease of %v", lease)
	}
	// Rounded up: a lease never ends early.
	micros := (lease - 1).Microseconds() + 1
	if err := s.write(ctx, send, fenceScript, tags, w[:], micros); err != nil {
		return fmt.Errorf("redisstore: fence: %w", err)
	}
	return nil
}

// Lift implements [backends.Store]. It is one round trip.
func (s *Store) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	return s.lift(ctx, s.writer(), tags, w, advance)
}

func (s *Store) lift(ctx context.Context, send sender, tags []string, w backends.Token, advance bool) error {
	by := 0
	if advance {
		by = 1
	}
	if err := s.write(ctx, send, liftScript, tags, w[:], by); err != nil {
		return fmt.Errorf("redisstore: lift: %w", err)
	}
	return nil
}

// Advance implements [backends.Store]. It is one round trip.
func (s *Store) Advance(ctx context.Context, tags []string) error {
	if err := s.write(ctx, s.writer(), liftScript, tags, "", 1); err != nil {
		return fmt.Errorf("redisstore: advance: %w", err)
	}
	return nil
}

// writer is the sender of scripts that write.
func (s *Store) writer() sender {
	if s.opts.WaitReplicas > 0 {
		return s.sendAndWait
	}
	return s.send
}

// write runs a script on tags, with args.
func (s *Store) write(ctx context.Context, send sender, sc *script, tags []string, args ...any) error {
	keys, err := s.tagKeys(tags)
	if err != nil || len(keys) == 0 {
		return err
	}
	var calls []call
	for batch := range slices.Chunk(keys, s.perCall(len(keys))) {
		calls = append(calls, call{batch, args})
	}
	_, err = run(ctx, send, sc, calls)
	return err
}

// tagKeys returns the keys of tags, with room for one more.
func (s *Store) tagKeys(tags []string) ([]string, error) {
	keys := make([]string, len(tags), len(tags)+1)
	for i, tag := range tags {
		if tag == "" || len(tag) > backends.MaxTagLen {
			return nil, fmt.Errorf("tag of %d bytes, want 1 to %d", len(tag), backends.MaxTagLen)
		}
		keys[i] = s.tagKey(tag)
	}
	return keys, nil
}
