//go:build unix

package faults

import (
	"context"
	"math/rand/v2"
	"net"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/bench/staleness/fleet"
	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
	"github.com/gojohnny/gojohnny/bench/staleness/world"
	"github.com/gojohnny/gojohnny/internal/servers"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

func TestMain(m *testing.M) {
	worker.Main() // does not return in a worker
	m.Run()
}

// lease is short, and so is what is measured by it.
const lease = time.Second

// A bench is a world with one worker, into which faults are injected.
type bench struct {
	*Injector
	t     *testing.T
	store *redis.Client // past the proxy
}

func newBench(t *testing.T) *bench {
	t.Helper()
	mix := worker.Mix{Rows: 2}
	w, err := world.New(t.Context(), "redis", append(mix.Schema(), "CREATE UNLOGGED TABLE volatile AS SELECT 1 AS n"), 1000)
	testservers.Started(t, err)
	t.Cleanup(func() { _ = w.Close() }) // ends with the tests anyway
	b := &bench{t: t}
	f, err := fleet.New(1, t.TempDir(), worker.Config{
		System: worker.Gojohnny, Database: w.URL, Store: w.StoreURL, Prefix: "faults:", Lease: lease, Clients: 2, Reads: 0.5, Mix: mix,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Quit() }) // likewise
	b.Injector = New(w, f, lease, 100*time.Millisecond, nil)
	opts, err := redis.ParseURL(w.Stores[0].(*servers.Redis).URL().String())
	if err != nil {
		t.Fatal(err)
	}
	opts.MaxRetries = -1
	b.store = redis.NewClient(opts)
	t.Cleanup(func() { _ = b.store.Close() }) // likewise
	return b
}

// inject injects a fault and returns when it is undone. The effect must show meanwhile.
func (b *bench) inject(f func(*Injector, context.Context, *rand.Rand) (string, error), effect func() bool) {
	b.t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := f(b.Injector, b.t.Context(), rand.New(rand.NewPCG(1, 1)))
		done <- err
	}()
	seen := false
	for {
		select {
		case err := <-done:
			if err != nil {
				b.t.Fatal(err)
			}
			if !seen && !effect() {
				b.t.Error("the fault had no effect")
			}
			return
		default:
			seen = seen || effect()
		}
	}
}

// reaches reports whether somebody answers, in time, at an address.
func (b *bench) reaches(addr string) bool {
	conn, err := net.DialTimeout("tcp", addr, 100*time.Millisecond)
	if err != nil {
		return false
	}
	_ = conn.Close() // has been reached
	return true
}

// ping is how long the store takes to answer at an address, through which it may be out of
// reach.
func (b *bench) ping(addr string, patience time.Duration) (time.Duration, error) {
	rdb := redis.NewClient(&redis.Options{Addr: addr, Password: b.store.Options().Password, MaxRetries: -1, ContextTimeoutEnabled: true})
	defer func() { _ = rdb.Close() }() // has answered
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	begin := time.Now()
	err := rdb.Ping(ctx).Err()
	return time.Since(begin), err
}

// query asks the database for a text, past the proxy or through it.
func (b *bench) query(address, sql string) (text string, took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = conn.Close(ctx) }() // has answered
	begin := time.Now()
	err = conn.QueryRow(ctx, sql).Scan(&text)
	return text, time.Since(begin), err
}

