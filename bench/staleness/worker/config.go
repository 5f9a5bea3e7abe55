//go:build unix

package worker

import (
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/invalidation"
)

// Variable is the environment variable that makes a program a worker: it holds a
// Config as JSON. Such a program calls [Main] before anything else.
const Variable = "GOJOHNNY_BENCH_WORKER"

// The systems that are no order of package wrong.
const (
	Gojohnny  = "gojohnny"   // the product
	None      = "none"       // no cache: what the checker itself finds, which must be nothing
	Pgpool    = "pgpool"     // no cache but pgpool-II's, which stands before the database
	PgpoolOff = "pgpool-off" // likewise, with its cache off: must be nothing as well
)

// HasCache reports whether the workers answer from a cache in a system: the product's, or it in a
// wrong order.
func HasCache(system string) bool { return system != None && system != Pgpool && system != PgpoolOff }

// A Config is what a worker needs to know.
type Config struct {
	Process uint32 // its number, above 0; every process has another one
	Log     string // the file that it notes everything in
	Seed    uint64

	System   string
	Database string // URL
	Store    string // URL
	Prefix   string // of the store's keys

	Lease      time.Duration
	Mode       invalidation.Mode
	Quarantine time.Duration
	TTL        time.Duration // 0: as the package has it

	// Actor has the process do nothing by itself: see Request. The rest of this is for
	// actors, and as the packages have it where it is 0.
	Actor        bool
	Namespace    string
	CatalogAge   time.Duration
	WaitReplicas int

	Clients int     // how many goroutines ask at once, half of them through database/sql
	Reads   float64 // the share of the operations that read
	Cancel  float64 // the share of the operations whose context ends early
	Mix     Mix
}

// A Mix is what the operations work on.
type Mix struct {
	Rows    int  // of each table
	Catalog bool // also what only PostgreSQL's catalog tells: cascades, views, triggers
}

// Report is what a worker says of itself, on its standard output: a line of JSON each
// second and one at the end.
type Report struct {
	Reads, Writes          int64 // operations that were begun
	Hits, Misses, Bypasses uint64
	Reasons                map[string]uint64 // of the bypasses
	Refused                uint64            // writes that the cache refused, in Strict mode
	Open                   []Open            // the writes since the last line whose outcome is not known
	Failed                 []Failed          // some of them since the last line
}

// An Open is a write whose outcome is not known, and the error that left it open.
type Open struct {
	ID   history.ID
	Text string
}
