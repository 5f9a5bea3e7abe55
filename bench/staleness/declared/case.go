//go:build unix

package declared

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gojohnny/gojohnny/internal/servers"
)

// A Case is one of the declared ones.
type Case struct {
	Name   string `json:"case"`
	Done   string `json:"done"`   // what is done to whom
	Bound  string `json:"bound"`  // when it is over, as the documentation has it
	Remedy string `json:"remedy"` // what the documentation says helps; "" if it has nothing

	run func(*stage)
}

// A Finding is what became of a case.
type Finding struct {
	Case
	Produced Measured  `json:"produced"`
	Remedied *Measured `json:"remedied,omitempty"`
	NotRun   string    `json:"not_run,omitempty"` // why this machine cannot run it
}

// Measured is what the reads of one run of a schedule returned.
type Measured struct {
	Reads   int           `json:"reads"`
	Stale   int           `json:"stale"`
	Longest time.Duration `json:"longest_after_ns"` // since the newer version was known
	Allowed time.Duration `json:"allowed_ns"`       // from then to what bounds the case, as it happened
	Late    int           `json:"stale_after_bound"`
}

// Holds reports whether the case is what the documentation says, as far as it was run.
func (f *Finding) Holds() bool {
	return f.NotRun != "" || f.Produced.Stale > 0 && f.Produced.Late == 0 && f.Produced.Longest <= f.Produced.Allowed &&
		(f.Remedied == nil || f.Remedied.Reads > 0 && f.Remedied.Stale == 0)
}

// A Config says what is run.
type Config struct {
	Lease time.Duration
	Only  []string // parts of names; none for all
}

// Check reports the first setting that is out of range.
func (c *Config) Check() error {
	if c.Lease < time.Second || c.Lease > 2*time.Second { // memcached's temporary_ttl ends at a minute
		return fmt.Errorf("-lease is %v; want 1s to 2s", c.Lease)
	}
	if len(c.chosen()) == 0 {
		return fmt.Errorf("-case names none; want parts of:\n  %s", strings.Join(Names(), "\n  "))
	}
	return nil
}

func (c *Config) chosen() []Case {
	return slices.DeleteFunc(slices.Clone(cases), func(k Case) bool {
		return len(c.Only) > 0 && !slices.ContainsFunc(c.Only, func(part string) bool { return strings.Contains(k.Name, part) })
	})
}

// Names are those of all cases.
func Names() []string {
	var names []string
	for _, c := range cases {
		names = append(names, c.Name)
	}
	return names
}

// Run runs the cases, and tells of each as it has ended.
func Run(ctx context.Context, cfg Config, tell func(Finding)) (all []Finding, err error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	pg, err := servers.StartPostgres()
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, pg.Close()) }()
	for _, c := range cfg.chosen() {
		f, err := runCase(ctx, pg, cfg, c)
		if err != nil {
			return all, err
		}
		all = append(all, f)
		tell(f)
	}
	return all, nil
}

// runCase runs a case as it is, and with its remedy.
func runCase(ctx context.Context, pg *servers.Postgres, cfg Config, c Case) (Finding, error) {
	f := Finding{Case: c}
	m, err := play(ctx, pg, cfg, c, false)
	if errors.Is(err, errors.ErrUnsupported) {
		f.NotRun = err.Error()
		return f, nil
	}
	if err != nil {
		return f, fmt.Errorf("%s: %w", c.Name, err)
	}
	f.Produced = m
	if c.Remedy == "" {
		return f, nil
	}
	if m, err = play(ctx, pg, cfg, c, true); err != nil {
		return f, fmt.Errorf("%s, with the remedy: %w", c.Name, err)
	}
	f.Remedied = &m
	return f, nil
}
