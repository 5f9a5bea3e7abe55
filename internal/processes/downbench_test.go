package processes

import (
	"context"
	"database/sql"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// queries are what a store that is down is measured with: the cheapest there is, which
// shows all that the cache adds, and one over a thousand rows.
var queries = map[string]string{
	"point": readVersion,
	"sum":   "SELECT sum(n) FROM series",
}

const seriesSchema = "CREATE TABLE series AS SELECT g AS n FROM generate_series(1, 1000) g; ANALYZE series"

// outages are the stores that are measured, and how each goes out of reach: open
// starts what there is of a server, and returns what ends it.
var outages = []struct {
	kind, fault string
	open        func(testing.TB, *config) (end func())
}{
	{"redis", "Hangs", redisOutage("Hangs")},
	{"redis", "Dies", redisOutage("Dies")},
	{"tiered", "Dies", redisOutage("Dies")},
	{"memcached", "Absent", func(b testing.TB, cfg *config) func() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		cfg.Address = l.Addr().String()
		if err := l.Close(); err != nil { // nobody listens there now
			b.Fatal(err)
		}
		return func() {}
	}},
}

func redisOutage(fault string) func(testing.TB, *config) func() {
	return func(b testing.TB, cfg *config) func() {
		server := testservers.NewRedis(b)
		cfg.Address = server.URL()
		return func() { faults[fault](b, server) }
	}
}

// BenchmarkReadStoreDown is a read without a cache, one past the cache, and one whose
// store is gone, in every order by turns, so that what else the machine does falls on
// all of them. The metrics are the median of the first, and, in percent of it, the medians
// of what the others took longer in the same turn.
func BenchmarkReadStoreDown(b *testing.B) {
	for _, o := range outages {
		for query, text := range queries {
			b.Run("store="+o.kind+"/fault="+o.fault+"/query="+query, func(b *testing.B) {
				cfg := newConfig(b, o.kind)
				end := o.open(b, &cfg)
				p, bare := newProgram(b, cfg), newBare(b, cfg)
				if _, err := bare.Exec(seriesSchema); err != nil {
					b.Fatal(err)
				}
				sides := [3]side{
					{bare, b.Context(), text},
					{p.db, cache.Skip(b.Context()), text},
					{p.db, b.Context(), text},
				}
				sides[2].read(b)
				end()
				for range 10 { // until calls are refused at once
					sides[2].read(b)
				}
				measure(b, sides)
			})
		}
	}
}

// A side is a way to read.
type side struct {
	db   *sql.DB
	ctx  context.Context
	text string
}

// read returns how long a read took.
func (s side) read(b *testing.B) time.Duration {
	b.Helper()
	began := time.Now()
	var v int64
	if err := s.db.QueryRowContext(s.ctx, s.text).Scan(&v); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

var orders = [...][3]int{{0, 1, 2}, {2, 0, 1}, {1, 2, 0}, {2, 1, 0}, {0, 2, 1}, {1, 0, 2}}

func measure(b *testing.B, sides [3]side) {
	b.Helper()
	var without, skip, down []time.Duration
	for n := 0; b.Loop(); n++ {
		var took [3]time.Duration
		for _, i := range orders[n%len(orders)] {
			took[i] = sides[i].read(b)
		}
		without = append(without, took[0])
		skip = append(skip, took[1]-took[0])
		down = append(down, took[2]-took[0])
	}
	b.ReportMetric(median(without), "without-ns")
	b.ReportMetric(100*median(skip)/median(without), "skip-%")
	b.ReportMetric(100*median(down)/median(without), "down-%")
}

func median(all []time.Duration) float64 {
	slices.Sort(all)
	return float64(all[len(all)/2])
}