// must is query for what has to answer.
func (b *bench) must(sql string) string {
	b.t.Helper()
	text, _, err := b.query(b.world.URL, sql)
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

// TestFaults: each has its effect on the server, the proxy or the worker, and is undone.
func TestFaults(t *testing.T) {
	b := newBench(t)
	for name, f := range map[string]func(*bench, *testing.T){
		"Store": (*bench).storeFaults, "Database": (*bench).databaseFaults, "Workers": (*bench).workerFaults, "Run": (*bench).run,
	} {
		t.Run(name, func(t *testing.T) { b.t = t; f(b, t) })
	}
}

func (b *bench) storeFaults(t *testing.T) {
	proxy, direct := b.world.Proxies[0].Addr, b.store.Options().Addr
	answers := func(addr string) bool { _, err := b.ping(addr, 20*time.Millisecond); return err == nil }
	put := func() {
		for key, ttl := range map[string]time.Duration{"tag": 0, "entry": time.Hour} {
			if err := b.store.Set(t.Context(), key, "x", ttl).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	// TTL does not make the key one that was used lately, as EXISTS does.
	has := func(key string) bool { return b.store.TTL(t.Context(), key).Val() != -2 }
	runID := func() string { return b.store.InfoMap(t.Context(), "server").Item("Server", "run_id") }

	b.inject((*Injector).cutStore, func() bool { return !b.reaches(proxy) && answers(direct) })
	b.undone(CutStore, func() bool { return answers(proxy) })

	b.inject((*Injector).slowStore, func() bool {
		took, err := b.ping(proxy, time.Second)
		return err == nil && took >= time.Millisecond && b.world.Proxies[0].Slow()
	})
	b.undone(SlowDown, func() bool { return !b.world.Proxies[0].Slow() })

	b.inject((*Injector).freezeStore, func() bool { return b.reaches(direct) && !answers(direct) })
	b.undone(Freeze, func() bool { return answers(direct) })

	put()
	before := runID()
	b.inject((*Injector).restartStore, func() bool { return !answers(direct) })
	b.undone(Restart, func() bool { return answers(proxy) })
	if has("tag") || runID() == before {
		t.Errorf("%s: got the tag there %v, the same process %v; want neither", Restart, has("tag"), runID() == before)
	}

	put()
	before = runID()
	b.inject((*Injector).flushStore, func() bool { return !has("tag") })
	if runID() != before {
		t.Errorf("%s: it is another process", Flush)
	}

	put()
	b.inject(func(i *Injector, ctx context.Context, r *rand.Rand) (string, error) {
		for range 50 { // Redis evicts by samples
			if _, err := i.evict(ctx, r); err != nil || !has("entry") {
				return "", err
			}
		}
		return "", nil
	}, func() bool { return !has("entry") })
	if !has("tag") {
		t.Errorf("%s: what has no time to live was evicted", Evict)
	}
}

// undone waits until a fault is.
func (b *bench) undone(kind Kind, done func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); {
		if time.Now().After(deadline) {
			b.t.Fatalf("%s: not undone after 20 s", kind)
		}
	}
}

func (b *bench) databaseFaults(t *testing.T) {
	address, err := url.Parse(b.world.URL)
	if err != nil {
		t.Fatal(err)
	}
	b.inject((*Injector).cutDatabase, func() bool { return !b.reaches(address.Host) })
	b.undone(CutDB, func() bool { return b.reaches(address.Host) })

	b.inject((*Injector).slowDatabase, func() bool { return b.world.Database.Slow() })
	b.undone(SlowDB, func() bool { return !b.world.Database.Slow() })

	b.terminates()
	started := "SELECT pg_postmaster_start_time()::text"
	unlogged := "SELECT count(*)::text FROM volatile" // a crash empties it
	for _, c := range []struct {
		kind   Kind
		inject func(*Injector, context.Context, *rand.Rand) (string, error)
		rows   string
	}{{Fast, (*Injector).restartFast, "1"}, {Crash, (*Injector).crash, "0"}} {
		before := b.must(started)
		if _, err := c.inject(b.Injector, t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if after, rows := b.must(started), b.must(unlogged); after == before || rows != c.rows {
			t.Errorf("%s: got restarted %v, %s rows in an unlogged table; want true, %s", c.kind, after != before, rows, c.rows)
		}
	}
}

// terminates has connections terminated until one is that belongs to the test.
func (b *bench) terminates() {
	conn, err := pgx.Connect(b.t.Context(), b.world.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 50 { // it takes a share of them
		if _, err := b.terminate(b.t.Context(), r); err != nil {
			b.t.Fatal(err)
		}
		if conn.Ping(b.t.Context()) != nil {
			return
		}
	}
	b.t.Errorf("%s: a connection outlived 50 of them", Backends)
}

// workerFaults: a worker is killed, and another one in its place; or stands still, as
// it says itself, and goes on.
func (b *bench) workerFaults(t *testing.T) {
	for _, f := range []func(*Injector, context.Context, *rand.Rand) (string, error){(*Injector).kill, (*Injector).killAt} {
		old := b.fleet.Worker(0)
		if _, err := f(b.Injector, t.Context(), rand.New(rand.NewPCG(1, 1))); err != nil {
			t.Fatal(err)
		}
		select {
		case <-old.Gone():
		default:
			t.Errorf("process %d lives", old.Number)
		}
		if now := b.fleet.Worker(0); now.Number != old.Number+1 {
			t.Errorf("got process %d in the place of %d", now.Number, old.Number)
		}
	}
	w := b.fleet.Worker(0)
	b.undone(Kill, func() bool { return w.Report().Reads > 0 })
	if _, err := b.stop(t.Context(), rand.New(rand.NewPCG(1, 1))); err != nil {
		t.Fatal(err)
	}
	reads := w.Report().Reads
	b.undone(Stop, func() bool { return w.Report().Reads > reads })
	w.Kill()
	stops := w.Stops()
	if len(stops) != 1 || stops[0].End-stops[0].Begin < int64(lease)*5/4 {
		t.Fatalf("got stops %v; want one for longer than the lease", stops)
	}
	records, err := history.ReadLog(w.Log)
	if err != nil {
		t.Fatal(err)
	}
	stood := slices.ContainsFunc(records, func(r history.Record) bool {
		return r.Kind == history.Stall && r.Begin <= stops[0].Begin+int64(lease)/4 && r.End >= stops[0].End-int64(lease)/4
	})
	if !stood {
		t.Error("the worker does not know that it stood still")
	}
}

// TestSeed: the same seed brings the same faults in the same order, another one others.
func TestSeed(t *testing.T) {
	for _, l := range []lane{workerLane, storeLane, databaseLane} {
		program := func(seed uint64) (kinds []Kind, waits []time.Duration) {
			r := rand.New(rand.NewPCG(seed, 1))
			for range 200 {
				waits = append(waits, between(r, time.Second, 2*time.Second))
				kinds = append(kinds, l.choose(r).kind)
			}
			return kinds, waits
		}
		kinds, waits := program(7)
		again, waitsAgain := program(7)
		other, _ := program(8)
		if !slices.Equal(kinds, again) || !slices.Equal(waits, waitsAgain) {
			t.Errorf("%s: two programs of one seed differ", l.name)
		}
		if slices.Equal(kinds, other) {
			t.Errorf("%s: two seeds make one program", l.name)
		}
		for _, w := range l.kinds {
			if !slices.Contains(kinds, w.kind) {
				t.Errorf("%s: no %q in 200 faults", l.name, w.kind)
			}
		}
	}
}

// run: faults are injected until the context ends, of the named kinds alone, and noted.
func (b *bench) run(t *testing.T) {
	b.every, b.only = 10*time.Millisecond, []string{"flushed"}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx, 1) }()
	b.undone(Flush, func() bool { return len(b.Faults()) >= 3 })
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	for _, f := range b.Faults() {
		if f.Kind != Flush || f.Span.End < f.Span.Begin || f.Database {
			t.Errorf("got %+v; want only %q", f, Flush)
		}
	}
}
