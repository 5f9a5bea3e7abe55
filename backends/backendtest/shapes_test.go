package backendtest

import (
	"context"
	"hash/fnv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// The suite must pass stores of other shapes than one map: these are correct.

// A near store keeps the entries it saved close by, before a shared one.
type near struct {
	*reference
	mu  sync.Mutex
	own map[backends.Key]refEntry
}

func (n *near) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	entry, err := n.reference.Load(ctx, key, tags, states)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if e, ok := n.own[key]; ok && e.until.After(time.Now()) {
		return e.bytes, nil
	}
	return entry, nil
}

func (n *near) Save(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) error {
	if err := n.reference.Save(ctx, key, entry, ttl); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.own[key] = refEntry{append([]byte{}, entry...), time.Now().Add(ttl)}
	return nil
}

func TestStoreWithNearCopies(t *testing.T) {
	Run(t, Harness{
		Open: func(*testing.T) (one, other backends.Store) {
			r := newReference("")
			return &near{reference: r, own: map[backends.Key]refEntry{}}, &near{reference: r, own: map[backends.Key]refEntry{}}
		},
		Around:   synctest.Test,
		TooLarge: refMaxEntry + 1,
	})
}

// A coarse store ends leases and times to live up to a second late, each server by
// an offset of its own, as servers do that count in seconds.
type coarse struct{ *reference }

func (c coarse) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	for _, tag := range tags {
		if err := c.reference.Fence(ctx, []string{tag}, w, lease+late([]byte(tag))); err != nil {
			return err
		}
	}
	return nil
}

func (c coarse) Save(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) error {
	return c.reference.Save(ctx, key, entry, ttl+late(key[:]))
}

func (c coarse) TryLock(ctx context.Context, key backends.Key, w backends.Token, ttl time.Duration) (bool, error) {
	return c.reference.TryLock(ctx, key, w, ttl+late(key[:]))
}

func late(name []byte) time.Duration {
	h := fnv.New32()
	h.Write(name)
	return time.Duration(h.Sum32()) % time.Second
}

func TestStoreThatCountsInSeconds(t *testing.T) {
	Run(t, Harness{
		Open: func(*testing.T) (one, other backends.Store) {
			r := newReference("")
			return coarse{r}, coarse{r}
		},
		Around: synctest.Test,
		Lease:  2 * time.Second,
	})
}
