// Package wrong has the orders in which other caches invalidate, as stores that turn
// the verbs of the protocol into theirs. They are here to be caught: each is stale, and
// the checker must find it.
package wrong

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// An Order is a way to invalidate.
type Order struct {
	// About says what is wrong with it, in a line.
	About string

	// What Fence and Lift do in its place.
	fence, lift func(s backends.Store, ctx context.Context, tags []string) error

	// TTL is cache.Options.TTL in this order: 0 is what it is otherwise.
	TTL time.Duration
}

// Orders are all orders by the names that the command line knows.
var Orders = map[string]Order{
	"advance-after": {
		About: "Johnny-Cache's order: the generation advances after the commit, without a fence",
		fence: nothing, lift: advance,
	},
	"advance-before": {
		About: "the generation advances before the commit, without a fence",
		fence: advance, lift: nothing,
	},
	"advance-both": {
		About: "the generation advances before the commit and after it, without a fence",
		fence: advance, lift: advance,
	},
	"ttl-only": {
		About: "no write invalidates anything, entries live for a second",
		fence: nothing, lift: nothing, TTL: time.Second,
	},
}

// Names are those of the orders, sorted, as a list for a person.
func Names() string { return strings.Join(slices.Sorted(maps.Keys(Orders)), ", ") }

func nothing(backends.Store, context.Context, []string) error { return nil }

func advance(s backends.Store, ctx context.Context, tags []string) error {
	return s.Advance(ctx, tags)
}

// Wrap returns a store in that order on s, by its name.
func Wrap(s backends.Store, order string) (backends.Store, error) {
	o, ok := Orders[order]
	if !ok {
		return nil, fmt.Errorf("no order %q, want one of %s", order, Names())
	}
	return &store{s, o}, nil
}

// A store is no backends.Locker, which changes nothing about staleness. What the cache itself
// advances or keeps, for definitions, is as ever: without that it would not keep a row.
type store struct {
	backends.Store
	order Order
}

func (s *store) Fence(ctx context.Context, tags []string, _ backends.Token, _ time.Duration) error {
	return s.order.fence(s.Store, ctx, tags)
}

func (s *store) Lift(ctx context.Context, tags []string, _ backends.Token, advance bool) error {
	if !advance {
		return nil
	}
	return s.order.lift(s.Store, ctx, tags)
}
