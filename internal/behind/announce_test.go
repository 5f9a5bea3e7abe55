package behind

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/tiered"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// A heldStore is the way to a store of one process, which is held up before one of its calls.
type heldStore struct {
	backends.Store
	at              int32
	calls           atomic.Int32
	reached, resume chan struct{}
}

func (s *heldStore) call() {
	if s.calls.Add(1) == s.at {
		close(s.reached)
		<-s.resume
	}
}

func (s *heldStore) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	s.call()
	return s.Store.Load(ctx, key, tags, states)
}

func (s *heldStore) Save(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) error {
	s.call()
	return s.Store.Save(ctx, key, entry, ttl)
}

func (s *heldStore) Advance(ctx context.Context, tags []string) error {
	s.call()
	return s.Store.Advance(ctx, tags)
}

// What definitions come back to, and how.
const (
	createTwice = `CREATE TABLE a (x int); INSERT INTO a VALUES (1);
		CREATE FUNCTION twice(bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT 2 * $1'`
	overload = `CREATE FUNCTION twice(int) RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT 20 * $1'`
	drop     = `DROP FUNCTION twice(int)`
	asItWas  = "2|\n"
	overlaid = "20|\n"
)

// gets reads until it is answered by the cache, and with rows that are wanted.
func (c *client) gets(t testing.TB, query, want string) {
	t.Helper()
	eventually(t, "not kept: "+want, func() bool {
		hits := c.cache.Stats().Hits
		return rows(t, c, query) == want && c.cache.Stats().Hits > hits
	})
}

// A process that moves the epoch is held up, anywhere, while definitions change and another announces them. None
// relies on what it read then, nor on what it announces when it goes on. Nobody is elected here.
func TestHeldUpWhileItMovesTheEpoch(t *testing.T) {
	const query = `SELECT twice(x) FROM a`
	for name, schedule := range map[string]func(t *testing.T, bare door, other *client, hold func()){
		// What it announces belongs to an era that is over, though it be true again.
		"DefinitionsComeBack": func(t *testing.T, bare door, other *client, hold func()) {
			hold()
			exec(t, bare, overload)
			other.gets(t, query, overlaid)
			exec(t, bare, drop)
		},
		// Nobody relies on what was announced before, under the epoch that it moved.
		"DefinitionsComeBackTwice": func(t *testing.T, bare door, other *client, hold func()) {
			other.gets(t, query, asItWas)
			exec(t, bare, overload)
			hold()
			exec(t, bare, drop)
			other.gets(t, query, asItWas)
			exec(t, bare, overload)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			held := true
			for at := int32(1); held; at++ {
				held = false
				t.Run(fmt.Sprintf("Call%d", at), func(t *testing.T) { held = holdUp(t, at, query, schedule) })
				if at < 10 && !held {
					t.Errorf("it moved the epoch in %d calls", at-1)
				}
			}
		})
	}
}

// holdUp runs a schedule, in which hold has a process begin to read and holds it up before a call. It reports whether
// there was such a call.
func holdUp(t *testing.T, at int32, query string, schedule func(t *testing.T, bare door, other *client, hold func())) (held bool) {
	url, store := testservers.Postgres(t).URL(), newStore(t)
	way := &heldStore{Store: store, at: at, reached: make(chan struct{}), resume: make(chan struct{})}
	opts := cache.Options{CatalogAge: time.Hour}
	one := newClient(t, wrappers["sql"], url, newCache(t, way, &opts))
	other := newClient(t, wrappers["sql"], url, newCache(t, store, &opts))
	execAll(t, one.bare, createTwice)
	read := make(chan error, 1)
	schedule(t, one.bare, other, func() {
		go func() {
			_, err := one.rows(t.Context(), query)
			read <- err
		}()
		select {
		case <-way.reached:
			held = true
		case err := <-read:
			read <- err
		}
	})
	close(way.resume)
	if err := <-read; err != nil {
		t.Error(err)
	}
	one.fresh(t, query)
	other.fresh(t, query)
	return held
}

