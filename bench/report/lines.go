package report

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// A lineChart is two lines, without and with the cache, drawn by the template.
type lineChart struct {
	Name                     string // for those who cannot see it
	Width, Height            float64
	Left, Right, Top, Bottom float64 // the edges of the plot
	XTitle, YTitle           string
	XTicks, YTicks           []tick
	Lines                    []line
}

// A line is a path with its points, each of which tells its value.
type line struct {
	Class  string // without, with
	Path   string
	Points []point
}

type point struct {
	X, Y  float64
	Label string
}

func newLineChart(name, xTitle, yTitle string) lineChart {
	return lineChart{
		Name: name, XTitle: xTitle, YTitle: yTitle,
		Width: 560, Height: 300, Left: 64, Right: 534, Top: 14, Bottom: 250,
	}
}

func (c *lineChart) add(class string, points []point) {
	var path strings.Builder
	for i, p := range points {
		op := "L"
		if i == 0 {
			op = "M"
		}
		fmt.Fprintf(&path, "%s%g %g", op, p.X, p.Y)
	}
	c.Lines = append(c.Lines, line{Class: class, Path: path.String(), Points: points})
}

// throughputChart shows operations per second over time.
func (r *Report) throughputChart() lineChart {
	c := newLineChart("Operations per second over time", "seconds since the start of the side", "operations per second")
	var longest time.Duration
	var most float64
	for _, s := range []Side{r.Uncached, r.Cached} {
		for _, p := range s.Throughput {
			longest, most = max(longest, p.At), max(most, p.PerSecond)
		}
	}
	var x, y scale
	x, c.XTicks = linear(longest.Seconds(), c.Left, c.Right, number)
	y, c.YTicks = roundedUp(most, c.Bottom, c.Top, func(v float64) string { return thousands(int64(v)) })
	for class, s := range r.bothSides() {
		var points []point
		for _, p := range s.Throughput {
			points = append(points, point{
				x.at(p.At.Seconds()), y.at(p.PerSecond),
				fmt.Sprintf("%s cache, %.1f s: %s operations per second", class, p.At.Seconds(), thousands(int64(p.PerSecond))),
			})
		}
		c.add(class, points)
	}
	return c
}

// bothSides yields the sides with the name of their class.
func (r *Report) bothSides() func(func(string, Side) bool) {
	return func(yield func(string, Side) bool) {
		_ = yield("without", r.Uncached) && yield("with", r.Cached)
	}
}

// latencyChart shows how long the share of the reads that is left took at least.
// Its x axis is logarithmic in that share, so that the tail has room.
func (r *Report) latencyChart() lineChart {
	c := newLineChart("Read latency by percentile", "percentile of the reads", "latency")
	least, most := time.Duration(math.MaxInt64), time.Duration(1)
	for _, s := range []Side{r.Uncached, r.Cached} {
		for _, q := range s.Curve {
			least, most = min(least, q.Time), max(most, q.Time)
		}
	}
	if least > most {
		least = most
	}
	x := scale{min: 1, max: 1e4, lo: c.Left, hi: c.Right, log: true}
	for _, t := range []struct {
		above float64
		label string
	}{{1, "0"}, {2, "50"}, {10, "90"}, {20, "95"}, {100, "99"}, {1000, "99.9"}, {10000, "99.99"}} {
		c.XTicks = append(c.XTicks, tick{x.at(t.above), t.label})
	}
	var y scale
	y, c.YTicks = durations(least, most, c.Bottom, c.Top)
	for class, s := range r.bothSides() {
		var points []point
		for _, q := range s.Curve {
			if q.Share <= 0.9999 {
				points = append(points, point{
					x.at(1 / (1 - q.Share)), y.at(float64(q.Time)),
					fmt.Sprintf("%s cache: %s of the reads within %s", class, percent(q.Share), short(q.Time)),
				})
			}
		}
		c.add(class, points)
	}
	return c
}
