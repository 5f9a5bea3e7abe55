package redisstore_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/redisstore"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// A listener hears what a store's Watch says.
type listener struct {
	mu    sync.Mutex
	tags  []string
	all   int // how often it was anything
	ended bool
}

func (l *listener) changed(tags []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		panic("told after Watch has returned")
	}
	if tags == nil {
		l.all++
	}
	l.tags = append(l.tags, tags...)
}

// heard reports whether the listener was told of a tag, since it was last asked.
func (l *listener) heard(tag string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	ok := slices.Contains(l.tags, tag)
	l.tags = nil
	return ok
}

func (l *listener) alls() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all
}

// listen watches s until the test has ended, and returns when it does.
func listen(t *testing.T, s *redisstore.Store) *listener {
	t.Helper()
	l := &listener{}
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() {
		err := s.Watch(ctx, l.changed)
		l.mu.Lock()
		l.ended = true
		l.mu.Unlock()
		result <- err
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Errorf("Watch: got %v; want it to end with its context", err)
		}
	})
	await(t, "the watch", func() bool { return l.alls() > 0 })
	return l
}

// TestWatch: every change of a tag is told, whoever makes it, and nothing else is.
func TestWatch(t *testing.T) {
	server := testservers.NewRedis(t)
	for name, protocol := range map[string]int{"RESP2": 2, "RESP3": 3} {
		t.Run(name, func(t *testing.T) {
			watching := open(t, dial(t, server, func(o *redis.Options) { o.Protocol = protocol }), nil)
			s, tags, w, key := open(t, dial(t, server), nil), newTags(2), backends.NewToken(), newKey()
			load(t, s, tags)
			l := listen(t, watching)
			for _, change := range []struct {
				name string
				f    func() error
			}{
				{"fence", func() error { return s.Fence(t.Context(), tags[:1], w, hour) }},
				{"lift", func() error { return s.Lift(t.Context(), tags[:1], w, true) }},
				{"advance", func() error { return s.Advance(t.Context(), tags[:1]) }},
				{"loss", func() error { return dial(t, server).Del(t.Context(), tagKey(tags[0])).Err() }},
				{"a new generation", func() error { load(t, s, tags); return nil }},
			} {
				must(t, change.f())
				await(t, change.name+" to be told", func() bool { return l.heard(tags[0]) })
			}
			load(t, s, tags)
			must(t, s.Save(t.Context(), key, []byte("rows"), hour))
			must(t, s.Advance(t.Context(), tags[:1])) // after which nothing else is on its way
			await(t, "the advance to be told", func() bool {
				l.mu.Lock()
				told := slices.Clone(l.tags)
				l.mu.Unlock()
				if slices.ContainsFunc(told, func(tag string) bool { return tag != tags[0] }) {
					t.Fatalf("told of %q; want %q alone", told, tags[0])
				}
				return len(told) > 0
			})
			if got := watching.Stats().Watched; got != 1 {
				t.Errorf("%d connections; want 1", got)
			}
		})
	}
}

// TestWatchThatMaySkip: whenever something may not have been told, anything may have
// changed.
func TestWatchThatMaySkip(t *testing.T) {
	for name, fault := range map[string]func(*testing.T, *testservers.RedisServer){
		"FLUSHALL": func(t *testing.T, s *testservers.RedisServer) {
			must(t, dial(t, s).FlushAll(t.Context()).Err())
		},
		"the connection is cut": func(t *testing.T, s *testservers.RedisServer) {
			must(t, dial(t, s).Do(t.Context(), "client", "kill", "type", "normal", "skipme", "yes").Err())
		},
		"the server restarts": func(t *testing.T, s *testservers.RedisServer) { s.Kill(t); s.Start(t) },
		"the server hangs":    func(t *testing.T, s *testservers.RedisServer) { s.Freeze(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testservers.NewRedis(t)
			s, tags := open(t, dial(t, server), nil), newTags(1)
			l := listen(t, open(t, dial(t, server), nil))
			before := l.alls()
			fault(t, server)
			await(t, "word that anything may have changed", func() bool { return l.alls() > before })
			if name == "the server hangs" {
				return
			}
			await(t, "a change to be told", func() bool {
				// Its connections may have been cut too.
				_ = s.Fence(t.Context(), tags, backends.NewToken(), hour)
				return l.heard(tags[0])
			})
		})
	}
}

// TestWatchUnsupported: it says so, or goes on trying.
func TestWatchUnsupported(t *testing.T) {
	cluster := open(t, dialCluster(t, testservers.NewRedisCluster(t, 3)), nil)
	if err := cluster.Watch(t.Context(), nil); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("on a cluster: got %v; want ErrUnsupported", err)
	}
	server := testservers.NewRedis(t)
	rdb := dial(t, server)
	must(t, rdb.Do(t.Context(), "acl", "setuser", "default", "-client|tracking").Err())
	s := open(t, dial(t, server), nil)
	l := listen(t, s) // which hears that nobody watches
	if got := s.Stats().Watched; got != 0 {
		t.Errorf("%d connections watch; want none", got)
	}
	before := l.alls()
	must(t, rdb.Do(t.Context(), "acl", "setuser", "default", "+client|tracking").Err())
	await(t, "the watch", func() bool { return s.Stats().Watched > 0 && l.alls() > before })
}
