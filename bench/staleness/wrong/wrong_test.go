package wrong

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A recorder notes what reaches the store of an order.
type recorder struct {
	backends.Store
	calls []string
	ttl   time.Duration
}

func (r *recorder) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	r.calls = append(r.calls, "fence")
	return r.Store.Fence(ctx, tags, w, lease)
}

func (r *recorder) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	r.calls = append(r.calls, "lift")
	return r.Store.Lift(ctx, tags, w, advance)
}

func (r *recorder) Advance(ctx context.Context, tags []string) error {
	r.calls = append(r.calls, "advance")
	return r.Store.Advance(ctx, tags)
}

func (r *recorder) Save(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) error {
	r.ttl = ttl
	return r.Store.Save(ctx, key, entry, ttl)
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	m, err := memstore.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return &recorder{Store: m}
}

// TestOrders has the protocol write through each order: what reaches the store does so on
// the wrong side of the COMMIT, or not at all.
func TestOrders(t *testing.T) {
	for name, want := range map[string]struct{ committed, rolledBack []string }{
		"advance-after":  {[]string{"COMMIT", "advance"}, []string{"ROLLBACK"}},
		"advance-before": {[]string{"advance", "COMMIT"}, []string{"advance", "ROLLBACK"}},
		"advance-both":   {[]string{"advance", "COMMIT", "advance"}, []string{"advance", "ROLLBACK"}},
		"ttl-only":       {[]string{"COMMIT"}, []string{"ROLLBACK"}},
	} {
		t.Run(name, func(t *testing.T) {
			for verb, outcome := range map[string]invalidation.Outcome{"COMMIT": invalidation.Committed, "ROLLBACK": invalidation.RolledBack} {
				r := newRecorder(t)
				s, err := Wrap(r, name)
				if err != nil {
					t.Fatal(err)
				}
				p, err := invalidation.New(s, nil)
				if err != nil {
					t.Fatal(err)
				}
				w, err := p.Fence(t.Context(), []string{"orders"})
				if err != nil {
					t.Fatal(err)
				}
				r.calls = append(r.calls, verb)
				w.End(outcome)
				if want := map[string][]string{"COMMIT": want.committed, "ROLLBACK": want.rolledBack}[verb]; !slices.Equal(r.calls, want) {
					t.Errorf("got %v; want %v", r.calls, want)
				}
			}
		})
	}
	if len(Orders) != 4 {
		t.Errorf("got %d orders; this test knows 4", len(Orders))
	}
}

// TestTheRestIsTheStores: what the cache advances for definitions, and keeps of them, gets to the
// store in every order. Without that no row would be kept, and no order found wrong.
func TestTheRestIsTheStores(t *testing.T) {
	for name := range Orders {
		r := newRecorder(t)
		s, err := Wrap(r, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Advance(t.Context(), []string{"era"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Save(t.Context(), backends.Key{}, nil, time.Hour); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(r.calls, []string{"advance"}) || r.ttl != time.Hour {
			t.Errorf("%s: got %v, and an entry for %v; want an advance, and an hour", name, r.calls, r.ttl)
		}
	}
}

func TestNoSuchOrder(t *testing.T) {
	if _, err := Wrap(newRecorder(t), "right"); err == nil {
		t.Error("got no error")
	}
}
