//go:build unix

package world

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/internal/servers"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// echo is a server that says its name and then what it is told.
func echo(t *testing.T, name string) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // has done its work
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.WriteString(conn, name+"\n") // the test sees what is missing
				_, _ = io.Copy(conn, conn)
				_ = conn.Close()
			}()
		}
	}()
	return l.Addr().String()
}

// A dialled is a connection through a proxy.
type dialled struct {
	net.Conn
	in *bufio.Reader
}

// dial returns a connection and the name of the server behind it.
func dial(t *testing.T, addr string) (dialled, string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // has done its work
	d := dialled{conn, bufio.NewReader(conn)}
	name, err := d.in.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return d, name[:len(name)-1]
}

// trip is how long a line takes there and back.
func (d dialled) trip(t *testing.T) time.Duration {
	t.Helper()
	begin := time.Now()
	if _, err := io.WriteString(d, "line\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return time.Since(begin)
}

func newProxy(t *testing.T, upstream string) *Proxy {
	t.Helper()
	p, err := NewProxy("test", upstream)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func TestCutAndMend(t *testing.T) {
	p := newProxy(t, echo(t, "a"))
	conn, _ := dial(t, p.Addr)
	conn.trip(t)
	p.Cut()
	if _, err := conn.in.ReadByte(); !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && err == nil {
		t.Errorf("on a connection of before: got error %v; want its end", err)
	}
	if conn, err := net.Dial("tcp", p.Addr); err == nil {
		t.Error("a new connection was taken while the server was cut off")
		_ = conn.Close() // has been told
	}
	if err := p.Mend(); err != nil {
		t.Fatal(err)
	}
	after, _ := dial(t, p.Addr)
	after.trip(t)
}

func TestDelayAndHurry(t *testing.T) {
	p := newProxy(t, echo(t, "a"))
	conn, _ := dial(t, p.Addr)
	const d = 50 * time.Millisecond
	if err := p.Delay(d); err != nil {
		t.Fatal(err)
	}
	// It varies by half, either way.
	if got := conn.trip(t); got < d {
		t.Errorf("there and back: got %v; want %v or more", got, d)
	}
	p.Hurry()
	if err := p.Delay(0); err != nil {
		t.Errorf("delay after its end: %v", err)
	}
	p.Hurry()
	best := time.Hour
	for range 20 {
		best = min(best, conn.trip(t))
	}
	if best >= d {
		t.Errorf("after it: got %v at best; want less than %v", best, d)
	}
}

func TestRetarget(t *testing.T) {
	p := newProxy(t, echo(t, "a"))
	before, first := dial(t, p.Addr)
	if err := p.Retarget(echo(t, "b")); err != nil {
		t.Fatal(err)
	}
	if _, err := before.in.ReadByte(); err == nil {
		t.Error("the connection to the server of before lives")
	}
	if _, second := dial(t, p.Addr); first != "a" || second != "b" {
		t.Errorf("got servers %q and %q; want a and b", first, second)
	}
}

// newWorld starts one, and skips what is not installed.
func newWorld(t *testing.T, scheme string) *World {
	t.Helper()
	w, err := New(t.Context(), scheme, []string{"CREATE TABLE t AS SELECT 1 AS n"}, 1234)
	if errors.Is(err, servers.ErrMissing) && os.Getenv("GOJOHNNY_REQUIRE_SERVERS") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// TestDatabase: it is reached through its proxy, has the schema, and gives up when it was
// told to.
func TestDatabase(t *testing.T) {
	w := newWorld(t, "memory")
	conn, err := pgx.Connect(t.Context(), w.URL)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	var statement, idle string
	err = conn.QueryRow(t.Context(), "SELECT n, current_setting('statement_timeout'), "+
		"current_setting('idle_in_transaction_session_timeout') FROM t").Scan(&n, &statement, &idle)
	if err != nil || n != 1 || statement != "1234ms" || idle != "1234ms" {
		t.Errorf("got %d, timeouts %s and %s, error %v; want 1 and 1234ms", n, statement, idle, err)
	}
	w.Database.Cut()
	if err := conn.Ping(t.Context()); err == nil {
		t.Error("the database answers although its proxy is cut")
	}
	if err := w.Exec(t.Context(), "SELECT"); err != nil {
		t.Errorf("past the proxy: %v", err)
	}
}

// TestNothingStarts: of a world that cannot be, what has started is ended, and the error says
// why it cannot be.
func TestNothingStarts(t *testing.T) {
	t.Run("no PostgreSQL", func(t *testing.T) {
		t.Setenv("GOJOHNNY_PG_BINDIR", t.TempDir())
		if w, err := New(t.Context(), "memory", nil, 1000); w != nil || err == nil || !strings.Contains(err.Error(), "initdb") {
			t.Errorf("got %v, error %v; want one of initdb", w, err)
		}
	})
	t.Run("the context is over", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w, err := New(ctx, "memory", nil, 1000)
		if errors.Is(err, servers.ErrMissing) {
			testservers.Started(t, err)
		}
		if w != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, error %v; want %v", w, err, context.Canceled)
		}
	})
	t.Run("no such store", func(t *testing.T) {
		w, err := New(t.Context(), "floppy", nil, 1000)
		if errors.Is(err, servers.ErrMissing) {
			testservers.Started(t, err)
		}
		if w != nil || err == nil || !strings.Contains(err.Error(), `no store "floppy"`) {
			t.Errorf("got %v, error %v; want one of the store", w, err)
		}
	})
}

// TestFillRedis: what has a time to live is evicted, and a tag, which has none, is not.
func TestFillRedis(t *testing.T) {
	w := newWorld(t, "redis")
	rdb := open(t, w)
	for key, ttl := range map[string]time.Duration{"tag": 0, "entry": time.Hour} {
		if err := rdb.Set(t.Context(), key, "x", ttl).Err(); err != nil {
			t.Fatal(err)
		}
	}
	// TTL does not make the key one that was used lately, as EXISTS does.
	evicted := func() bool { return rdb.TTL(t.Context(), "entry").Val() == -2 }
	for range 50 { // it goes by samples
		if evicted() {
			break
		}
		if err := w.Fill(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	if !evicted() || rdb.Exists(t.Context(), "tag").Val() == 0 {
		t.Errorf("got the entry evicted %v, the tag there %v; want both", evicted(), rdb.Exists(t.Context(), "tag").Val() == 1)
	}
}

func open(t *testing.T, w *World) *redis.Client {
	t.Helper()
	address, err := url.Parse(w.StoreURL)
	if err != nil {
		t.Fatal(err)
	}
	opts, err := redis.ParseURL(address.String())
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(opts)
	t.Cleanup(func() { _ = rdb.Close() }) // ends with the server
	return rdb
}

func TestFillMemcached(t *testing.T) {
	s, err := servers.StartMemcached("-m", memcachedMemory)
	if errors.Is(err, servers.ErrMissing) && os.Getenv("GOJOHNNY_REQUIRE_SERVERS") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // ends with the test
	w := &World{Stores: []Server{s}}
	mc := memcache.New(s.Addr())
	if err := mc.Set(&memcache.Item{Key: "entry", Value: []byte(filling)}); err != nil {
		t.Fatal(err)
	}
	if err := w.Fill(context.Background(), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := mc.Get("entry"); !errors.Is(err, memcache.ErrCacheMiss) {
		t.Errorf("got error %v; want the entry evicted", err)
	}
}
