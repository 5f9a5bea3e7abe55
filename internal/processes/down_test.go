package processes

import (
	"errors"
	"testing"

	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/invalidation"
)

// faults are the ways a store goes out of reach, and comes back.
var faults = map[string]func(testing.TB, *testservers.RedisServer) (restore func()){
	"Hangs": func(t testing.TB, s *testservers.RedisServer) func() { return s.Freeze(t) },
	"Dies": func(t testing.TB, s *testservers.RedisServer) func() {
		s.Kill(t)
		return func() { s.Start(t) }
	},
}

// TestStoreDown takes the store away from three programs and brings it back.
func TestStoreDown(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"redis", "tiered"} {
		for name, fault := range faults {
			t.Run("store="+kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				d := newOutage(t, kind, "")
				restore := fault(t, d.server)
				d.available(t)
				d.strict(t)
				restore()
				want := d.landed(t)
				if got := must(t, d.there.read); got < want {
					t.Errorf("after every advance landed: the other process got version %d; want %d", got, want)
				}
				d.hitsAgain(t, want)
				if got := must(t, func() (int64, error) { return insist(d.refuser.write) }); got != want+1 {
					t.Errorf("the first Strict write after: got version %d; want %d", got, want+1)
				}
				if got := must(t, d.there.read); got != want+1 {
					t.Errorf("after it, the other process got version %d; want %d", got, want+1)
				}
			})
		}
	}
}

// TestStoreDownFindsLostAdvance shows that it can fail.
func TestStoreDownFindsLostAdvance(t *testing.T) {
	t.Parallel()
	d := newOutage(t, "redis", wrongQueue)
	restore := faults["Hangs"](t, d.server)
	if _, err := d.here.write(); err != nil {
		t.Fatal(err)
	}
	restore()
	want := d.landed(t)
	await(t, "a stale read by the other process", func() bool { return must(t, d.there.read) < want })
}

// An outage has three programs on a store that is the test's own.
type outage struct {
	server  *testservers.RedisServer
	cfg     config
	here    *program // Available
	refuser *program // Strict
	there   *process // Available
}

func newOutage(t *testing.T, kind, wrong string) *outage {
	t.Helper()
	cfg := newConfig(t, kind)
	d := &outage{server: testservers.NewRedis(t)}
	cfg.Address, cfg.Mode = d.server.URL(), invalidation.Strict
	d.refuser = newProgram(t, cfg)
	cfg.Mode = invalidation.Available
	d.cfg, d.there = cfg, start(t, cfg)
	cfg.Wrong = wrong
	d.here = newProgram(t, cfg)
	must(t, d.here.write)
	await(t, "a hit in the other process", func() bool {
		must(t, d.there.read)
		return must(t, d.there.hits) > 0
	})
	return d
}

// available checks reads and Available writes while the store is down.
func (d *outage) available(t *testing.T) {
	t.Helper()
	bare := newBare(t, d.cfg)
	hits := hitsOf(t, d.here, d.there)
	for i, p := range []peer{d.here, d.there, d.here, d.there} {
		for _, write := range []func() (int64, error){p.write, p.transact} {
			must(t, write)
			want, err := version(bare, readVersion)
			if err != nil {
				t.Fatal(err)
			}
			for _, reader := range []peer{d.here, d.there} {
				if got := must(t, reader.read); got != want {
					t.Errorf("round %d, store down: got version %d; want %d", i, got, want)
				}
			}
		}
	}
	if now := hitsOf(t, d.here, d.there); now != hits {
		t.Errorf("got %d hits while the store was down; want none", now-hits)
	}
}

// strict checks that Strict writes are refused and leave nothing behind.
func (d *outage) strict(t *testing.T) {
	t.Helper()
	before := must(t, d.refuser.read)
	for verb, write := range map[string]func() (int64, error){"write": d.refuser.write, "transact": d.refuser.transact} {
		if _, err := write(); !errors.Is(err, invalidation.ErrRefused) {
			t.Errorf("Strict %s, store down: got %v; want ErrRefused", verb, err)
		}
	}
	if got := must(t, d.refuser.read); got != before {
		t.Errorf("after refused writes: got version %d; want %d", got, before)
	}
}

// landed waits until this process's invalidations have reached the store, makes
// sure of the other's, and returns the version of the database.
func (d *outage) landed(t *testing.T) int64 {
	t.Helper()
	await(t, "every advance to land", func() bool {
		return must(t, d.here.pending) == 0 && must(t, d.there.pending) == 0
	})
	v, err := version(newBare(t, d.cfg), readVersion)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// hitsAgain waits until both processes are answered by the cache.
func (d *outage) hitsAgain(t *testing.T, want int64) {
	t.Helper()
	for _, p := range []peer{d.here, d.there} {
		hits := must(t, p.hits)
		await(t, "a hit after the store came back", func() bool {
			if got := must(t, p.read); got != want {
				t.Errorf("after the store came back: got version %d; want %d", got, want)
			}
			return must(t, p.hits) > hits
		})
	}
}

func must(t *testing.T, f func() (int64, error)) int64 {
	t.Helper()
	v, err := f()
	if err != nil {
		t.Fatal(err)
	}
	return v
}
