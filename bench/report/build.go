package report

import (
	"strings"
	"time"

	"github.com/gojohnny/gojohnny/bench/runner"
	"github.com/gojohnny/gojohnny/bench/workload"
	"github.com/gojohnny/gojohnny/cache"
)

// Add fills in what two runs of a workload measured and what the cache counted.
func (r *Report) Add(w *workload.Workload, uncached, cached *runner.Result, stats cache.Stats) {
	r.Format = Format
	r.Uncached, r.Cached = side(uncached), side(cached)
	r.SpeedUp = SpeedUp{
		Throughput: ratio(r.Cached.PerSecond, r.Uncached.PerSecond),
		ReadP50:    ratio(float64(r.Uncached.Reads.P50), float64(r.Cached.Reads.P50)),
		ReadP95:    ratio(float64(r.Uncached.Reads.P95), float64(r.Cached.Reads.P95)),
		ReadP99:    ratio(float64(r.Uncached.Reads.P99), float64(r.Cached.Reads.P99)),
	}
	for i, turn := range cached.Turns {
		r.SpeedUp.Turns = append(r.SpeedUp.Turns, ratio(perSecond(turn), perSecond(uncached.Turns[i])))
	}
	r.addStatements(uncached, cached, stats)
	r.addTables(w, cached, stats)
	r.addCache(cached, stats)
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func perSecond(t runner.Turn) float64 { return ratio(float64(t.Ops), t.Elapsed.Seconds()) }

func side(res *runner.Result) Side {
	return Side{
		Elapsed: res.Elapsed, Operations: res.Ops,
		PerSecond: perSecond(res.Turn),
		Reads:     latency(res.Reads), Writes: latency(res.Writes), Transactions: latency(res.Transactions),
		Checked: res.Checks, Stale: res.Stale, Examples: res.Examples,
		StalePerMillion: ratio(float64(res.Stale)*1e6, float64(res.Checks)),
		Throughput:      rates(res.Samples),
		Curve:           curve(res.Reads),
	}
}

func latency(l *runner.Latency) Latency {
	at := func(percent float64) time.Duration { return time.Duration(l.ValueAtPercentile(percent)) }
	return Latency{Count: l.TotalCount(), P50: at(50), P95: at(95), P99: at(99), Max: time.Duration(l.Max())}
}

// maxRates is how many points of a throughput chart can be told apart.
const maxRates = 50

// rates turns cumulated samples into rates, several into one where there are many.
func rates(samples []runner.Sample) []Rate {
	step := max(1, (len(samples)-1)/maxRates)
	var out []Rate
	for i := step; i < len(samples); i += step {
		from, to := samples[i-step], samples[i]
		turn := runner.Turn{Elapsed: to.Elapsed - from.Elapsed, Ops: to.Ops - from.Ops}
		out = append(out, Rate{At: to.Elapsed, PerSecond: perSecond(turn)})
	}
	return out
}

// curve follows the tail: every step leaves fewer reads above it.
func curve(l *runner.Latency) []Quantile {
	if l.TotalCount() == 0 {
		return nil
	}
	var out []Quantile
	for above := 1.0; above > 5e-5; above /= 1.25 {
		out = append(out, Quantile{Share: 1 - above, Time: time.Duration(l.ValueAtPercentile(100 * (1 - above)))})
	}
	return out
}

func answers(s cache.ReadStats, ceilingHits, calls int64) Answers {
	a := Answers{
		Reads: int64(s.Reads), Hits: int64(s.Hits), Misses: int64(s.Misses), Bypasses: int64(s.Bypasses),
		HitRate: s.HitRate(), Ceiling: ratio(float64(ceilingHits), float64(calls)), OfCeiling: 1,
	}
	if a.Ceiling > 0 {
		a.OfCeiling = a.HitRate / a.Ceiling
	}
	return a
}

func (r *Report) addStatements(uncached, cached *runner.Result, stats cache.Stats) {
	bySQL := map[string]cache.ReadStats{}
	for _, s := range stats.Statements {
		bySQL[s.SQL] = s.ReadStats
	}
	for i, s := range cached.Statements {
		out := Statement{
			Name: s.Name, SQL: s.SQL, Writes: s.Writes, Calls: s.Calls,
			Uncached: latency(uncached.Statements[i].Latency), Cached: latency(s.Latency),
		}
		if !s.Writes {
			out.Answers = answers(bySQL[s.SQL], s.CeilingHits, s.Calls)
		}
		r.Statements = append(r.Statements, out)
	}
}

func (r *Report) addTables(w *workload.Workload, cached *runner.Result, stats cache.Stats) {
	byName := map[string]cache.ReadStats{}
	for _, t := range stats.Tables {
		// Where the cache has read the database's catalog, it says the schema too.
		name := t.Table[strings.LastIndexByte(t.Table, '.')+1:]
		byName[name] = sum(byName[name], t.ReadStats)
	}
	reads, writes := calls(cached)
	for _, t := range w.Tables {
		out := Table{Name: t.Name, Rows: t.Rows}
		var read, ceilingHits int64
		for _, s := range cached.Statements {
			switch {
			case s.Writes && s.Table == t:
				out.Writes += s.Calls
			case !s.Writes && reading(s.Tables, t):
				read += s.Calls
				ceilingHits += s.CeilingHits
			}
		}
		out.ReadShare = ratio(float64(read), float64(reads))
		out.WriteShare = ratio(float64(out.Writes), float64(writes))
		out.Answers = answers(byName[t.Name], ceilingHits, read)
		r.Tables = append(r.Tables, out)
	}
}

func sum(a, b cache.ReadStats) cache.ReadStats {
	return cache.ReadStats{
		Reads: a.Reads + b.Reads, Hits: a.Hits + b.Hits, Misses: a.Misses + b.Misses, Bypasses: a.Bypasses + b.Bypasses,
	}
}

func reading(tables []*workload.Table, t *workload.Table) bool {
	for _, other := range tables {
		if other == t {
			return true
		}
	}
	return false
}

// calls are how many statements read and wrote.
func calls(res *runner.Result) (reads, writes int64) {
	for _, s := range res.Statements {
		if s.Writes {
			writes += s.Calls
		} else {
			reads += s.Calls
		}
	}
	return reads, writes
}

func (r *Report) addCache(cached *runner.Result, stats cache.Stats) {
	reads, _ := calls(cached)
	var ceilingHits int64
	for _, s := range cached.Statements {
		ceilingHits += s.CeilingHits
	}
	r.Cache = Cache{
		Answers: answers(stats.ReadStats, ceilingHits, reads),
		Shared:  int64(stats.Shared), Parses: int64(stats.Parses),
		Verified: int64(stats.Verified), Mismatches: int64(stats.Mismatches),
		BypassReasons: map[string]int64{},
	}
	for code, n := range stats.BypassReasons {
		r.Cache.BypassReasons[string(code)] = int64(n)
	}
}
