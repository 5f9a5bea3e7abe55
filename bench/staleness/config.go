//go:build unix

package staleness

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/faults"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
	"github.com/gojohnny/gojohnny/bench/staleness/world"
	"github.com/gojohnny/gojohnny/bench/staleness/wrong"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A Config says what a run does.
type Config struct {
	System    string        `json:"system"`
	Store     string        `json:"store"`
	Processes int           `json:"processes"`
	Clients   int           `json:"clients"` // of each process
	Rows      int           `json:"rows"`    // of each table
	Reads     float64       `json:"reads"`   // the share of the operations
	Cancel    float64       `json:"cancel"`  // likewise
	Catalog   bool          `json:"catalog"`
	Duration  time.Duration `json:"duration_ns"`
	Ops       int64         `json:"ops"`                   // ends the run before Duration does; 0 for no such end
	Every     time.Duration `json:"fault_every_ns"`        // 0 for no faults
	Faults    []string      `json:"fault_kinds,omitempty"` // parts of their names; none for all
	Lease     time.Duration `json:"lease_ns"`              // and quarantine
	Available bool          `json:"available_mode"`        // instead of Strict
	Bare      bool          `json:"no_quarantine"`         // no Quarantine
	Seed      uint64        `json:"seed"`                  // of operations and faults
	Sampled   int           `json:"porcupine_keys"`        // registers that porcupine checks
	Shown     int           `json:"shown_schedules"`       // stale reads that are told as schedules

	// Enough ends the run before Duration does, once it reports true. It is asked each
	// second.
	Enough func(elapsed time.Duration, r worker.Report, faults int) bool `json:"-"`
}

// Systems are the names of what can be attacked.
func Systems() []string {
	return slices.Concat([]string{worker.Gojohnny, worker.None, worker.Pgpool, worker.PgpoolOff}, slices.Sorted(maps.Keys(wrong.Orders)))
}

// check reports the first setting that is out of range.
func (c *Config) check() error {
	switch {
	case !slices.Contains(Systems(), c.System):
		return fmt.Errorf("-system is %q; want %s", c.System, strings.Join(Systems(), ", "))
	case !slices.Contains(world.Schemes, c.Store):
		return fmt.Errorf("-store is %q; want %s", c.Store, strings.Join(world.Schemes, ", "))
	case c.Processes < 1 || c.Processes > 64:
		return fmt.Errorf("-processes is %d; want 1 to 64", c.Processes)
	case c.Store == "memory" && c.Processes > 1:
		return fmt.Errorf("-processes is %d; the memory of one process is no other's: want 1", c.Processes)
	case c.Clients < 1 || c.Clients > 100:
		return fmt.Errorf("-clients is %d; want 1 to 100", c.Clients)
	case c.Rows < 2 || c.Rows > 1000:
		return fmt.Errorf("-rows is %d; want 2 to 1000", c.Rows)
	case !(c.Reads >= 0 && c.Reads <= 1): // not a number is neither
		return fmt.Errorf("-reads is %v; want 0 to 1", c.Reads)
	case !(c.Cancel >= 0 && c.Cancel <= 1):
		return fmt.Errorf("-cancel is %v; want 0 to 1", c.Cancel)
	case c.Duration < time.Second || c.Duration > 24*time.Hour:
		return fmt.Errorf("-duration is %v; want 1s to 24h", c.Duration)
	case c.Ops < 0:
		return fmt.Errorf("-ops is %d; want 0 or more", c.Ops)
	case c.Sampled < 0:
		return fmt.Errorf("-porcupine is %d; want 0 or more", c.Sampled)
	case c.Shown < 0:
		return fmt.Errorf("-schedules is %d; want 0 or more", c.Shown)
	case c.Lease < time.Second || c.Lease > 50*time.Second:
		return fmt.Errorf("-lease is %v; want 1s to 50s", c.Lease)
	}
	return c.checkFaults()
}

func (c *Config) checkFaults() error {
	if c.Every != 0 && (c.Every < 10*time.Millisecond || c.Every > 24*time.Hour) {
		return fmt.Errorf("-every is %v; want 10ms to 24h, or 0 for no faults", c.Every)
	}
	var names strings.Builder
	for _, k := range faults.Kinds() {
		if faults.Named(k, c.Faults) {
			return nil
		}
		names.WriteString("\n  " + string(k))
	}
	return fmt.Errorf("-faults names none; want parts of:%s", names.String())
}

func (c *Config) mode() invalidation.Mode {
	if c.Available {
		return invalidation.Available
	}
	return invalidation.Strict
}

// ttl is the packages' own, unless a read may be stale for as long: a process that dies
// before the store knows of its write.
func (c *Config) ttl() time.Duration {
	if c.Available {
		return 2 * c.Lease
	}
	return 0
}

func (c *Config) quarantine() time.Duration {
	if c.Bare || c.Store == "memory" {
		return 0
	}
	return c.Lease
}

func (c *Config) mix() worker.Mix { return worker.Mix{Rows: c.Rows, Catalog: c.Catalog} }
