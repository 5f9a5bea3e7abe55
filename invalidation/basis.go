package invalidation

import (
	"context"
	"slices"

	"github.com/gojohnny/gojohnny/backends"
)

// A Basis is what the tags of a write rest on: definitions in the database, which are
// known as of one generation of the epoch. Where a definition has changed since,
// perhaps the write reaches other tables than its tags say.
//
// Harm comes to a reader that knows the new definitions from a writer that does not:
//
//	1: writer: resolves            DELETE FROM orders writes orders
//	2: admin:  ALTER TABLE         items reference orders ON DELETE CASCADE; the epoch goes 7 -> 8
//	3: reader: load, query, save   items, by definitions as of 8
//	4: writer: fence orders, COMMIT, lift
//	5: reader: load                a hit, and stale: the items are gone
//
// So the writer looks at the epoch when its fence stands, and in step 4 fences Otherwise
// too. What it cannot know then is what comes later, while the write is on the wire, so
// that it looks again with every renewal of its lease, and with the lift.
//
// INVARIANT: definitions change behind a fence of the epoch alone. It then either
// carries a fence or has moved.
type Basis struct {
	Epoch      string              // the tag
	Generation backends.Generation // at which the definitions are known
	Otherwise  string              // the tag that is written as well where they may be others
}

// FenceOn is Fence for tags that rest on b. It asks the store once more, and End does.
func (p *Protocol) FenceOn(ctx context.Context, tags []string, b Basis) (*Write, error) {
	if slices.Contains(tags, b.Otherwise) || slices.Contains(tags, b.Epoch) {
		return p.Fence(ctx, tags)
	}
	return p.start(ctx, tags, &b)
}

// stands reports whether the definitions are surely those of the database, by what the
// store tells of the epoch. What this process has not told the store yet counts too.
func (b *Basis) stands(p *Protocol, epoch backends.TagState) bool {
	return !epoch.Fenced && epoch.Generation == b.Generation && !p.queue.holds([]string{b.Epoch})
}

// widen makes the write one of its basis's Otherwise too.
func (w *Write) widen() {
	w.tags = append(slices.Clone(w.tags), w.basis.Otherwise)
	if w.held {
		w.p.queue.hold([]string{w.basis.Otherwise})
	}
	w.basis = nil
	w.p.counts.widened.Add(1)
}
