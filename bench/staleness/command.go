//go:build unix

package staleness

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gojohnny/gojohnny/bench/arguments"
	"github.com/gojohnny/gojohnny/bench/lines"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
	"github.com/gojohnny/gojohnny/bench/staleness/world"
	"github.com/gojohnny/gojohnny/bench/staleness/wrong"
)

// usage is what -h says before the flags.
func usage() string {
	var orders strings.Builder
	for _, name := range Systems() {
		if o, ok := wrong.Orders[name]; ok {
			fmt.Fprintf(&orders, "  %-16s %s\n", name, lines.Wrap(o.About, " ", strings.Repeat(" ", 19)))
		}
	}
	return `Usage: go run ./bench staleness [flags]

Attacks the cache and counts stale reads. Several processes, each with a pool
and a cache of its own, read and write versioned rows of a private PostgreSQL
through a shared private store, by database/sql and pgx: single statements,
prepared ones, transactions of several tables, locks, batches, COPY, TRUNCATE,
ALTER TABLE, cascades, triggers, views. Meanwhile processes are killed and
stopped, the store and the database restarted, cut off, slowed down, filled and
flushed. A read is stale if it returns less than anybody knew before it began.

The exit status is 0 if no read was stale and none failed because of the cache,
1 if one was, if none was answered from the cache or if the run failed, 2 if the
flags make no sense. An interrupt (Ctrl-C) ends the run, and what there was
until then is judged; a second one ends the program.

It needs PostgreSQL, and Redis or memcached for the stores of that name:
apt-get install postgresql redis-server memcached

Examples:

  go run ./bench staleness
        a minute on Redis
  go run ./bench staleness -store memcached -duration 10m
  go run ./bench staleness -store memory
        one process, whose memory keeps the results
  go run ./bench staleness -every 0
        no faults
  go run ./bench staleness -system advance-after
        another order, to see that it is found stale
  go run ./bench staleness declared
        another command: each case that is declared, at will; -h explains it
  go run ./bench staleness -json | jq .stale_per_million_reads
        for machines

Stores: ` + lines.Wrap(strings.Join(world.Schemes, ", "), ", ", "        ") + `

Systems:
  gojohnny         this library
  none             no cache: what is found in PostgreSQL alone must be nothing
  pgpool           pgpool-II's query cache: apt-get install pgpool2
  pgpool-off       pgpool-II with its cache off: must be nothing as well
` + orders.String() + `
Flags:
`
}

// ErrFound is what Command returns, wrapped, if a read was stale or failed because of the
// cache.
var ErrFound = errors.New("the cache was found wrong")

// ErrNothing is what Command returns if no read was answered from the cache.
var ErrNothing = errors.New("no read was answered from the cache, so that the run shows nothing; let it be longer, or inject less often (-every)")

// Command runs what the flags say: results go to stdout, everything else to stderr. If ctx
// ends first, the results are of what there was until then, and the error is ctx's.
func Command(ctx context.Context, s Settings, stdout, stderr io.Writer) error {
	result, err := Run(ctx, s.Config, func(elapsed time.Duration, r worker.Report, faults int) {
		if seconds := int(elapsed.Seconds()); seconds%5 == 0 {
			tell(stderr, fmt.Sprintf("%4d s  %10d operations  %4d faults  %9d hits", seconds, r.Reads+r.Writes, faults, r.Hits))
		}
	})
	if result == nil {
		return err
	}
	if err := result.publish(s.JSON, stdout); err != nil {
		return err
	}
	switch {
	case result.Bad():
		return fmt.Errorf("%w: %s", ErrFound, result.wrongs())
	case err != nil:
		return err
	case result.HitReads == 0 && worker.HasCache(s.System):
		return ErrNothing
	}
	return nil
}

// tell writes a line to the standard error. If that fails, nobody is left to hear of
// it.
func tell(stderr io.Writer, line ...any) { _, _ = fmt.Fprintln(stderr, line...) }

func (r *Result) publish(asJSON bool, stdout io.Writer) error {
	if !asJSON {
		return r.WriteText(stdout)
	}
	e := json.NewEncoder(stdout)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Settings are what the flags say.
type Settings struct {
	Config
	JSON bool
}

// ParseFlags reads the arguments. It prints the help if they ask for it, and returns
// flag.ErrHelp then.
func ParseFlags(args []string, stderr io.Writer) (Settings, error) {
	var s Settings
	cfg := &s.Config
	f := flag.NewFlagSet("bench staleness", flag.ContinueOnError)
	f.StringVar(&cfg.System, "system", worker.Gojohnny, "the `name` of what is attacked, see above")
	f.StringVar(&cfg.Store, "store", "redis", "the `kind` of store that keeps results, see above")
	f.IntVar(&cfg.Processes, "processes", 4, "run `n` processes at a time; memory: one")
	f.IntVar(&cfg.Clients, "clients", 6, "have `n` clients in each of them")
	f.IntVar(&cfg.Rows, "rows", 6, "fill in `n` rows into each table: the fewer, the more often they are read and written at once")
	f.Float64Var(&cfg.Reads, "reads", 0.96, "the `share` of the operations that read")
	f.Float64Var(&cfg.Cancel, "cancel", 0.005, "the `share` of the operations whose context ends within 3 ms")
	f.BoolVar(&cfg.Catalog, "catalog", true, "also cascades, triggers and views, which only the database's catalog tells of")
	f.DurationVar(&cfg.Duration, "duration", time.Minute, "run for a `time`")
	f.Int64Var(&cfg.Ops, "ops", 0, "end before that, after `n` operations")
	f.DurationVar(&cfg.Every, "every", time.Second, "inject a fault into workers, store and database each after such a `time`, on average; 0 for none")
	f.Var((*arguments.List)(&cfg.Faults), "faults", "inject only kinds whose names contain one of these `parts`, with commas between: killed,flushed,cut off")
	f.DurationVar(&cfg.Lease, "lease", 2*time.Second, "the `time` that a fence of a dead writer stands, and Quarantine lasts")
	f.BoolVar(&cfg.Available, "available", false, "let writes through while the store is out of reach, instead of Strict")
	f.BoolVar(&cfg.Bare, "no-quarantine", false, "take the store as it is, without the option Quarantine")
	f.Uint64Var(&cfg.Seed, "seed", 1, "the `number` from which operations and faults follow")
	f.IntVar(&cfg.Sampled, "porcupine", 8, "have the general checker porcupine look at `n` registers, too")
	f.IntVar(&cfg.Shown, "schedules", 3, "tell of the `n` shortest failing histories")
	f.BoolVar(&s.JSON, "json", false, "print the result as JSON")
	if err := arguments.ParseFlags(f, usage(), args, stderr); err != nil {
		return s, err
	}
	given := false
	f.Visit(func(f *flag.Flag) { given = given || f.Name == "processes" })
	if cfg.Store == "memory" && !given {
		cfg.Processes = 1
	}
	return s, cfg.check()
}
