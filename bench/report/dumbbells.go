package report

import "time"

// A dumbbell is a statement's median without and with the cache on one axis, as
// wide as the axis of all.
type dumbbell struct {
	Statement
	Without, With, Low, High float64 // positions
}

// dumbbells are those of all statements that both sides ran outside transactions.
type dumbbells struct {
	Width float64
	Ticks []tick
	Rows  []dumbbell
}

func (r *Report) dumbbells() dumbbells {
	d := dumbbells{Width: 300}
	least, most := time.Hour, time.Duration(1)
	for _, s := range r.Statements {
		for _, l := range []Latency{s.Uncached, s.Cached} {
			if l.Count > 0 {
				least, most = min(least, l.P50), max(most, l.P50)
			}
		}
	}
	const margin = 16 // for the labels at both ends
	var x scale
	x, d.Ticks = durations(least, most, margin, d.Width-margin)
	for _, s := range r.Statements {
		row := dumbbell{Statement: s}
		if s.Uncached.Count > 0 && s.Cached.Count > 0 {
			row.Without, row.With = x.at(float64(s.Uncached.P50)), x.at(float64(s.Cached.P50))
			row.Low, row.High = min(row.Without, row.With), max(row.Without, row.With)
		}
		d.Rows = append(d.Rows, row)
	}
	return d
}
