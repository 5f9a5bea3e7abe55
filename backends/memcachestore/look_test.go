package memcachestore

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// A sharedConn lets others do something after each reply, before it is read: they may.
type sharedConn struct {
	net.Conn
	others func()
}

func (c sharedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.others()
	return n, err
}

// TestLookComesAfterEveryFence has somebody look at tags after every request, who settles
// fences without a lease, and advance another for as long as not every fence stands. The look
// must have seen the last of that.
//
//	1: writer: look at the epoch      7: what it will write follows from that
//	2: other:  advance the epoch      7 -> 8: finds no fence of the writer's
//	3: writer: fence orders           the writer does not know of 8
func TestLookComesAfterEveryFence(t *testing.T) {
	server := testservers.Memcached(t)
	other := storeOf(t, server)
	tags, looked := []string{orders, "app/public.lines"}, []string{"app/"}
	load := func(names []string) []backends.TagState {
		states := make([]backends.TagState, len(names))
		_, err := other.Load(t.Context(), backends.Key{}, names, states)
		must(t, err)
		return states
	}
	fenced := func() bool {
		return !slices.ContainsFunc(load(tags), func(s backends.TagState) bool { return !s.Fenced })
	}
	var mu sync.Mutex
	between := func() {
		mu.Lock()
		defer mu.Unlock()
		if !fenced() {
			must(t, other.Advance(t.Context(), looked))
		}
	}
	mc := memcache.New(server.Addr())
	t.Cleanup(func() { _ = mc.Close() }) // ends with the test anyway
	mc.Timeout = 10 * time.Second
	mc.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		return sharedConn{c, between}, err
	}
	s, err := New(mc, &other.opts)
	must(t, err)
	t.Cleanup(s.Close)
	load(append(looked, tags...))
	got, err := s.FenceAndLook(t.Context(), tags, backends.NewToken(), time.Minute, looked[0])
	must(t, err)
	if want := load(looked)[0]; got != want {
		t.Errorf("got %+v; want %+v, which it was before every fence stood", got, want)
	}
	if !fenced() {
		t.Error("a tag is not fenced")
	}
}
