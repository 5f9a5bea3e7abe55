package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gojohnny/gojohnny/bench/lines"
	"github.com/gojohnny/gojohnny/bench/runner"
	"github.com/gojohnny/gojohnny/bench/workload"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// example is a report of made-up runs, every field of it set.
func example(t *testing.T) *Report {
	t.Helper()
	w := workload.New(workload.Config{Tables: 10, Rows: 1000, Reads: 0.9, Skew: 1, Seed: 3})
	uncached, cached := exampleRun(w, 40*time.Microsecond), exampleRun(w, 4*time.Microsecond)
	cached.Stale, cached.Examples = 2, []runner.Stale{{Statement: "users.point", ID: 7, Want: 3, Got: 2}}
	stats := cache.Stats{
		ReadStats: cache.ReadStats{Reads: 100, Hits: 70, Misses: 25, Bypasses: 5}, Shared: 3, Parses: 12,
		BypassReasons: map[sqlparse.ReasonCode]uint64{"volatile function": 4, "<b>odd</b>": 1},
	}
	for _, s := range w.Reading() {
		stats.Statements = append(stats.Statements, cache.StatementStats{
			SQL: s.SQL, ReadStats: cache.ReadStats{Reads: 10, Hits: 7, Misses: 3},
		})
	}
	for _, table := range w.Tables {
		stats.Tables = append(stats.Tables, cache.TableStats{ // before the catalog was read, and after
			Table: table.Name, ReadStats: cache.ReadStats{Reads: 4, Hits: 3, Misses: 1},
		}, cache.TableStats{
			Table: "shop." + table.Name, ReadStats: cache.ReadStats{Reads: 6, Hits: 3, Misses: 3},
		})
	}
	r := &Report{
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Machine: ThisMachine(), Database: "SQLite 3.0, embedded",
		Settings: Settings{API: "sql", Store: "memory://", Tables: 10, Rows: 1000, Reads: 0.9, Skew: 1, Concurrency: 4, Duration: time.Second, Seed: 3},
	}
	r.Add(w, uncached, cached, stats)
	return r
}

func exampleRun(w *workload.Workload, latency time.Duration) *runner.Result {
	res := &runner.Result{
		Turn: runner.Turn{Elapsed: time.Second, Ops: int64(time.Second / latency)}, Checks: 1_000_000,
		Reads: runner.NewLatency(), Writes: runner.NewLatency(), Transactions: runner.NewLatency(),
	}
	res.Turns = []runner.Turn{res.Turn}
	for i := range 11 {
		res.Samples = append(res.Samples, runner.Sample{
			Elapsed: time.Duration(i) * 100 * time.Millisecond, Ops: res.Ops * int64(i) / 10,
		})
	}
	for i, s := range w.Statements {
		l := runner.NewLatency()
		for k := range int64(10) {
			_ = l.RecordValue(int64(latency) * (k + int64(i) + 1))
		}
		measured := runner.Statement{Statement: s, Calls: 10, CeilingHits: 8, Latency: l}
		if s.Writes {
			measured.CeilingHits = 0
			res.Writes.Merge(l)
			res.Transactions.Merge(l)
		} else {
			res.Reads.Merge(l)
		}
		res.Statements = append(res.Statements, measured)
	}
	return res
}

func TestJSONComesBackAsItWas(t *testing.T) {
	want := example(t)
	var b bytes.Buffer
	if err := want.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(&b)
	d.DisallowUnknownFields()
	var got Report
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&got, want) {
		t.Errorf("got %+v; want %+v", got, want)
	}
}

// The names are a promise to whoever parses them.
func TestJSONNames(t *testing.T) {
	var b bytes.Buffer
	if err := example(t).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var top map[string]any
	if err := json.Unmarshal(b.Bytes(), &top); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]any{
		"format":                         1.0,
		"cache.hit_rate":                 0.7,
		"cache.hit_rate_ceiling":         0.8,
		"cache.of_ceiling":               0.875,
		"cached.stale_reads_per_million": 2.0,
		"cached.checked_reads":           1e6,
		"settings.duration_ns":           1e9,
		"speed_up.throughput":            10.0,
	} {
		var v any = top
		for _, name := range strings.Split(path, ".") {
			v = v.(map[string]any)[name]
		}
		if f, ok := v.(float64); !ok || f < want.(float64)-1e-9 || f > want.(float64)+1e-9 {
			t.Errorf("%s is %v; want %v", path, v, want)
		}
	}
}

func TestPageRefersToNothingOutside(t *testing.T) {
	page := examplePage(t)
	for _, pattern := range []string{`https?://`, `//\w`, `\bsrc\s*=`, `\bhref\s*=`, `url\(`, `@import`, `<script`, `<link`, `<iframe`} {
		// The one address in it is the store's, as text.
		text := strings.ReplaceAll(page, "memory://", "")
		if found := regexp.MustCompile(pattern).FindString(text); found != "" {
			t.Errorf("page holds %q", found)
		}
	}
}

