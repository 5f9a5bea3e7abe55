package pgxcache

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/cache"
)

// A Pool is a pgxpool.Pool whose reads are answered from a cache where that can be
// done, and whose writes invalidate. It has the pgxpool.Pool's methods, and is safe
// for concurrent use.
type Pool struct {
	pool   *pgxpool.Pool
	cache  *cache.Cache
	source *cache.Source
	id     string // of the pool's links in the custom data of connections
	mode   pgx.QueryExecMode
	hooks  hooks

	tracesPrepare bool        // a tracer would see peek
	probe         cache.Probe // of sessions without a connection

	coders   atomic.Pointer[coders]
	named    sync.Map    // the names of prepared statements: string -> *pgconn.StatementDescription
	anyNamed atomic.Bool // there are some
	strays   strays
	closed   atomic.Bool
}

// hooks are the functions in a pool's configuration that see its connections, past
// the cache.
type hooks struct {
	any    bool
	before bool // run for each user of a connection, with that user's context
	after  bool // run when a connection is released
}

// New returns a Pool that answers reads on pool from c. The program uses pool itself
// no more, since what it does there is not seen; programs share c among the pools of
// one database.
func New(pool *pgxpool.Pool, c *cache.Cache) *Pool {
	config := pool.Config()
	//lint:ignore SA1019 programs still use it
	beforeAcquire := config.BeforeAcquire
	token := backends.NewToken()
	p := &Pool{
		pool:   pool,
		cache:  c,
		id:     "gojohnny/pgxcache/" + string(token[:]),
		mode:   config.ConnConfig.DefaultQueryExecMode,
		strays: strays{m: map[*link]struct{}{}},
		hooks: hooks{
			before: config.PrepareConn != nil || beforeAcquire != nil,
			after:  config.AfterRelease != nil,
		},
	}
	p.hooks.any = p.hooks.before || p.hooks.after || config.AfterConnect != nil
	_, p.tracesPrepare = config.ConnConfig.Tracer.(pgx.PrepareTracer)
	p.source = c.NewSource("pgxcache", openCatalog(config))
	p.source.CompareBy(cutRows)
	if !p.hooks.any {
		p.coders.Store(&coders{})
	}
	p.probe = p.ask
	return p
}

// meet makes sure that a connection was seen, if the pool's hooks may register types there: with
// pgx's own the first calls would be keyed, and their rows read, as on no connection of
// this pool.
func (p *Pool) meet(ctx context.Context) error {
	if p.coders.Load() != nil {
		return nil
	}
	c, err := p.acquire(ctx)
	if err == nil {
		c.Release()
	}
	return err
}

// Query is pgxpool.Pool's Query. A hit acquires no connection, and blocks on the store
// alone. A miss reads all rows of a result that can be kept, up to
// cache.Options.MaxEntry, before it returns, and releases the connection.
func (p *Pool) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := p.meet(ctx); err != nil {
		return errRows{err}, err
	}
	q := p.newCall(queried, sql, args)
	rows, err := p.answer(ctx, q)
	switch {
	case err != nil:
		q.drop(cache.Reason{Code: cache.QueryFailed})
		return errRows{err}, err
	case rows != nil:
		return rows, nil
	}
	c, err := p.acquire(ctx)
	if err != nil {
		return q.failed(ctx, err)
	}
	return c.link.query(ctx, q, c.link.conn, c.Release)
}

// QueryRow is pgxpool.Pool's QueryRow, as Query.
func (p *Pool) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, _ := p.Query(ctx, sql, args...) // Scan gives it
	return newRow(rows)
}

// Exec is pgxpool.Pool's Exec. A statement that writes blocks on the store, before and
// after it runs. Its error may be the cache's: see cache.Session.Start.
func (p *Pool) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	c, err := p.acquire(ctx)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	defer c.Release()
	return c.Exec(ctx, sql, args...)
}

// Begin is pgxpool.Pool's Begin.
func (p *Pool) Begin(ctx context.Context) (pgx.Tx, error) { return p.BeginTx(ctx, pgx.TxOptions{}) }

// BeginTx is pgxpool.Pool's BeginTx. The transaction is a *Tx.
func (p *Pool) BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error) {
	c, err := p.acquire(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := c.link.begin(ctx, options, c.Release)
	if err != nil {
		c.Release()
		return nil, err
	}
	return tx, nil
}

// CopyFrom is pgxpool.Pool's CopyFrom.
func (p *Pool) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	c, err := p.acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer c.Release()
	return c.CopyFrom(ctx, table, columns, src)
}

// Acquire is pgxpool.Pool's Acquire.
func (p *Pool) Acquire(ctx context.Context) (*Conn, error) { return p.acquire(ctx) }

func (p *Pool) acquire(ctx context.Context) (*Conn, error) {
	c, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return &Conn{acquired: c, link: p.linkOf(ctx, c.Conn())}, nil
}

// AcquireFunc is pgxpool.Pool's AcquireFunc.
func (p *Pool) AcquireFunc(ctx context.Context, f func(*Conn) error) error {
	c, err := p.acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	return f(c)
}

// AcquireAllIdle is pgxpool.Pool's AcquireAllIdle.
func (p *Pool) AcquireAllIdle(ctx context.Context) []*Conn {
	idle := p.pool.AcquireAllIdle(ctx)
	conns := make([]*Conn, len(idle))
	for i, c := range idle {
		conns[i] = &Conn{acquired: c, link: p.linkOf(ctx, c.Conn())}
	}
	return conns
}

// Ping is pgxpool.Pool's Ping.
func (p *Pool) Ping(ctx context.Context) error { return p.pool.Ping(ctx) }

// Stat is pgxpool.Pool's Stat.
func (p *Pool) Stat() *pgxpool.Stat { return p.pool.Stat() }

// Config is pgxpool.Pool's Config.
func (p *Pool) Config() *pgxpool.Config { return p.pool.Config() }

// Reset is pgxpool.Pool's Reset.
func (p *Pool) Reset() { p.pool.Reset() }

// Close is pgxpool.Pool's Close: it closes the pool that New was given. The cache stays
// open.
func (p *Pool) Close() {
	p.closed.Store(true)
	p.source.Close()
	p.pool.Close()
}
