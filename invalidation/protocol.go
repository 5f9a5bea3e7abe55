package invalidation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// ErrRefused is wrapped by the error of a write that was not let through to the
// database because its tags could not be fenced, in Strict mode.
var ErrRefused = errors.New("invalidation: write refused, the store is out of reach")

// ErrPending is what Load answers, wrapped, while an advance of one of the tags by
// this process has not reached the store yet.
var ErrPending = errors.New("invalidation: an advance has not reached the store yet")

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
	// living writer renews it. It must be longer than the database can take to
	// resolve the commit of a client that is gone. Defaults to 10 s, and is at
	// least 1 s.
	Lease time.Duration

	// Logger hears of every fence, lift and advance the store did not take.
	// Defaults to slog.Default(). Lines name tags, never SQL.
	Logger *slog.Logger
}

const (
	defaultLease = 10 * time.Second
	minLease     = time.Second
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

// A Protocol runs the protocol on one store. It is safe for concurrent use.
type Protocol struct {
	store  backends.Store
	mode   Mode
	lease  time.Duration
	log    *slog.Logger
	queue  queue
	counts counters

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
	p := &Protocol{store: store, mode: opts.Mode, lease: opts.Lease, log: opts.Logger}
	if p.lease == 0 {
		p.lease = defaultLease
	}
	if p.log == nil {
		p.log = slog.Default()
	}
	p.closing, p.close = context.WithCancel(context.Background())
	p.queue.init(p)
	return p, nil
}

// Load fills states with the state of tags and returns the entry at key, nil if
// there is none, as [backends.Store.Load] does. While one of the tags waits for an
// advance of this process to land it is ErrPending, and the store is not asked.
// It blocks on the store, as long as ctx and the store's client let it.
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
		p.queue.add(landing{token: backends.NewToken(), tags: tags})
		return fmt.Errorf("invalidation: advance: %w", err)
	}
	p.counts.advances.Add(1)
	return nil
}

// Close ends the background work: renewals stop, fences that still stand are left
// to their leases, and the queued advances are tried once more. It returns an
// error if some did not land: other processes may then serve what they have for
// as long as their entries live.
func (p *Protocol) Close(ctx context.Context) error {
	p.mu.Lock()
	p.close()
	p.mu.Unlock()
	p.work.Wait()
	return p.queue.flush(ctx)
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

// Stats are counts since the Protocol was made.
type Stats struct {
	Fences     uint64 // writes that fenced their tags
	Committed  uint64 // ... and lifted with an advance
	RolledBack uint64 // ... and lifted without
	Abandoned  uint64 // ... and left their fences to the lease: outcome unknown
	Open       uint64 // ... and have not ended
	Renewals   uint64 // leases renewed for a write that took long
	Unfenced   uint64 // Available: writes let through without a fence
	Refused    uint64 // Strict: writes refused
	Advances   uint64 // advances by name
	Queued     uint64 // lifts and advances that went to the queue
	Pending    uint64 // ... and wait there now
}

type counters struct {
	fences, committed, rolledBack, abandoned, renewals, unfenced, refused, advances, queued atomic.Uint64
}

// Stats returns the counts: Fences = Committed + RolledBack + Abandoned + Open.
func (p *Protocol) Stats() Stats {
	s := Stats{
		Committed:  p.counts.committed.Load(),
		RolledBack: p.counts.rolledBack.Load(),
		Abandoned:  p.counts.abandoned.Load(),
		Fences:     p.counts.fences.Load(), // after the three: Open is never negative
		Renewals:   p.counts.renewals.Load(),
		Unfenced:   p.counts.unfenced.Load(),
		Refused:    p.counts.refused.Load(),
		Advances:   p.counts.advances.Load(),
		Queued:     p.counts.queued.Load(),
		Pending:    p.queue.len(),
	}
	s.Open = s.Fences - s.Committed - s.RolledBack - s.Abandoned
	return s
}
