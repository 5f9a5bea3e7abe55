package invalidation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// ErrRefused is wrapped by the error of a write that was not let through to the
// database because its tags could not be fenced, in Strict mode.
var ErrRefused = errors.New("invalidation: write refused, the store is out of reach")

// ErrPending is what Load answers while the store does not know all that this
// process wrote to one of the tags.
var ErrPending = errors.New("invalidation: a write has not reached the store yet")

// A Mode says what becomes of a write when the store is out of reach.
type Mode uint8

const (
	// Available lets the write through. Its advance is retried until it lands;
	// until then this process does not use the cache for its tables, and
	// others may serve what they have, at most for the time to live of their
	// entries.
	Available Mode = iota
	// Strict refuses the write before it is sent, or before its COMMIT is,
	// with ErrRefused.
	Strict
)

// Options adjust a Protocol. The zero value is every default.
type Options struct {
	// Mode is Available by default.
	Mode Mode

	// Lease is how long a fence outlives a writer that died or lost its
	// connection; for that long the tables it was writing are not cached. A
	// living writer renews it every quarter. It must be longer by that quarter
	// than the database can take to resolve the commit of a client that is gone.
	// Defaults to 10 s, and is at least 1 s.
	Lease time.Duration

	// Logger hears of every fence, lift and advance the store did not take.
	// Defaults to slog.Default(). Lines name tags, never SQL.
	Logger *slog.Logger
}

const (
	defaultLease = 10 * time.Second
	minLease     = time.Second

	// maxPatience is how long a write waits for a store that does not answer. It
	// is less where a quarter of the lease is: two renewals can fail before the
	// lease ends.
	maxPatience = time.Second
)

// Check reports what is out of range in o.
func (o *Options) Check() error {
	switch {
	case o.Lease != 0 && o.Lease < minLease:
		return fmt.Errorf("invalidation: Lease is %v, want at least %v", o.Lease, minLease)
	case o.Mode > Strict:
		return fmt.Errorf("invalidation: Mode is %d, want Available or Strict", o.Mode)
	}
	return nil
}

// A Protocol runs the protocol on one store, for one process. It is safe for
// concurrent use.
type Protocol struct {
	store    backends.Store
	mode     Mode
	lease    time.Duration
	patience time.Duration // how long a call of the store may take
	log      *slog.Logger
	queue    queue
	counts   counters

	closing context.Context // done when Close is called
	close   context.CancelFunc

	mu   sync.Mutex     // orders the start of background work and Close
	work sync.WaitGroup // the background work that Close waits for
}

// New returns a Protocol on store, which the caller closes after it. Options out of
// range are Check's error; nil is every default.
func New(store backends.Store, opts *Options) (*Protocol, error) {
	if opts == nil {
		opts = &Options{}
	}
	if err := opts.Check(); err != nil {
		return nil, err
	}
	p := &Protocol{store: store, mode: opts.Mode, lease: cmp.Or(opts.Lease, defaultLease), log: opts.Logger}
	if p.log == nil {
		p.log = slog.Default()
	}
	p.patience = min(p.lease/4, maxPatience)
	p.closing, p.close = context.WithCancel(context.Background())
	p.queue = queue{p: p, held: map[string]int{}}
	return p, nil
}

// Load fills states with the state of tags and returns the entry at key, nil if
// there is none, as [backends.Store.Load] does. It is ErrPending, and the store is
// not asked, while one of the tags is held back. It waits for the store as long as
// ctx and the store's client let it.
func (p *Protocol) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	if p.queue.holds(tags) {
		return nil, ErrPending
	}
	return p.store.Load(ctx, key, tags, states)
}

// Advance moves the generations of tags now, for a change that was committed
// already. It blocks until the store took it. If the store does not, the advance
// is queued and retried like a write's, and the error says why.
func (p *Protocol) Advance(ctx context.Context, tags []string) error {
	if len(tags) == 0 {
		return nil
	}
	if err := p.store.Advance(ctx, tags); err != nil {
		p.queue.hold(tags)
		p.queue.add(landing{tags: tags, token: backends.NewToken()})
		return fmt.Errorf("invalidation: advance: %w", err)
	}
	p.counts.advances.Add(1)
	return nil
}

// land tells the store what l says.
func (p *Protocol) land(ctx context.Context, l landing) error {
	ctx, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	if l.unknown {
		return p.store.Fence(ctx, l.tags, l.token, p.lease)
	}
	return p.store.Lift(ctx, l.tags, l.token, true)
}

// landAndLook is land, and returns the state of tag.
func (p *Protocol) landAndLook(l landing, tag string) (backends.TagState, error) {
	ctx, cancel := context.WithTimeout(context.Background(), p.patience)
	defer cancel()
	if l.unknown {
		return backends.FenceAndLook(ctx, p.store, l.tags, l.token, p.lease, tag)
	}
	return backends.LiftAndLook(ctx, p.store, l.tags, l.token, true, tag)
}

// Close ends the background work, and tries once more to tell the store what it has
// not taken. Its error says that something did not land: other processes may then
// serve what they have for as long as their entries live.
//
// Writes that have not ended keep their fences, and end as they would have. What the
// store does not take after Close is not tried again.
func (p *Protocol) Close(ctx context.Context) error {
	p.mu.Lock()
	p.close()
	p.mu.Unlock()
	p.work.Wait()
	if err := p.queue.flush(ctx); err != nil {
		return fmt.Errorf("invalidation: close: writes that the store does not know of: %w", err)
	}
	return nil
}

// background runs f in a goroutine that Close waits for. It reports false, and runs
// nothing, once the Protocol is closed.
func (p *Protocol) background(f func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing.Err() != nil {
		return false
	}
	p.work.Go(f)
	return true
}
