package redisstore_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// A wire is what a client's connections have in common.
type wire struct {
	mu     sync.Mutex
	trips  map[string]int // by address
	cutNow atomic.Int32   // so many replies get lost, each with its connection
}

func (w *wire) dialer(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	return &wireConn{Conn: conn, wire: w}, err
}

// took runs f and returns the round trips it took, by address.
func (w *wire) took(f func()) map[string]int {
	w.mu.Lock()
	w.trips = map[string]int{}
	w.mu.Unlock()
	f()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.trips
}

// A wireConn counts round trips: a write that follows no other write begins one.
type wireConn struct {
	net.Conn
	wire    *wire
	writing atomic.Bool
}

func (c *wireConn) Write(b []byte) (int, error) {
	if !c.writing.Swap(true) {
		c.wire.mu.Lock()
		if c.wire.trips != nil {
			c.wire.trips[c.RemoteAddr().String()]++
		}
		c.wire.mu.Unlock()
	}
	return c.Conn.Write(b)
}

func (c *wireConn) Read(b []byte) (int, error) {
	c.writing.Store(false)
	n, err := c.Conn.Read(b) // the server has done what it was asked
	if err == nil && c.wire.cutNow.Add(-1) >= 0 {
		return 0, errors.Join(io.ErrUnexpectedEOF, c.Conn.Close())
	}
	return n, err
}

// fill saves an entry under the tags' generations.
func fill(t testing.TB, s backends.Store, key backends.Key, tags []string, size int) {
	t.Helper()
	must(t, s.Save(t.Context(), key, backends.AppendEntry(nil, key, load(t, s, tags), make([]byte, size)), hour))
}

func TestRoundTrips(t *testing.T) {
	w := &wire{}
	s := open(t, dial(t, testservers.Redis(t), func(o *redis.Options) { o.Dialer = w.dialer }), nil)
	for _, n := range []int{1, 3, 8, 200} {
		key, tags, token := newKey(), newTags(n), backends.NewToken()
		fill(t, s, key, tags, 200)
		must(t, s.Fence(t.Context(), tags, token, hour))
		must(t, s.Lift(t.Context(), tags, token, true))
		fill(t, s, key, tags, 200)
		looked := newTags(1)
		load(t, s, looked)
		for what, f := range map[string]func(){
			"a hit": func() { wantHit(t, s, key, tags) },
			"FenceAndLook": func() {
				must2(s.FenceAndLook(t.Context(), newTags(n), token, hour, looked[0]))(t)
			},
			"LiftAndLook": func() {
				must2(s.LiftAndLook(t.Context(), newTags(n), token, true, looked[0]))(t)
			},
			"Fence":   func() { must(t, s.Fence(t.Context(), newTags(n), token, hour)) },
			"Lift":    func() { must(t, s.Lift(t.Context(), newTags(n), token, true)) },
			"Advance": func() { must(t, s.Advance(t.Context(), newTags(n))) },
		} {
			trips := w.took(f)
			for _, took := range trips {
				if took != 1 {
					t.Errorf("%s over %d tags: %d round trips; want 1", what, n, took)
				}
			}
			if len(trips) != 1 {
				t.Errorf("%s over %d tags: %v", what, n, trips)
			}
		}
	}
}

func TestRoundTripsOnACluster(t *testing.T) {
	w := &wire{}
	rdb := dialCluster(t, testservers.RedisCluster(t), func(o *redis.ClusterOptions) { o.Dialer = w.dialer })
	s := open(t, rdb, nil)
	for _, n := range []int{1, 3, 8, 50} {
		key, tags, token := newKey(), newTags(n), backends.NewToken()
		fill(t, s, key, tags, 200)
		must(t, s.Fence(t.Context(), tags, token, hour))
		must(t, s.Lift(t.Context(), tags, token, true))
		fill(t, s, key, tags, 200)
		wantHit(t, s, key, tags)
		nodes := map[string]bool{}
		for _, tag := range tags {
			nodes[must2(rdb.MasterForKey(t.Context(), tagKey(tag)))(t).Options().Addr] = true
		}
		wantOneEach(t, "Fence", n, w.took(func() { must(t, s.Fence(t.Context(), tags, token, hour)) }), nodes)
		wantOneEach(t, "Lift", n, w.took(func() { must(t, s.Lift(t.Context(), tags, token, false)) }), nodes)
		nodes[must2(rdb.MasterForKey(t.Context(), entryKey(key)))(t).Options().Addr] = true
		wantOneEach(t, "a hit", n, w.took(func() { wantHit(t, s, key, tags) }), nodes)
	}
}

func wantOneEach(t *testing.T, what string, n int, trips map[string]int, nodes map[string]bool) {
	t.Helper()
	for node, took := range trips {
		if took != 1 || !nodes[node] {
			t.Errorf("%s over %d tags: %d round trips to %s; want 1 to each of %v", what, n, took, node, nodes)
		}
	}
	if len(trips) != len(nodes) {
		t.Errorf("%s over %d tags: went to %v; want %v", what, n, trips, nodes)
	}
}

func wantHit(t testing.TB, s backends.Store, key backends.Key, tags []string) {
	t.Helper()
	states := make([]backends.TagState, len(tags))
	b, err := s.Load(t.Context(), key, tags, states)
	must(t, err)
	if e, err := backends.ParseEntry(key, b); err != nil || !e.Current(states) {
		t.Errorf("no hit: %v, %+v", err, states)
	}
}

// A script whose reply is lost runs again.
func TestConnectionCutUnderAWrite(t *testing.T) {
	w := &wire{}
	s := open(t, dial(t, testservers.Redis(t), func(o *redis.Options) { o.Dialer = w.dialer }), nil)
	tags, token, other := newTags(2), backends.NewToken(), backends.NewToken()
	before := load(t, s, tags)
	cut := func(f func() error) {
		t.Helper()
		w.cutNow.Store(1)
		must(t, f())
		if w.cutNow.Swap(0) >= 0 {
			t.Error("no reply was lost; the test shows nothing")
		}
	}
	cut(func() error { return s.Fence(t.Context(), tags, token, hour) })
	cut(func() error { return s.Fence(t.Context(), tags, other, hour) })
	cut(func() error { return s.Lift(t.Context(), tags, token, false) })
	for i, st := range load(t, s, tags) {
		if !st.Fenced || st.Generation != before[i].Generation {
			t.Errorf("got %+v from %+v; want the other writer's fence alone", st, before[i])
		}
	}
	cut(func() error { return s.Lift(t.Context(), tags, other, true) })
	for i, st := range load(t, s, tags) {
		if st.Fenced || st.Generation == before[i].Generation {
			t.Errorf("got %+v from %+v; want it advanced", st, before[i])
		}
	}
}
