package redisstore_test

import (
	"encoding/binary"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/redisstore"
	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A race is a database of one version number with readers and writers in two
// processes, who run the whole protocol while something happens to the server.
type race struct {
	testing.TB
	version   atomic.Uint64
	key       backends.Key
	tags      []string
	protocols [2]*invalidation.Protocol

	// calm is held for reading from fence to commit: a fault in between may cost
	// a fence, which is what the documentation excepts.
	calm sync.RWMutex

	stop                 atomic.Bool
	work                 sync.WaitGroup
	hits, writes, errors atomic.Uint64
}

// startRace starts 4 readers and 2 writers, who stop when the test ends.
func startRace(t testing.TB, client func() redis.UniversalClient) *race {
	r := &race{TB: t, key: newKey(), tags: newTags(3)}
	for i := range r.protocols {
		opts := &invalidation.Options{Mode: invalidation.Strict, Lease: time.Second, Logger: slog.New(slog.DiscardHandler)}
		s := open(t, client(), nil)
		p, err := invalidation.New(s, opts)
		must(t, err)
		r.protocols[i] = p
		r.work.Go(func() { r.write(p) })
		r.work.Go(func() { r.read(p, s) })
		r.work.Go(func() { r.read(p, s) })
	}
	return r
}

func (r *race) end() {
	r.stop.Store(true)
	r.work.Wait()
	for _, p := range r.protocols {
		must(r, p.Close(r.Context()))
	}
	r.Logf("%d hits, %d writes, %d errors", r.hits.Load(), r.writes.Load(), r.errors.Load())
}

func (r *race) write(p *invalidation.Protocol) {
	for !r.stop.Load() {
		r.calm.RLock()
		w, err := p.Fence(r.Context(), r.tags)
		if err != nil { // refused
			r.calm.RUnlock()
			r.errors.Add(1)
			continue
		}
		r.version.Add(1) // COMMIT
		r.calm.RUnlock()
		w.End(invalidation.Committed)
		r.writes.Add(1)
		r.awaitHits(3) // or the next fence would leave none
	}
}

// awaitHits gives readers the time to hit, or to fail.
func (r *race) awaitHits(n uint64) {
	for until := r.hits.Load() + r.errors.Load() + n; r.hits.Load()+r.errors.Load() < until && !r.stop.Load(); {
		_, _ = r.protocols[0].Load(r.Context(), backends.Key{}, nil, nil) // takes a moment
	}
}

func (r *race) read(p *invalidation.Protocol, s *redisstore.Store) {
	states := make([]backends.TagState, len(r.tags))
	for !r.stop.Load() {
		known := r.version.Load()
		b, err := p.Load(r.Context(), r.key, r.tags, states)
		if err != nil {
			r.errors.Add(1)
			continue
		}
		if e, err := backends.ParseEntry(r.key, b); err == nil && e.Current(states) {
			r.hits.Add(1)
			if got := binary.LittleEndian.Uint64(e.Rows); got < known {
				r.Errorf("stale read: version %d; %d was committed before it began", got, known)
				r.stop.Store(true)
			}
			continue
		}
		if states[0].Fenced || states[1].Fenced || states[2].Fenced {
			continue
		}
		rows := binary.LittleEndian.AppendUint64(nil, r.version.Load())
		if err := s.Save(r.Context(), r.key, backends.AppendEntry(nil, r.key, states, rows), hour); err != nil {
			r.errors.Add(1)
		}
	}
}

// await waits for a number of hits and writes.
func (r *race) await(n uint64) {
	r.Helper()
	hits, writes := r.hits.Load()+n, r.writes.Load()+n
	await(r, "hits and writes", func() bool {
		return r.Failed() || r.hits.Load() >= hits && r.writes.Load() >= writes
	})
}

// The server comes back with data from before many writes, again and again.
func TestRaceWithRestarts(t *testing.T) {
	server := testservers.NewRedis(t)
	r := startRace(t, func() redis.UniversalClient { return dial(t, server) })
	admin := dial(t, server)
	for range 10 {
		r.await(20)
		must(t, admin.Save(t.Context()).Err())
		r.await(20)
		r.calm.Lock()
		server.Kill(t)
		server.Start(t)
		r.calm.Unlock()
	}
	r.await(20)
	r.end()
}

func TestRaceWithFlushes(t *testing.T) {
	server, cluster := testservers.NewRedis(t), testservers.NewRedisCluster(t, 3)
	for _, on := range []struct {
		name   string
		client func() redis.UniversalClient
		nodes  []*testservers.RedisServer
	}{
		{"single", func() redis.UniversalClient { return dial(t, server) }, []*testservers.RedisServer{server}},
		{"cluster", func() redis.UniversalClient { return dialCluster(t, cluster) }, cluster.Nodes},
	} {
		t.Run(on.name, func(t *testing.T) {
			r := startRace(t, on.client)
			for range 50 {
				r.await(5)
				r.calm.Lock()
				for _, node := range on.nodes {
					must(t, dial(t, node).FlushAll(t.Context()).Err())
				}
				r.calm.Unlock()
			}
			r.end()
		})
	}
}

func TestRaceWithCutConnections(t *testing.T) {
	w := &wire{}
	server := testservers.Redis(t)
	r := startRace(t, func() redis.UniversalClient {
		return dial(t, server, func(o *redis.Options) { o.Dialer, o.MaxRetries = w.dialer, -1 })
	})
	for range 20 {
		r.await(3)
		w.cutNow.Store(1)
	}
	r.end()
}