func examplePage(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := example(t).WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPageHoldsTheFigures(t *testing.T) {
	page := examplePage(t)
	for _, want := range []string{
		"10.00x", ">70 %<", "87.5 % of the 80 %", "2 of 1,000,000 reads", `class="figure bad"`, "SQLite 3.0, embedded",
		"products.join", "volatile function (4)", "<dd>3</dd>", `<path class="line with" d="M`, "&lt;b&gt;odd&lt;/b&gt;",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	for _, odd := range []string{"ZgotmplZ", "NaN", "Inf", "<b>odd"} {
		if strings.Contains(page, odd) {
			t.Errorf("page holds %q", odd)
		}
	}
}

func TestTextHoldsTheFigures(t *testing.T) {
	var b strings.Builder
	if err := example(t).WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"operations per second         25,000     250,000    10.00x\n",
		"speed-up:     10.00x operations per second (10.00x to 10.00x in 1 turn)\nmedian read:  9.96x\n",
		"hit rate:     70 % of the reads, 87.5 % of the ceiling\nceiling:      80 %, which invalidation by table allows on this run\n",
		"stale reads:  2 per million with the cache (2 of 1,000,000 checked)\n",
		"users.point of 7: wanted at least 3, got 2\n",
		"volatile function         4     4 %\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("text lacks %q:\n%s", want, b.String())
		}
	}
	for line := range strings.Lines(b.String()) {
		if n := utf8.RuneCountInString(line) - 1; n > lines.Width {
			t.Errorf("%q has %d columns; want at most %d", line, n, lines.Width)
		}
	}
}

// A run that did nothing divides by nothing.
func TestNothingMeasured(t *testing.T) {
	w := workload.New(workload.Config{Tables: 1, Rows: 20})
	empty := exampleRun(w, time.Millisecond)
	empty.Samples, empty.Checks, empty.Turns, empty.Turn = nil, 0, nil, runner.Turn{}
	empty.Reads, empty.Writes, empty.Transactions = runner.NewLatency(), runner.NewLatency(), runner.NewLatency()
	for i := range empty.Statements {
		empty.Statements[i].Latency, empty.Statements[i].Calls = runner.NewLatency(), 0
	}
	var r Report
	r.Add(w, empty, empty, cache.Stats{})
	var b bytes.Buffer
	for _, write := range []func() error{
		func() error { return r.WriteJSON(&b) },
		func() error { return r.WriteHTML(&b) },
		func() error { return r.WriteText(&b) },
	} {
		if err := write(); err != nil {
			t.Error(err)
		}
	}
	if text := b.String(); strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Error("output holds NaN or Inf")
	}
}

func TestFormats(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{thousands(0), "0"},
		{thousands(999), "999"},
		{thousands(1234567), "1,234,567"},
		{thousands(-123456), "-123,456"},
		{percent(0.953), "95.3 %"},
		{percent(1), "100 %"},
		{percent(0), "0 %"},
		{percent(0.0004), "0.04 %"},
		{short(999), "999 ns"},
		{short(1234), "1.23 µs"},
		{short(45678 * time.Microsecond), "45.7 ms"},
		{short(2 * time.Second), "2.00 s"},
		{short(0), ""},
		{number(0), "0"},
		{number(1.2345), "1.23"},
	} {
		if c.got != c.want {
			t.Errorf("got %q; want %q", c.got, c.want)
		}
	}
}

func TestTicksAreRoundAndInside(t *testing.T) {
	for _, top := range []float64{0, 0.3, 1, 7, 99, 12345} {
		s, ticks := roundedUp(top, 100, 0, number)
		if s.max < top || len(ticks) < 2 || len(ticks) > 11 {
			t.Errorf("top %v: axis to %v with %d ticks", top, s.max, len(ticks))
		}
		if last := ticks[len(ticks)-1]; last.At != 0 || ticks[0].At != 100 {
			t.Errorf("top %v: ticks from %v to %v; want the whole axis", top, ticks[0].At, last.At)
		}
	}
	_, ticks := durations(30*time.Microsecond, 2*time.Millisecond, 0, 300)
	var labels []string
	for _, tick := range ticks {
		labels = append(labels, tick.Label)
	}
	if want := []string{"10 µs", "100 µs", "1 ms", "10 ms"}; !slices.Equal(labels, want) {
		t.Errorf("ticks %v; want %v", labels, want)
	}
}

func TestRatesOfLongRunsAreFew(t *testing.T) {
	var samples []runner.Sample
	for i := range 10_000 {
		samples = append(samples, runner.Sample{Elapsed: time.Duration(i) * 100 * time.Millisecond, Ops: int64(i) * 10})
	}
	got := rates(samples)
	if len(got) > 2*maxRates {
		t.Errorf("%d points; want at most %d", len(got), 2*maxRates)
	}
	for _, r := range got {
		if r.PerSecond < 99.9 || r.PerSecond > 100.1 {
			t.Fatalf("rate %v at %v; want 100", r.PerSecond, r.At)
		}
	}
}
