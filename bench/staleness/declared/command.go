//go:build unix

package declared

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/gojohnny/gojohnny/bench/arguments"
)

const usage = `Usage: go run ./bench staleness declared [flags]

Produces each case in which the documentation says that a read may be stale, on
real servers and with real processes, and measures for how long it was; then the
same with the remedy that the documentation names, which must leave no stale
read. The exit status is 0 if all of it is as declared, 1 if not or the run
failed, 2 if the flags make no sense.

It needs PostgreSQL, Redis and memcached, and a C compiler for what stands
between Redis and its clock:
apt-get install postgresql redis-server memcached gcc libc6-dev
A clock is set on Linux only; elsewhere such a case is not run, and the table
says so. It takes some five minutes.

Examples:

  go run ./bench staleness declared
        all cases, as a table in Markdown
  go run ./bench staleness declared -case memcached,tiered
        some

Flags:
`

// ErrFound is what Command returns, wrapped, if a case is not as declared.
var ErrFound = errors.New("not as declared")

// Settings are what the flags say.
type Settings struct {
	Config
	JSON bool
}

// ParseFlags reads the arguments. It prints the help if they ask for it, and returns
// flag.ErrHelp then.
func ParseFlags(args []string, stderr io.Writer) (Settings, error) {
	var s Settings
	f := flag.NewFlagSet("bench staleness declared", flag.ContinueOnError)
	f.Var((*arguments.List)(&s.Only), "case", "run only cases whose names contain one of these `parts`, with commas between")
	f.DurationVar(&s.Lease, "lease", 2*time.Second, "the `time` that a fence of a dead writer stands; entries live for twice as long")
	f.BoolVar(&s.JSON, "json", false, "print the findings as JSON")
	if err := arguments.ParseFlags(f, usage, args, stderr); err != nil {
		return s, err
	}
	return s, s.Check()
}

// Command runs what the flags say: findings go to stdout, everything else to stderr.
func Command(ctx context.Context, s Settings, stdout, stderr io.Writer) error {
	all, err := Run(ctx, s.Config, func(f Finding) {
		_, _ = fmt.Fprintln(stderr, f.Line()) // nobody is left to hear of it
	})
	if err != nil {
		return err
	}
	if s.JSON {
		e := json.NewEncoder(stdout)
		e.SetIndent("", "  ")
		err = e.Encode(all)
	} else {
		err = WriteText(stdout, all)
	}
	for _, f := range all {
		if err == nil && !f.Holds() {
			err = fmt.Errorf("%w: %s", ErrFound, f.Name)
		}
	}
	return err
}
