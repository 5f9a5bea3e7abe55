package memcachestore

import (
	"context"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// FenceAndLook implements [backends.Looker]. It is a Fence and a Load.
func (s *Store) FenceAndLook(ctx context.Context, tags []string, w backends.Token, lease time.Duration, tag string) (backends.TagState, error) {
	if err := s.Fence(ctx, tags, w, lease); err != nil {
		return backends.TagState{}, err
	}
	return backends.Look(ctx, s, tag)
}

// LiftAndLook implements [backends.Looker]. The tag is read with those that are lifted; a
// Load follows where it is new, or fenced.
func (s *Store) LiftAndLook(ctx context.Context, tags []string, w backends.Token, advance bool, tag string) (backends.TagState, error) {
	look := s.tags([]string{tag})
	if err := s.lift(ctx, s.tags(tags), look, w, advance); err != nil {
		return backends.TagState{}, err
	}
	if item := look[0].item; item != nil {
		if g, ok := quietGeneration(item.Value); ok {
			return backends.TagState{Generation: g}, nil
		}
	}
	return backends.Look(ctx, s, tag)
}
