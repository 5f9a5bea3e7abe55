package redisstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/breaker"
	"github.com/gojohnny/gojohnny/backends/redisstore"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// calls are one of each.
func calls(t testing.TB, s *redisstore.Store, tags []string) map[string]func() error {
	ctx, key, w := t.Context(), newKey(), backends.NewToken()
	return map[string]func() error{
		"Load": func() error {
			_, err := s.Load(ctx, key, tags, make([]backends.TagState, len(tags)))
			return err
		},
		"Save":    func() error { return s.Save(ctx, key, []byte("rows"), hour) },
		"Fence":   func() error { return s.Fence(ctx, tags, w, hour) },
		"Lift":    func() error { return s.Lift(ctx, tags, w, true) },
		"Advance": func() error { return s.Advance(ctx, tags) },
		"TryLock": func() error { _, err := s.TryLock(ctx, key, w, hour); return err },
		"Unlock":  func() error { return s.Unlock(ctx, key, w) },
	}
}

// wantRefused wants all calls to be refused after the first few.
func wantRefused(t *testing.T, s *redisstore.Store, tags []string, few int) {
	t.Helper()
	all := calls(t, s, tags)
	for range few {
		if err := all["Load"](); err == nil || errors.Is(err, breaker.ErrOpen) {
			t.Errorf("got %v; want the client's own error", err)
		}
	}
	for name, call := range all {
		if err := call(); !errors.Is(err, breaker.ErrOpen) {
			t.Errorf("%s: got %v; want it refused", name, err)
		}
	}
}

// wantDown wants what the store says of itself; a look now and then is let through.
func wantDown(t *testing.T, s *redisstore.Store, want bool) {
	t.Helper()
	if got := down(s); got != want {
		t.Errorf("Down: got %v; want %v", got, want)
	}
}

func down(s *redisstore.Store) bool {
	first, second := s.Down(), s.Down()
	return first || second
}

func TestServerDown(t *testing.T) {
	server := testservers.NewRedis(t)
	w := newWorld(t, open(t, dial(t, server), nil))
	w.read("v1", miss)
	wantDown(t, w.store, false)
	server.Kill(t)
	wantRefused(t, w.store, w.tags, 1) // within which the client dials many times
	wantDown(t, w.store, true)
	w.read("v1", bypass)
	server.Start(t)
	await(t, "recovery", func() bool { _, how := w.tryRead(); return how != bypass })
	wantDown(t, w.store, false)
	w.write("v2")
	w.read("v2", miss)
	if got := w.store.Stats().Opened; got != 1 {
		t.Errorf("opened %d times; want once", got)
	}
}

func TestServerDownFromTheStart(t *testing.T) {
	server := testservers.NewRedis(t)
	server.Kill(t)
	w := newWorld(t, open(t, dial(t, server), nil))
	wantRefused(t, w.store, w.tags, 1)
	server.Start(t)
	await(t, "recovery", func() bool { _, how := w.tryRead(); return how != bypass })
	w.read("v1", hit)
}

func TestServerHangs(t *testing.T) {
	server := testservers.NewRedis(t)
	w := newWorld(t, open(t, dial(t, server, func(o *redis.Options) {
		o.ReadTimeout, o.MaxRetries = 20*time.Millisecond, -1
	}), nil))
	w.read("v1", miss)
	thaw := server.Freeze(t)
	wantRefused(t, w.store, w.tags, 3)
	thaw()
	await(t, "recovery", func() bool { _, how := w.tryRead(); return how != bypass })
	w.read("v1", hit)
}

// A deadline ends a call that a server does not answer.
func TestDeadline(t *testing.T) {
	server := testservers.NewRedis(t)
	s, tags := open(t, dial(t, server), nil), newTags(1)
	load(t, s, tags)
	server.Freeze(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := s.Fence(ctx, tags, backends.NewToken(), hour)
	if took := time.Since(start); err == nil || took > 4*time.Second { // ReadTimeout is 5 s
		t.Errorf("got %v after %v", err, took)
	}
}

// One node of a cluster costs the others nothing.
func TestClusterNodeDown(t *testing.T) {
	cluster := testservers.NewRedisCluster(t, 3)
	for _, node := range cluster.Nodes { // what has all its keys elsewhere goes on
		must(t, dial(t, node).ConfigSet(t.Context(), "cluster-require-full-coverage", "no").Err())
	}
	rdb := dialCluster(t, cluster)
	s := open(t, rdb, nil)
	dead := dial(t, cluster.Nodes[1]).Options().Addr
	var there, elsewhere []string
	for _, tag := range newTags(60) {
		if must2(rdb.MasterForKey(t.Context(), tagKey(tag)))(t).Options().Addr == dead {
			there = append(there, tag)
		} else {
			elsewhere = append(elsewhere, tag)
		}
	}
	load(t, s, append(there, elsewhere...))
	cluster.Nodes[1].Kill(t)
	fence := func(tags []string) error { return s.Fence(t.Context(), tags, backends.NewToken(), hour) }
	await(t, "refusal", func() bool { return errors.Is(fence(there), breaker.ErrOpen) })
	must(t, fence(elsewhere))
	wantDown(t, s, false)
	cluster.Nodes[1].Start(t)
	await(t, "recovery", func() bool { return fence(there) == nil })

	for _, node := range cluster.Nodes {
		node.Kill(t)
	}
	await(t, "refusal by all nodes", func() bool {
		load := append(there, elsewhere...)
		_, err := s.Load(t.Context(), newKey(), load, make([]backends.TagState, len(load)))
		return errors.Is(err, breaker.ErrOpen) && down(s)
	})
	for _, node := range cluster.Nodes {
		node.Start(t)
	}
	await(t, "recovery of all nodes", func() bool { return !down(s) })
	await(t, "an answer", func() bool { return fence(there) == nil && fence(elsewhere) == nil })
}

// BenchmarkDown is what a call costs while the server is known to be down.
func BenchmarkDown(b *testing.B) {
	server := testservers.NewRedis(b)
	s, tags := open(b, dial(b, server), nil), newTags(3)
	server.Kill(b)
	all := calls(b, s, tags)
	await(b, "refusal", func() bool { return errors.Is(all["Load"](), breaker.ErrOpen) })
	for name, call := range all {
		b.Run("call="+name, func(b *testing.B) {
			for b.Loop() {
				if err := call(); !errors.Is(err, breaker.ErrOpen) {
					b.Fatal(err)
				}
			}
		})
	}
}
