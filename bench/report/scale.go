package report

import (
	"math"
	"time"
)

// A scale maps values to positions on an axis, from lo to hi.
type scale struct {
	min, max float64
	lo, hi   float64 // positions of min and max; lo > hi on an axis that points up
	log      bool
}

// at is the position of a value, which may lie outside the range.
func (s scale) at(v float64) float64 {
	lo, hi := s.min, s.max
	if s.log {
		v, lo, hi = math.Log10(max(v, 1e-12)), math.Log10(lo), math.Log10(hi)
	}
	if hi == lo {
		return s.lo
	}
	return round(s.lo + (v-lo)/(hi-lo)*(s.hi-s.lo))
}

// round keeps what a screen can show.
func round(x float64) float64 { return math.Round(x*10) / 10 }

// A tick is a labelled position on an axis.
type tick struct {
	At    float64
	Label string
}

// linear returns a scale from 0 to top, with ticks at round numbers.
func linear(top, lo, hi float64, label func(float64) string) (scale, []tick) {
	top = max(top, 1e-9) // nothing measured still has an axis
	step := niceStep(top / 5)
	s := scale{max: top, lo: lo, hi: hi}
	var ticks []tick
	for i := 0.0; i*step <= top*1.0001; i++ {
		ticks = append(ticks, tick{s.at(i * step), label(i * step)})
	}
	return s, ticks
}

// roundedUp returns a scale as linear does, whose last tick is its end.
func roundedUp(top, lo, hi float64, label func(float64) string) (scale, []tick) {
	step := niceStep(top / 5)
	return linear(max(1, math.Ceil(top/step))*step, lo, hi, label)
}

// niceStep is the smallest of 1, 2 or 5 times a power of ten that is not below x.
func niceStep(x float64) float64 {
	if x <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= x {
			return m * power
		}
	}
	return 10 * power
}

// durations returns a logarithmic scale that holds both durations, from a power of
// ten to a power of ten, with a tick at each.
func durations(least, most time.Duration, lo, hi float64) (scale, []tick) {
	from := math.Floor(math.Log10(float64(max(least, 1))))
	to := math.Max(math.Ceil(math.Log10(float64(max(most, 1)))), from+1)
	s := scale{min: math.Pow(10, from), max: math.Pow(10, to), lo: lo, hi: hi, log: true}
	var ticks []tick
	for e := from; e <= to; e++ {
		d := time.Duration(math.Pow(10, e))
		ticks = append(ticks, tick{s.at(float64(d)), powerOfTen(d)})
	}
	return s, ticks
}

// powerOfTen writes 10 µs where short writes 10.0 µs.
func powerOfTen(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Second, " s"}, {time.Millisecond, " ms"}, {time.Microsecond, " µs"}} {
		if d >= u.unit {
			return thousands(int64(d/u.unit)) + u.name
		}
	}
	return thousands(int64(d)) + " ns"
}