// Where reads may be answered from memory as of a while ago, an era is not: what was announced in it may be over.
func TestAnnouncementIsNotTrusted(t *testing.T) {
	const query, another = `SELECT twice(x) FROM a`, `SELECT twice(x) FROM a WHERE x > 0`
	url, shared := testservers.Postgres(t).URL(), newStore(t)
	trusting, err := tiered.New(newStore(t), shared, &tiered.Options{MaxStaleness: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(trusting.Close)
	process := func(store backends.Store) *client {
		return newClient(t, wrappers["sql"], url, newCache(t, store, &cache.Options{CatalogAge: time.Hour}))
	}
	bare := openBare(t, url)
	execAll(t, bare, createTwice)
	process(shared).gets(t, query, asItWas)
	one := process(trusting)
	one.gets(t, query, asItWas) // it finds that announced
	exec(t, bare, overload)
	process(shared).gets(t, another, overlaid)
	exec(t, bare, drop)
	one.fresh(t, another) // it finds that the epoch has moved, and the definitions as they were
}

// Databases that share a store and a namespace do not move the epoch from under each other.
func TestDatabasesShareANamespace(t *testing.T) {
	const query = `SELECT x FROM a`
	for name, open := range map[string]func(testing.TB) backends.Store{"memory": newStore, "redis": newRedis, "memcached": newMemcached} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := open(t)
			var clients []*client
			for i := range 2 {
				url := testservers.Postgres(t).URL()
				execAll(t, openBare(t, url), fmt.Sprintf(`CREATE TABLE a (x int); INSERT INTO a VALUES (%d)`, i))
				for range 2 {
					clients = append(clients, newClient(t, wrappers["pgx"], url, newCache(t, store, &cache.Options{CatalogAge: 20 * time.Millisecond})))
				}
			}
			settle := func() {
				for i, c := range clients {
					eventually(t, "the epoch does not settle", func() bool {
						hits := c.cache.Stats().Hits
						if got, want := rows(t, c, query), fmt.Sprintf("%d|\n", i/2); got != want {
							t.Fatalf("got %q of another database; want %q", got, want)
						}
						return c.cache.Stats().Hits > hits
					})
				}
			}
			advances := func() (n uint64) {
				for _, c := range clients {
					n += c.cache.Stats().Protocol.Advances
				}
				return n
			}
			settle()
			moved := advances()
			for range 10 {
				settle()
				exec(t, clients[0], `DO 'BEGIN UPDATE a SET x = x; END'`)
			}
			settle()
			if n := advances(); n != moved {
				t.Errorf("the epoch was moved %d times more; want none", n-moved)
			}
		})
	}
}

// Processes whose sessions print times otherwise have the same eras.
func TestErasAreOfTheDatabase(t *testing.T) {
	const query = `SELECT x FROM a`
	url, store := testservers.Postgres(t).URL(), newStore(t)
	execAll(t, openBare(t, url), `CREATE TABLE a (x int); INSERT INTO a VALUES (1)`)
	for i, settings := range []string{"", "&options=-c%20TimeZone%3DAsia/Tokyo%20-c%20DateStyle%3DGerman"} {
		c := newClient(t, wrappers["pgx"], url+settings, newCache(t, store, nil))
		c.keeps(t, c, query)
		if got, want := c.cache.Stats().Protocol.Advances, uint64(1-i); got != want {
			t.Errorf("process %d: moved the epoch %d times; want %d", i, got, want)
		}
	}
}

// What is lost of an announcement costs one advance, whoever pays it.
func TestAnnouncementIsLost(t *testing.T) {
	const query = `SELECT x FROM a`
	url, store := testservers.Postgres(t).URL(), newStore(t)
	execAll(t, openBare(t, url), `CREATE TABLE a (x int); INSERT INTO a VALUES (1)`)
	for i, want := range []struct {
		store    backends.Store
		advances uint64
	}{{unsaved{store}, 1}, {store, 1}, {store, 0}} {
		c := newClient(t, wrappers["sql"], url, newCache(t, want.store, nil))
		c.keeps(t, c, query)
		if n := c.cache.Stats().Protocol.Advances; n != want.advances {
			t.Errorf("process %d: moved the epoch %d times; want %d", i, n, want.advances)
		}
	}
}

// unsaved is a store that loses announcements: what is saved for a day.
type unsaved struct{ backends.Store }

func (s unsaved) Save(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) error {
	if ttl == 24*time.Hour {
		return errors.New("lost")
	}
	return s.Store.Save(ctx, key, entry, ttl)
}
