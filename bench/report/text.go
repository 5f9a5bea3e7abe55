package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/gojohnny/gojohnny/bench/lines"
)

// WriteText writes the report for a terminal.
func (r *Report) WriteText(w io.Writer) error {
	text := fmt.Sprintf("\n%s\n%s\n", lines.Wrap(r.Title(), " · ", ""), lines.Wrap(r.Subtitle(), " · ", ""))
	for _, table := range []grid{r.sides(), r.tables(), r.statements(), r.bypasses()} {
		text += "\n" + table.String()
	}
	_, err := io.WriteString(w, text+"\n"+r.Verdict())
	return err
}

// Title says what ran.
func (r *Report) Title() string {
	s := r.Settings
	load := fmt.Sprintf("%v a side", s.Duration)
	if s.Ops > 0 {
		load = thousands(s.Ops) + " operations a side"
	}
	return fmt.Sprintf("%s · api %s · store %s · %d %s, -rows %d · %s reads · zipf %v · %d workers · %s · seed %d",
		r.Database, s.API, s.Store, s.Tables, plural(s.Tables, "table"), s.Rows, percent(s.Reads), s.Skew, s.Concurrency, load, s.Seed)
}

// Subtitle says where.
func (r *Report) Subtitle() string {
	m := r.Machine
	return fmt.Sprintf("%s · %d %s · %s/%s · %s · %s", cmp.Or(m.CPU, "unknown processor"), m.Cores, plural(m.Cores, "core"),
		m.OS, m.Arch, m.Go, r.Started.Format("2006-01-02 15:04 MST"))
}

// Verdict is the outcome in a few lines.
func (r *Report) Verdict() string {
	var b strings.Builder
	fmt.Fprintf(&b, "speed-up:     %s operations per second (%s)\n", times(r.SpeedUp.Throughput), r.SpeedUp.Spread())
	fmt.Fprintf(&b, "median read:  %s\n", times(r.SpeedUp.ReadP50))
	fmt.Fprintf(&b, "hit rate:     %s of the reads, %s of the ceiling\n", percent(r.Cache.HitRate), percent(r.Cache.OfCeiling))
	fmt.Fprintf(&b, "ceiling:      %s, which invalidation by table allows on this run\n", percent(r.Cache.Ceiling))
	if r.Settings.Verify > 0 {
		fmt.Fprintf(&b, "verified:     %s hits compared with the database, %s wrong\n", thousands(r.Cache.Verified), thousands(r.Cache.Mismatches))
	}
	for _, side := range []struct {
		name string
		Side
	}{{"with the cache", r.Cached}, {"without", r.Uncached}} {
		fmt.Fprintf(&b, "stale reads:  %s per million %s (%s of %s checked)\n",
			number(side.StalePerMillion), side.name, thousands(side.Stale), thousands(side.Checked))
		for _, e := range side.Examples {
			fmt.Fprintf(&b, "              %s of %d: wanted at least %d, got %d\n", e.Statement, e.ID, e.Want, e.Got)
		}
	}
	return b.String()
}

// Spread is the range of the turns: "1.21x to 1.38x in 5 turns".
func (s SpeedUp) Spread() string {
	if len(s.Turns) == 0 {
		return "no turns"
	}
	return fmt.Sprintf("%s to %s in %d %s", times(slices.Min(s.Turns)), times(slices.Max(s.Turns)),
		len(s.Turns), plural(len(s.Turns), "turn"))
}

func (r *Report) sides() grid {
	u, c := r.Uncached, r.Cached
	g := grid{
		{"", "without cache", "with cache", "speed-up"},
		{"operations per second", whole(u.PerSecond), whole(c.PerSecond), times(r.SpeedUp.Throughput)},
	}
	for _, l := range []struct {
		name string
		u, c Latency
	}{{"read", u.Reads, c.Reads}, {"write", u.Writes, c.Writes}, {"transaction", u.Transactions, c.Transactions}} {
		if l.u.Count+l.c.Count == 0 {
			continue
		}
		g = append(g,
			[]string{l.name + " p50", short(l.u.P50), short(l.c.P50), timesOf(l.u.P50, l.c.P50)},
			[]string{l.name + " p95", short(l.u.P95), short(l.c.P95), timesOf(l.u.P95, l.c.P95)},
			[]string{l.name + " p99", short(l.u.P99), short(l.c.P99), timesOf(l.u.P99, l.c.P99)})
	}
	return g
}

func (r *Report) tables() grid {
	g := grid{{"table", "rows", "of reads", "of writes", "hit rate", "ceiling", "of it"}}
	for _, t := range r.Tables {
		g = append(g, []string{
			t.Name, thousands(t.Rows), percent(t.ReadShare), percent(t.WriteShare),
			percent(t.HitRate), percent(t.Ceiling), t.ofCeiling(),
		})
	}
	return g
}

func (r *Report) statements() grid {
	g := grid{
		{"", "", "", "", "p50", "", "p99", ""},
		{"statement", "calls", "hits", "ceiling", "without", "with", "without", "with"},
	}
	for _, s := range r.Statements {
		hit, ceiling := percent(s.HitRate), percent(s.Ceiling)
		if s.Writes {
			hit, ceiling = "", ""
		}
		g = append(g, []string{
			s.Name, thousands(s.Calls), hit, ceiling,
			short(s.Uncached.P50), short(s.Cached.P50), short(s.Uncached.P99), short(s.Cached.P99),
		})
	}
	return g
}

func (r *Report) bypasses() grid {
	g := grid{{"reads past the cache", "reads", "of all"}}
	for _, code := range r.Reasons() {
		n := r.Cache.BypassReasons[code]
		g = append(g, []string{code, thousands(n), percent(ratio(float64(n), float64(r.Cache.Reads)))})
	}
	return g
}

// Reasons are those of bypasses, the most frequent first.
func (r *Report) Reasons() []string {
	n := r.Cache.BypassReasons
	return slices.SortedFunc(maps.Keys(n), func(a, b string) int {
		return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b))
	})
}
