package cache

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
)

// An OpenCatalog opens a connection of the cache's own to a PostgreSQL database, over which it
// reads the catalog: one that is in no transaction, and that nobody else uses. done
// closes it. The cache keeps it as long as the database is used, and asks it every
// [Options].CatalogAge.
type OpenCatalog func(ctx context.Context) (query catalog.Query, done func(), err error)

// A watcher knows the definitions in one database, and looks whether they have changed:
// when the epoch has moved, and every CatalogAge while somebody asks. One look is under
// way at a time; it has a connection of its own, so that it meets no transaction and
// takes nothing from the program's pool.
type watcher struct {
	cache *Cache
	open  OpenCatalog

	current  atomic.Pointer[definitions] // nil: none that can be relied on
	postgres atomic.Bool                 // a session says that the database is PostgreSQL
	static   atomic.Bool                 // its catalog cannot be read: the words of a text have to do
	used     atomic.Bool                 // since the latest look

	mu      sync.Mutex
	flight  *glance   // the look under way; nil: none is
	next    time.Time // no look before
	backoff time.Duration
	timer   *time.Timer // of the next look
	stop    context.CancelFunc
	closed  bool

	// Of the look under way, or of who holds mu while none is:
	last     *definitions // the latest that were read; nil: none
	database string       // which one the connection leads to, or has led to
	relied   *definitions // the latest in it that could be relied on
	query    catalog.Query
	done     func() // closes the connection; nil: there is none
}

// A glance is a look that is under way.
type glance struct {
	done chan struct{} // closed when it ends
	late time.Time     // nobody waits for it any more
}

const (
	// lookWait is for how long from its beginning statements wait for a look: where
	// somebody holds a lock that it needs, the first are held up, and not all.
	lookWait = 2 * time.Second

	// lookTimeout bounds a look: a catalog of 2,000 tables is read in a second.
	lookTimeout = 30 * time.Second

	firstBackoff = 20 * time.Millisecond
	lastBackoff  = 5 * time.Second

	// staticAge is how long a catalog that may not be read is not asked again.
	staticAge = time.Minute
)

// newWatcher returns nil where there is nothing to watch.
func newWatcher(c *Cache, open OpenCatalog) *watcher {
	if open == nil || c.invalid != nil {
		return nil
	}
	return &watcher{cache: c, open: open}
}

// definitions returns what can be relied on now, nil if nothing can.
func (w *watcher) definitions() *definitions {
	if !w.used.Load() { // a write would cost the other cores their copy
		w.used.Store(true)
	}
	return w.current.Load()
}

// await makes the definitions known, if they are not. It waits for a look, but not for
// long: they are then unknown still.
func (w *watcher) await(ctx context.Context) {
	if w.definitions() == nil && !w.static.Load() {
		w.wait(ctx, w.look())
	}
}

// wait waits for the end of a look; nil is none.
func (w *watcher) wait(ctx context.Context, g *glance) {
	if g == nil {
		return
	}
	late := time.NewTimer(time.Until(g.late))
	defer late.Stop()
	select {
	case <-g.done:
	case <-late.C:
	case <-ctx.Done():
	}
}

// outdated says that the epoch was seen to have moved since d.
func (w *watcher) outdated(d *definitions) {
	if w.current.CompareAndSwap(d, nil) {
		w.look()
	}
}

// refresh looks whether there are newer definitions than d, since a name was not in them,
// and reports whether there are. Names that do not exist must not make it look all the
// time.
func (w *watcher) refresh(ctx context.Context, d *definitions) bool {
	if time.Since(d.seen) < max(firstBackoff, 5*d.took) {
		return false
	}
	w.wait(ctx, w.look())
	now := w.current.Load()
	return now != nil && now.snapshot != d.snapshot
}

// look starts a look, unless one is under way, and returns it. It is nil where it is too
// early for one, or too late.
func (w *watcher) look() *glance {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lookLocked()
}

