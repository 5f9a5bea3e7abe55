package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gojohnny/gojohnny/bench/arguments"
	"github.com/gojohnny/gojohnny/bench/target"
)

const usage = `Usage: go run ./bench [flags]
       go run ./bench explain [flags] "SQL" ...
              what the cache makes of SQL texts; explain -h
       go run ./bench staleness [flags]
              attacks the cache and counts stale reads; staleness -h

Runs the reads and writes of a small shop against a database, without the cache
and with it, in turns: the same operations from the same seed, by as many
workers. Prints hit rates, throughput and latencies side by side, writes a page
with charts, and checks every read for staleness. The exit status is 0 if no
read was stale, 1 if one was or the run failed, 2 if the flags make no sense.

Examples:

  go run ./bench
        SQLite in a temporary directory, results in memory, 95 % reads
  go run ./bench -db postgres://me:secret@localhost/app
        on PostgreSQL, in a schema of its own that is dropped at the end
  go run ./bench -db postgres://localhost/app -api pgx
        through a pgxpool.Pool and package pgxcache, instead of database/sql
  go run ./bench -db postgres://localhost/app -store redis://:secret@localhost
        results in Redis
  go run ./bench -store 'tiered+memcached://host1,host2?size=16MiB'
        results in two memcached servers, with copies in memory
  go run ./bench -reads 0.99
        a site that is looked at more than it is used
  go run ./bench -reads 0.5
        as many writes as reads: how invalidation by table degrades
  go run ./bench -tables 1 -reads 0.8
        one hot table: every write costs every result
  go run ./bench -skew 0 -rows 100000
        no row more popular than another: few reads ask for the same
  go run ./bench -verify 0.01
        what it costs to compare one hit in a hundred with the database
  go run ./bench -json -report '' | jq .cache.hit_rate
        for machines

Stores:

  memory://?size=64MiB                      the memory of this process
  redis://user:password@host:6379/0         Redis or Valkey; rediss:// with TLS
  redis-cluster://user:password@host1,host2 a cluster, by some of its nodes
  memcached://host1,host2                   memcached, by all of its servers
  tiered+redis://..., tiered+memcached://...
                                            memory in front of a shared store

  Options follow a question mark, with & between them:

  size=64MiB           memory and tiered: how much memory entries may take
  prefix=shop:         shared stores: what keys begin with, before a random word
  compress=1KiB        shared stores: compress entries above a size; without it
                       none are
  pool=32              shared stores: connections; without it as many as
                       -concurrency needs
  max-staleness=100ms  tiered: ask nobody for so long about what has been read,
                       unless Redis tells that it has changed

  What a run keeps in Redis it removes; memcached drops it in time.

Flags:
`

// settings are what the flags say.
type settings struct {
	db          string
	api         string
	store       string
	reads       float64
	tables      int
	rows        int64
	skew        float64
	concurrency int
	verify      float64
	duration    time.Duration
	ops         int64
	seed        uint64
	page        string
	json        bool
}

// parseFlags reads the arguments. It prints the help if they ask for it.
func parseFlags(args []string, stderr io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&s.db, "db", "sqlite", "the database: sqlite, or the `URL` of a PostgreSQL, postgres://user:password@host:port/database")
	f.StringVar(&s.store, "store", "memory://?size=64MiB", "the `URL` of the store that keeps results, see above")
	f.StringVar(&s.api, "api", target.APISQL, "the `name` of the API that reaches the database: sql for database/sql, or pgx, which takes a PostgreSQL")
	f.Float64Var(&s.reads, "reads", 0.95, "the `share` of the operations that read, 0 to 1")
	f.IntVar(&s.tables, "tables", 10, "use the first `n` of the shop's ten tables, then copies of them; 1 to 100")
	f.Int64Var(&s.rows, "rows", 5000, "fill in `n` products and n users, 20 to 1000000, and other tables in proportion")
	f.Float64Var(&s.skew, "skew", 0.99, "the zipf `exponent` of how popular rows are, 0 (all alike) to 5")
	f.IntVar(&s.concurrency, "concurrency", 8, "run `n` workers on as many connections, 1 to 1000")
	f.Float64Var(&s.verify, "verify", 0, "the `share` of hits that the cache compares with the database, 0 to 1: cache.Options.Verify")
	f.DurationVar(&s.duration, "duration", 10*time.Second, "run each side for a `time`, 100ms to 24h")
	f.Int64Var(&s.ops, "ops", 0, "run `n` operations on each side, instead of for a -duration")
	f.Uint64Var(&s.seed, "seed", 1, "the `number` from which all operations follow")
	f.StringVar(&s.page, "report", "bench-report.html", "the `file` for the page with charts; '' for none")
	f.BoolVar(&s.json, "json", false, "print the results as JSON, and nothing else, on the standard output")
	if err := arguments.Parse(f, usage, args, stderr); err != nil {
		return s, ofUsage(err)
	}
	if f.NArg() > 0 {
		return s, usageError{fmt.Errorf("%q is neither a command nor a flag (see -h)", f.Arg(0))}
	}
	if err := s.check(); err != nil {
		return s, usageError{err}
	}
	return s, nil
}

// check reports the first setting that is out of range.
func (s settings) check() error {
	switch {
	case !(s.reads >= 0 && s.reads <= 1): // not a number is neither
		return fmt.Errorf("-reads is %v; want 0 to 1", s.reads)
	case s.tables < 1 || s.tables > 100:
		return fmt.Errorf("-tables is %d; want 1 to 100", s.tables)
	case s.rows < 20 || s.rows > 1_000_000:
		return fmt.Errorf("-rows is %d; want 20 to 1000000", s.rows)
	case !(s.skew >= 0 && s.skew <= 5):
		return fmt.Errorf("-skew is %v; want 0 to 5", s.skew)
	case s.concurrency < 1 || s.concurrency > 1000:
		return fmt.Errorf("-concurrency is %d; want 1 to 1000", s.concurrency)
	case !(s.verify >= 0 && s.verify <= 1):
		return fmt.Errorf("-verify is %v; want 0 to 1", s.verify)
	case s.duration < 100*time.Millisecond || s.duration > 24*time.Hour:
		return fmt.Errorf("-duration is %v; want 100ms to 24h", s.duration)
	case s.ops < 0 || s.ops > 0 && s.ops < int64(s.concurrency):
		return fmt.Errorf("-ops is %d; want 0, or at least one for each of the %d workers", s.ops, s.concurrency)
	}
	if err := target.Check(s.db); err != nil {
		return fmt.Errorf("-db: %w", err)
	}
	if err := target.CheckAPI(s.api, s.db); err != nil {
		return fmt.Errorf("-api: %w", err)
	}
	if _, err := target.ParseStore(s.store); err != nil {
		return fmt.Errorf("-store: %w", err)
	}
	return s.checkPage()
}

// checkPage finds out before the run what would make it fail at its end.
func (s settings) checkPage() error {
	if s.page == "" {
		return nil
	}
	if dir, err := os.Stat(filepath.Dir(s.page)); err != nil || !dir.IsDir() {
		return fmt.Errorf("-report: no directory %s", filepath.Dir(s.page))
	}
	if page, err := os.Stat(s.page); err == nil && page.IsDir() {
		return fmt.Errorf("-report: %s is a directory", s.page)
	}
	return nil
}
