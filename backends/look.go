package backends

import (
	"context"
	"time"
)

// FenceAndLook is [Looker.FenceAndLook] on any Store.
func FenceAndLook(ctx context.Context, s Store, tags []string, w Token, lease time.Duration, tag string) (TagState, error) {
	if l, ok := s.(Looker); ok {
		return l.FenceAndLook(ctx, tags, w, lease, tag)
	}
	if err := s.Fence(ctx, tags, w, lease); err != nil {
		return TagState{}, err
	}
	return Look(ctx, s, tag)
}

// LiftAndLook is [Looker.LiftAndLook] on any Store.
func LiftAndLook(ctx context.Context, s Store, tags []string, w Token, advance bool, tag string) (TagState, error) {
	if l, ok := s.(Looker); ok {
		return l.LiftAndLook(ctx, tags, w, advance, tag)
	}
	if err := s.Lift(ctx, tags, w, advance); err != nil {
		return TagState{}, err
	}
	return Look(ctx, s, tag)
}

// Look returns the state of one tag. It is a Load.
func Look(ctx context.Context, s Store, tag string) (TagState, error) {
	var state [1]TagState
	_, err := s.Load(ctx, Key{}, []string{tag}, state[:])
	return state[0], err
}
