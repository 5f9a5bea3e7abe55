package memcachestore_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends/memcachestore"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// TestMain runs many tests at once, on however few processors: most of their time
// they wait for memcached's clock, which counts in seconds.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	testservers.Main(m)
}

// A network stands between clients and memcached servers: it counts round trips,
// cuts connections, and puts an empty server in the place of another. Clients know
// the servers by addresses that nobody listens on.
type network struct {
	t testing.TB

	mu         sync.Mutex
	servers    map[string]string // from the address that clients know
	cut        bool
	hung       bool
	timeouts   int // of reads while hung
	refused    int // dials while cut
	conns      map[net.Conn]bool
	roundTrips map[string]int // by the address that clients know
}

// newNetwork starts n servers with these arguments.
func newNetwork(t testing.TB, n int, args ...string) *network {
	t.Helper()
	return networkOf(t, startServers(t, n, args...))
}

// startServers returns the addresses of n new servers.
func startServers(t testing.TB, n int, args ...string) []string {
	t.Helper()
	addrs := make([]string, n)
	for i := range addrs {
		addrs[i] = testservers.NewMemcached(t, args...).Addr()
	}
	return addrs
}

// networkOf returns a network before servers that others may use too.
func networkOf(t testing.TB, addrs []string) *network {
	w := &network{t: t, servers: map[string]string{}, conns: map[net.Conn]bool{}, roundTrips: map[string]int{}}
	for i, addr := range addrs {
		w.servers[fmt.Sprintf("127.0.0.1:%d", i+1)] = addr
	}
	return w
}

var errCut = errors.New("the test has cut the network")

func (w *network) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	server, cut := w.servers[address], w.cut
	if cut {
		w.refused++
	}
	w.mu.Unlock()
	if cut {
		return nil, errCut
	}
	c, err := new(net.Dialer).DialContext(ctx, network, server)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut || w.servers[address] != server {
		_ = c.Close() // the server was replaced meanwhile: nobody may talk to the old one
		return nil, errCut
	}
	w.conns[c] = true
	return &wire{Conn: c, network: w, address: address}, nil
}

// client returns a new client of all servers.
func (w *network) client() *memcache.Client {
	var addresses []string
	for i := range w.servers {
		addresses = append(addresses, i)
	}
	mc := memcache.New(sorted(addresses)...)
	mc.DialContext = w.dial
	mc.MaxIdleConns = 64
	mc.Timeout = 10 * time.Second // the machine may be busy
	w.t.Cleanup(func() {
		if err := mc.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			w.t.Error(err)
		}
	})
	return mc
}

func (w *network) store(opts *memcachestore.Options) *memcachestore.Store {
	return open(w.t, w.client(), opts)
}

func open(t testing.TB, mc *memcache.Client, opts *memcachestore.Options) *memcachestore.Store {
	t.Helper()
	s, err := memcachestore.New(mc, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// disconnect closes every connection.
func (w *network) disconnect() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.disconnectLocked()
}

func (w *network) disconnectLocked() {
	for c := range w.conns {
		_ = c.Close() // the client closes it too
	}
	clear(w.conns)
}

// setCut makes the servers unreachable, or reachable again.
func (w *network) setCut(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	w.disconnectLocked()
}

// restart puts empty servers, with these arguments, in the place of all, at once: as
// with a server that restarts, nobody finds the old one beside the new.
func (w *network) restart(args ...string) {
	fresh := startServers(w.t, len(w.servers), args...)
	w.mu.Lock()
	defer w.mu.Unlock()
	for address := range w.servers {
		w.servers[address], fresh = fresh[0], fresh[1:]
	}
	w.disconnectLocked()
}

// hang makes reads time out, at once: what is connected stays so.
func (w *network) hang() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hung = true
}

func (w *network) timesOut() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hung {
		w.timeouts++
	}
	return w.hung
}

// timedOut is how many reads did.
func (w *network) timedOut() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.timeouts
}

// dialled is how many dials were refused.
func (w *network) dialled() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.refused
}

// connections is how many connections were made and not cut.
func (w *network) connections() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.conns)
}

// move puts another server in the place of one, and returns that.
func (w *network) move(address, server string) (old string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	old = w.servers[address]
	w.servers[address] = server
	w.disconnectLocked()
	return old
}

// trips returns the round trips since the last call, and to how many servers.
func (w *network) trips() (all, servers int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.roundTrips {
		all += n
	}
	servers = len(w.roundTrips)
	clear(w.roundTrips)
	return all, servers
}

// A wire is a connection on a network. What is written before anything is read is
// one request, and every request is a round trip.
type wire struct {
	net.Conn
	network *network
	address string
	asked   bool
}

func (c *wire) Write(b []byte) (int, error) {
	if !c.asked {
		c.asked = true
		c.network.mu.Lock()
		c.network.roundTrips[c.address]++
		c.network.mu.Unlock()
	}
	n, err := c.Conn.Write(b)
	return n, asIfByServer(err)
}

func (c *wire) Read(b []byte) (int, error) {
	c.asked = false
	if c.network.timesOut() {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := c.Conn.Read(b)
	return n, asIfByServer(err)
}

// asIfByServer makes of a connection that the network closed one that its other end
// did.
func asIfByServer(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return syscall.ECONNRESET
	}
	return err
}
