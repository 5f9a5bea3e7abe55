package cache

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
)

// Options adjust a Cache. The zero value is every default.
type Options struct {
	// Namespace names the database whose tables the generations belong to, not
	// the program: programs that write one database and share one store need one
	// namespace, or they do not see each other's writes. Several databases on one
	// store are better off with one each: in one namespace they share no rows, but
	// a write to a table of one drops what is kept of the other's table of that
	// name, and DDL in one all that is kept of both. Defaults to "default". At most 100 bytes.
	Namespace string

	// TTL is the longest that a result is kept, whatever a call asks for. It bounds
	// memory, not staleness.
	// Defaults to an hour.
	TTL time.Duration

	// MaxEntry is the size in bytes above which a result is not kept. A result is
	// held in memory up to this size while it is recorded. Defaults to 1 MiB, and is at
	// most 1 GiB.
	MaxEntry int

	// OptIn keeps only what a statement's comment or its context asks for
	// ([Use]). By default every cacheable SELECT is kept.
	OptIn bool

	// Allow, if not empty, are the only tables whose rows are kept; Deny are
	// tables whose rows never are. "orders" means the table in every schema,
	// "sales.orders" that in one, as far as a statement names its schema. A
	// statement is kept if every table it reads may be.
	Allow, Deny []string

	// Writes says what becomes of a write when the store is out of reach.
	// Defaults to invalidation.Available: it goes ahead.
	Writes invalidation.Mode

	// Declarations say what the database's catalog does not: what functions read and
	// write that cannot be seen through (in another language, or that execute SQL which
	// they build), and which tables may be kept that are foreign, have row
	// security or are written by a subscription. [Cache.Explain] names what needs one.
	Declarations catalog.Declarations

	// CatalogAge is how often the definitions in the database (views, keys, triggers, ...) are
	// looked at for changes made past the cache: it takes that long, and at most twice as
	// long, until one is noticed. Changes made through the cache count at once.
	// A look is one query, which takes some 40 ms in a database of 2,000 tables. Defaults to 5 s,
	// and is at least 10 ms.
	CatalogAge time.Duration

	// Lease is how long a fence outlives a writer that died. Defaults to 10 s;
	// see [invalidation.Options].
	Lease time.Duration

	// FillWait is how long a read waits for another process that is running the
	// same query, before it runs its own. Defaults to 100 ms; negative means not
	// at all. It matters only with a store that is a backends.Locker.
	FillWait time.Duration

	// MaxTexts is how many bytes the memory of texts takes, roughly: each is parsed once
	// while it is remembered, and counts for 1.5 KiB besides its length. Defaults to 8 MiB.
	MaxTexts int

	// Observe, if not nil, is told of every read once the cache has decided what to do
	// with it, by the goroutine of the read, which waits for it: it is to be quick,
	// and safe for concurrent use. A database's own tracer sees what runs there.
	Observe func(context.Context, Event)

	// Verify is the share of hits, from 0 to 1, that run on the database all the same
	// and are compared with it; 0.01 costs little. The database's rows are the
	// answer, unless it does not give any. What differs although no table was
	// written is counted (Stats.Mismatches), told to Observe and to the Logger, and
	// replaced: the tables were written past the library, or there is a bug. So it
	// is to be looked into, but for a query whose rows PostgreSQL may choose, such
	// as LIMIT without ORDER BY. Hits in transactions and batches are not compared.
	Verify float64

	// Logger hears of what the store did not take and of entries that are damaged.
	// Defaults to slog.Default(). Lines never hold SQL or arguments.
	Logger *slog.Logger
}

const (
	defaultTTL      = time.Hour
	defaultMaxEntry = 1 << 20
	defaultFillWait = 100 * time.Millisecond
	defaultMaxTexts = 8 << 20
	defaultAge      = 5 * time.Second
	minAge          = 10 * time.Millisecond
	maxNamespace    = 100
)

// Check reports what is out of range in o. [New] makes a cache of such options that
// keeps nothing and says why: a program that got its options wrong is slower, not
// wrong and not down.
func (o *Options) Check() error {
	switch {
	case len(o.Namespace) > maxNamespace:
		return fmt.Errorf("cache: Namespace has %d bytes, want at most %d", len(o.Namespace), maxNamespace)
	case o.TTL < 0:
		return fmt.Errorf("cache: TTL is %v, want 0 (an hour) or more", o.TTL)
	case o.MaxEntry < 0 || o.MaxEntry > 1<<30:
		return fmt.Errorf("cache: MaxEntry is %d, want 0 (1 MiB), or at most 1 GiB", o.MaxEntry)
	case o.CatalogAge != 0 && o.CatalogAge < minAge:
		return fmt.Errorf("cache: CatalogAge is %v, want 0 (5 s), or at least %v", o.CatalogAge, minAge)
	case !(o.Verify >= 0 && o.Verify <= 1): // NaN, too
		return fmt.Errorf("cache: Verify is %v, want 0 to 1", o.Verify)
	case o.MaxTexts < 0:
		return fmt.Errorf("cache: MaxTexts is %d, want 0 (8 MiB) or more", o.MaxTexts)
	case o.Writes > invalidation.Strict:
		return fmt.Errorf("cache: Writes is %d, want Available or Strict", o.Writes)
	}
	if _, err := newTableRules(o.Allow, o.Deny); err != nil {
		return err
	}
	if err := o.Declarations.Check(); err != nil {
		return fmt.Errorf("cache: Declarations: %w", err)
	}
	return (&invalidation.Options{Lease: o.Lease}).Check()
}

// withDefaults returns o with every zero replaced.
func (o Options) withDefaults() Options {
	if o.Namespace == "" {
		o.Namespace = "default"
	}
	if o.TTL == 0 {
		o.TTL = defaultTTL
	}
	if o.MaxEntry == 0 {
		o.MaxEntry = defaultMaxEntry
	}
	if o.FillWait == 0 {
		o.FillWait = defaultFillWait
	}
	if o.MaxTexts == 0 {
		o.MaxTexts = defaultMaxTexts
	}
	if o.CatalogAge == 0 {
		o.CatalogAge = defaultAge
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}
