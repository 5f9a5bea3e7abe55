package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gojohnny/gojohnny/bench/lines"
	"github.com/gojohnny/gojohnny/bench/report"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

func TestMain(m *testing.M) { testservers.Main(m) }

// runBench runs the program in an empty directory, with an empty directory for
// temporary files, in which nothing may be left.
func runBench(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	var out, diagnostics bytes.Buffer
	status = bench(t.Context(), args, &out, &diagnostics)
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "*")); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
	return status, out.String(), diagnostics.String()
}

func TestBenchOnSQLite(t *testing.T) {
	status, stdout, stderr := runBench(t, "-ops", "1000", "-rows", "100")
	if status != exitOK {
		t.Fatalf("status %d: %s", status, stderr)
	}
	for _, want := range []string{
		"speed-up:", "stale reads:  0 per million with the cache", "stale reads:  0 per million without",
		"report with charts: bench-report.html",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("output lacks %q:\n%s", want, stdout)
		}
	}
	if want := "filling tables\nrunning\n"; stderr != want {
		t.Errorf("diagnostics %q; want %q", stderr, want)
	}
	if page, err := os.ReadFile("bench-report.html"); err != nil || !bytes.Contains(page, []byte("</html>")) {
		t.Errorf("page of %d bytes, %v", len(page), err)
	}
}

func TestBenchForMachines(t *testing.T) {
	for name, address := range map[string]func(*testing.T) string{
		"sqlite":   func(*testing.T) string { return "sqlite" },
		"postgres": func(t *testing.T) string { return testservers.Postgres(t).URL() },
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := runBench(t, "-db", address(t), "-ops", "1000", "-rows", "100", "-json", "-report", "")
			if status != exitOK {
				t.Fatalf("status %d: %s", status, stderr)
			}
			var r report.Report
			if err := json.Unmarshal([]byte(stdout), &r); err != nil {
				t.Fatalf("output is no JSON: %v\n%s", err, stdout)
			}
			checkReport(t, &r)
			if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
				t.Errorf("wrote %v, %v", left, err)
			}
		})
	}
}

func TestBenchOnEveryStore(t *testing.T) {
	redis := func(t *testing.T) string { return testservers.Redis(t).URL() }
	memcached := func(t *testing.T) string { return "memcached://" + testservers.Memcached(t).Addr() }
	for name, c := range map[string]struct {
		tier, api string
		store     func(*testing.T) string
	}{
		"redis":                      {api: "sql", store: redis},
		"memcached":                  {api: "sql", store: memcached},
		"redis behind memory":        {api: "sql", store: redis, tier: "tiered+"},
		"memory through pgx":         {api: "pgx", store: func(*testing.T) string { return "memory://" }},
		"redis through pgx":          {api: "pgx", store: redis},
		"memcached behind mem., pgx": {api: "pgx", store: memcached, tier: "tiered+"},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := runBench(t, "-db", testservers.Postgres(t).URL(), "-api", c.api, "-store", c.tier+c.store(t),
				"-ops", "1000", "-rows", "100", "-json", "-report", "")
			if status != exitOK {
				t.Fatalf("status %d: %s", status, stderr)
			}
			var r report.Report
			if err := json.Unmarshal([]byte(stdout), &r); err != nil {
				t.Fatalf("output is no JSON: %v\n%s", err, stdout)
			}
			checkReport(t, &r)
			if r.Settings.API != c.api || !strings.HasPrefix(r.Settings.Store, c.tier) {
				t.Errorf("report is of -api %s and -store %s", r.Settings.API, r.Settings.Store)
			}
		})
	}
}

// checkReport holds the cache's counts against the benchmark's own.
func checkReport(t *testing.T, r *report.Report) {
	t.Helper()
	if r.Stale() != 0 || r.Cached.Checked == 0 || r.Uncached.Checked != r.Cached.Checked {
		t.Errorf("%d stale reads of %d and %d", r.Stale(), r.Uncached.Checked, r.Cached.Checked)
	}
	c := r.Cache
	if c.Reads != c.Hits+c.Misses+c.Bypasses || c.Reads != r.Cached.Checked {
		t.Errorf("cache counted %d reads: %d hits, %d misses, %d bypasses; want the %d that were sent",
			c.Reads, c.Hits, c.Misses, c.Bypasses, r.Cached.Checked)
	}
	var reasons int64
	for _, n := range c.BypassReasons {
		reasons += n
	}
	if reasons != c.Bypasses {
		t.Errorf("%d bypasses have a reason; want all %d", reasons, c.Bypasses)
	}
	if c.Hits == 0 || c.HitRate > c.Ceiling+0.05 {
		t.Errorf("hit rate is %.3f, ceiling %.3f", c.HitRate, c.Ceiling)
	}
	for _, s := range r.Statements {
		// Workers that meet a text for the first time at the same moment may each
		// remember it; the cache's counts by statement are those of the last.
		const workers = 8
		if !s.Writes && (s.Reads > s.Calls || s.Reads < s.Calls-workers) {
			t.Errorf("%s: cache counted %d reads; want %d", s.Name, s.Reads, s.Calls)
		}
	}
}

func TestBenchSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
	}{
		{[]string{"-reads", "2"}, exitUsage},
		{[]string{"-db", "postgres://me:secret@127.0.0.1:1/app"}, exitFailed},
		{[]string{"-store", "redis://me:secret@127.0.0.1:1"}, exitFailed},
		{[]string{"-store", "redis://me:secret@127.0.0.1:x"}, exitUsage},
		{[]string{"-ops", "100", "-report", "no/such/directory.html"}, exitUsage},
		{[]string{"-ops", "100", "-report", "."}, exitUsage},
	} {
		status, stdout, stderr := runBench(t, c.args...)
		said := strings.Split(strings.TrimSpace(stderr), "\n")
		last := said[len(said)-1]
		if status != c.status || stdout != "" || !strings.HasPrefix(last, "bench: ") || strings.Contains(stderr, "secret") {
			t.Errorf("%v: status %d, output %q, diagnostics %q", c.args, status, stdout, stderr)
		}
	}
}

func TestBenchInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, diagnostics bytes.Buffer
	if status := bench(ctx, nil, &out, &diagnostics); status != exitFailed || !strings.HasSuffix(diagnostics.String(), "bench: interrupted\n") {
		t.Errorf("status %d, diagnostics %q", status, diagnostics.String())
	}
}

// TestHelpFits: what a command says of itself is read whole on 80 columns.
func TestHelpFits(t *testing.T) {
	for _, command := range []string{"", "explain", "staleness", "staleness declared"} {
		status, stdout, help := runBench(t, append(strings.Fields(command), "-h")...)
		if status != exitOK || stdout != "" || !strings.HasPrefix(help, "Usage: go run ./bench") {
			t.Errorf("%s: status %d, output %q, help %q", command, status, stdout, help)
		}
		for line := range strings.Lines(help) {
			if n := utf8.RuneCountInString(line) - 1; n > lines.Width {
				t.Errorf("%s: %q has %d columns; want at most %d", command, line, n, lines.Width)
			}
		}
	}
}