func (w *watcher) lookLocked() *glance {
	switch {
	case w.flight != nil:
		return w.flight
	case w.closed, time.Now().Before(w.next):
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	w.flight, w.stop = &glance{done: make(chan struct{}), late: time.Now().Add(lookWait)}, cancel
	go w.run(ctx)
	return w.flight
}

// run is a look.
func (w *watcher) run(ctx context.Context) {
	d, err := w.read(ctx)
	if err != nil && !isPassing(err) && !w.unreadable(err) {
		w.hangUp()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.judge(d, err)
	w.stop()
	for w.closed && w.done != nil {
		w.mu.Unlock() // the connection is this look's still
		w.hangUp()
		w.mu.Lock()
	}
	close(w.flight.done)
	w.flight = nil
}

// judge takes over what a look has found.
func (w *watcher) judge(d *definitions, err error) {
	if err != nil {
		w.current.Store(nil)
	}
	switch {
	case err == nil:
		w.current.Store(d)
		w.static.Store(false)
		w.relied, w.backoff, w.next = d, 0, time.Time{}
		w.arm(w.cache.opts.CatalogAge, w.tick)
	case w.closed: // which has ended the look
	case w.unreadable(err):
		w.cache.opts.Logger.Warn("gojohnny: the catalog cannot be read; SQL is understood by its words alone", "err", err)
		w.static.Store(true)
		w.arm(staticAge, w.tick)
	case isPassing(err):
		w.next = time.Now().Add(firstBackoff)
	case errors.Is(err, errStandby):
		w.next = time.Now().Add(lastBackoff)
	default:
		w.backoff = min(max(2*w.backoff, firstBackoff), lastBackoff)
		w.next = time.Now().Add(w.backoff)
		w.cache.opts.Logger.Warn("gojohnny: the catalog was not read, and nothing is cached until it is", "err", err)
	}
}

// isPassing reports whether others are at it, and will be done soon.
func isPassing(err error) bool { return errors.Is(err, errFenced) || errors.Is(err, errMoving) }

// unreadable reports whether the server's error is one that will come again: the role has no right to
// something, or the database is not PostgreSQL, or so much else that its catalog is another one. One whose
// catalog was read before has all that is asked for.
func (w *watcher) unreadable(err error) bool {
	var server interface{ SQLState() string }
	if !errors.As(err, &server) {
		return false
	}
	switch server.SQLState() {
	case "42501": // insufficient_privilege
		return true
	case "42P01", "42703", "42883", "42601", "0A000": // no such table, column, function; syntax; not supported
		return w.last == nil
	}
	return false
}

// arm sets the timer.
func (w *watcher) arm(in time.Duration, f func()) {
	if w.timer != nil {
		w.timer.Stop()
	}
	if !w.closed {
		w.timer = time.AfterFunc(in, f)
	}
}

// tick looks, if somebody asked for the definitions since the latest look. If not, they
// are no longer relied on, and whoever asks next waits for a look.
//
// The look cannot end before expire is armed: it would have armed the next tick, in whose
// place expire then stood, which arms nothing.
func (w *watcher) tick() {
	w.mu.Lock()
	done := func() {}
	switch {
	case w.used.Swap(false):
		w.lookLocked()
		w.arm(w.cache.opts.CatalogAge, w.expire)
	case w.flight == nil:
		w.current.Store(nil)
		done = w.handOver()
	}
	w.mu.Unlock()
	done()
}

// expire ends the reliance on definitions while a look takes too long.
func (w *watcher) expire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.flight != nil {
		w.current.Store(nil)
	}
}

// close ends the look under way and all others.
func (w *watcher) close() {
	w.mu.Lock()
	w.closed = true
	if w.timer != nil {
		w.timer.Stop()
	}
	flight, done := w.flight, func() {}
	if flight == nil {
		done = w.handOver()
	} else {
		w.stop()
	}
	w.mu.Unlock()
	done()
	if flight != nil {
		<-flight.done
	}
}

// hangUp closes the connection of the look under way, and so without mu.
func (w *watcher) hangUp() { w.handOver()() }

// handOver gives up the connection to whoever closes it, without mu.
func (w *watcher) handOver() (done func()) {
	if w.done == nil {
		return func() {}
	}
	done = w.done
	w.query, w.done = nil, nil
	return done
}

var (
	errFenced  = errors.New("a definition is being changed")
	errStandby = errors.New("the connection leads to a standby, which may lag behind")
)

// read looks at the database: whether its definitions are still the latest that were
// read, or else what they are now. They can be relied on: see announce.go.
func (w *watcher) read(ctx context.Context) (*definitions, error) {
	d, err := w.glimpse(ctx)
	if err != nil {
		return nil, err
	}
	if w.relied != nil && w.relied.snapshot == d.snapshot && w.relied.epoch == d.epoch {
		return d, nil
	}
	if ok, err := w.isAnnounced(ctx, d); ok || err != nil {
		return d, err
	}
	resign, err := w.elect(ctx)
	if err != nil {
		return nil, err
	}
	defer resign()
	if ok, err := w.isAnnounced(ctx, d); ok || err != nil { // by whoever was elected before
		return d, err
	}
	return w.move(ctx)
}

// glimpse reads the definitions once. Where they are still the latest that were read, they have its
// snapshot.
func (w *watcher) glimpse(ctx context.Context) (*definitions, error) {
	start := time.Now()
	epoch, err := w.epoch(ctx)
	if err != nil {
		return nil, err
	}
	if err := w.dial(ctx); err != nil {
		return w.alone(ctx, epoch, err)
	}
	roles, err := catalog.Roles(ctx, w.query)
	if err != nil {
		return w.alone(ctx, epoch, err)
	}
	if w.last != nil {
		print, err := catalog.Fingerprint(ctx, w.query)
		if err != nil {
			return w.alone(ctx, epoch, err)
		}
		if print == w.last.snapshot.Fingerprint() {
			return w.found(w.last.snapshot, w.last.resolvers, roles, epoch, start), nil
		}
	}
	snapshot, err := catalog.Load(ctx, w.query, w.cache.analyzer)
	if err != nil {
		return nil, err
	}
	w.cache.counts.loads.Add(1)
	return w.found(snapshot, &resolvers{m: map[string]*catalog.Resolver{}}, roles, epoch, start), nil
}

// found makes definitions the last, on the ground of those before if that is the same.
func (w *watcher) found(s *catalog.Snapshot, rs *resolvers, roles string, epoch backends.Generation, start time.Time) *definitions {
	d := &definitions{ground: &ground{snapshot: s, roles: roles, resolvers: rs}, epoch: epoch, seen: start, took: time.Since(start)}
	if w.last != nil && w.last.snapshot == s && w.last.roles == roles {
		d.ground = w.last.ground
	}
	w.last = d
	return d
}

// epoch returns the generation of the epoch, which carries no fence.
func (w *watcher) epoch(ctx context.Context) (backends.Generation, error) {
	var state [1]backends.TagState
	if _, err := w.cache.protocol.Load(ctx, backends.Key{}, []string{w.cache.epoch}, state[:]); err != nil {
		return 0, err
	}
	if state[0].Fenced {
		return 0, errFenced
	}
	return state[0].Generation, nil
}

// alone judges a look that the database did not answer. In one that is down nobody
// changes definitions either: if the epoch has not moved, what is known stays known, so that
// hits are served as long as the database is away. A server that answers, but with an error, or
// that is late, may be well.
func (w *watcher) alone(ctx context.Context, epoch backends.Generation, err error) (*definitions, error) {
	var server interface{ SQLState() string }
	if w.relied == nil || w.relied.epoch != epoch || ctx.Err() != nil || errors.Is(err, errStandby) || errors.As(err, &server) {
		return nil, err
	}
	w.hangUp()
	return w.relied, nil
}

// dial opens the connection, if there is none.
func (w *watcher) dial(ctx context.Context) error {
	if w.done != nil {
		return nil
	}
	query, done, err := w.open(ctx)
	if err != nil {
		return err
	}
	w.query, w.done = query, done
	rows, err := query(ctx, identitySQL)
	switch {
	case err != nil:
		return err
	case len(rows) != 1 || len(rows[0]) < 2 || rows[0][0] != "false":
		return errStandby
	}
	if database := identify(rows[0][1:]); database != w.database {
		w.relied, w.database = nil, database
	}
	return nil
}
