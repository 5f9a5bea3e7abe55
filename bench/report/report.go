package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/gojohnny/gojohnny/bench/runner"
)

// Format is the version of the JSON form. It grows when a field changes its meaning
// or goes away; new fields leave it as it is.
const Format = 1

// A Report is everything a run found out. Its JSON form is for machines: shares and
// rates are from 0 to 1, durations in nanoseconds.
type Report struct {
	Format   int       `json:"format"`
	Started  time.Time `json:"started"`
	Machine  Machine   `json:"machine"`
	Settings Settings  `json:"settings"`
	Database string    `json:"database"` // what answered: "SQLite 3.50.4, embedded"

	Uncached Side    `json:"uncached"`
	Cached   Side    `json:"cached"`
	SpeedUp  SpeedUp `json:"speed_up"`
	Cache    Cache   `json:"cache"`

	Tables     []Table     `json:"tables"`
	Statements []Statement `json:"statements"` // reads before writes of each table
}

// A Machine is where it ran.
type Machine struct {
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	OS    string `json:"os"`
	Arch  string `json:"arch"`
	Go    string `json:"go"`
}

// Settings are what was asked for. The database's address is not among them: there
// may be a password in it.
type Settings struct {
	API         string        `json:"api"`   // sql or pgx
	Store       string        `json:"store"` // its URL, without a password
	Tables      int           `json:"tables"`
	Rows        int64         `json:"rows"`
	Reads       float64       `json:"reads"`
	Skew        float64       `json:"skew"`
	Concurrency int           `json:"concurrency"`
	Verify      float64       `json:"verify"` // the share of hits that were compared with the database
	Duration    time.Duration `json:"duration_ns"`
	Ops         int64         `json:"ops"` // 0: as many as fit into Duration
	Seed        uint64        `json:"seed"`
}

// A Side is the workload without or with the cache.
type Side struct {
	Elapsed      time.Duration `json:"elapsed_ns"`
	Operations   int64         `json:"operations"`
	PerSecond    float64       `json:"operations_per_second"`
	Reads        Latency       `json:"reads"`
	Writes       Latency       `json:"writes"`
	Transactions Latency       `json:"transactions"`

	Checked         int64          `json:"checked_reads"`
	Stale           int64          `json:"stale_reads"`
	StalePerMillion float64        `json:"stale_reads_per_million"`
	Examples        []runner.Stale `json:"stale_examples,omitempty"`

	Throughput []Rate     `json:"throughput"`
	Curve      []Quantile `json:"read_latency_curve"`
}

// A Latency sums up how long something took. All is zero where there was none.
type Latency struct {
	Count int64         `json:"count"`
	P50   time.Duration `json:"p50_ns"`
	P95   time.Duration `json:"p95_ns"`
	P99   time.Duration `json:"p99_ns"`
	Max   time.Duration `json:"max_ns"`
}

// A Rate is how many operations a second there were in the time before At.
type Rate struct {
	At        time.Duration `json:"at_ns"`
	PerSecond float64       `json:"operations_per_second"`
}

// A Quantile is the longest time that a share of the reads took.
type Quantile struct {
	Share float64       `json:"share"`
	Time  time.Duration `json:"time_ns"`
}

// SpeedUp is how many times better it is with the cache.
type SpeedUp struct {
	Throughput float64 `json:"throughput"`
	ReadP50    float64 `json:"read_p50"`
	ReadP95    float64 `json:"read_p95"`
	ReadP99    float64 `json:"read_p99"`

	// Turns are the speed-ups in throughput of each turn with the cache over the
	// one without it just before: their spread is that of the machine.
	Turns []float64 `json:"throughput_turns"`
}

// Answers are how reads were answered. Reads = Hits + Misses + Bypasses.
type Answers struct {
	Reads     int64   `json:"reads"`
	Hits      int64   `json:"hits"`
	Misses    int64   `json:"misses"`
	Bypasses  int64   `json:"bypasses"`
	HitRate   float64 `json:"hit_rate"`
	Ceiling   float64 `json:"hit_rate_ceiling"` // the best that table-level invalidation could have had
	OfCeiling float64 `json:"of_ceiling"`       // HitRate in Ceiling, 1 where there is none
}

// A Cache is what the cache says of itself.
type Cache struct {
	Answers
	Shared        int64            `json:"shared"` // of the hits: answered by another read's miss
	Parses        int64            `json:"parses"`
	Verified      int64            `json:"verified"`   // hits that were compared with the database: they count as misses
	Mismatches    int64            `json:"mismatches"` // of these, the ones whose rows were not the database's
	BypassReasons map[string]int64 `json:"bypass_reasons"`
}

// A Table is a table of the workload, as the side with the cache used it. A read
// of two tables counts at both.
type Table struct {
	Name       string  `json:"name"`
	Rows       int64   `json:"rows"` // at the start
	ReadShare  float64 `json:"read_share"`
	Writes     int64   `json:"writes"`
	WriteShare float64 `json:"write_share"`
	Answers
}

// A Statement is a statement of the workload. Answers are zero for one that writes.
type Statement struct {
	Name     string  `json:"name"`
	SQL      string  `json:"sql"`
	Writes   bool    `json:"writes"`
	Calls    int64   `json:"calls"` // with the cache
	Uncached Latency `json:"uncached"`
	Cached   Latency `json:"cached"`
	Answers
}

// Stale is the number of stale reads on both sides.
func (r *Report) Stale() int64 { return r.Uncached.Stale + r.Cached.Stale }

// WriteJSON writes the report for machines.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
