package report

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// thousands writes 1234567 as 1,234,567.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// percent writes 0.953 as 95.3 %, and what is below a tenth with more digits.
func percent(share float64) string {
	p := share * 100
	digits := 1
	if p != 0 && math.Abs(p) < 1 {
		digits = 2
	}
	return strings.TrimSuffix(strconv.FormatFloat(p, 'f', digits, 64), ".0") + " %"
}

func whole(x float64) string { return thousands(int64(x)) }

// ofCeiling is empty where there was nothing to reach.
func (a Answers) ofCeiling() string {
	if a.Ceiling == 0 {
		return ""
	}
	return percent(a.OfCeiling)
}

func times(factor float64) string { return strconv.FormatFloat(factor, 'f', 2, 64) + "x" }

func timesOf(without, with time.Duration) string {
	return times(ratio(float64(without), float64(with)))
}

// number writes 0 as 0 and 1.25 as 1.25.
func number(x float64) string { return strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64) }

// short writes a duration with three digits: 1.23 µs, 45.6 ms.
func short(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d < time.Microsecond:
		return digits(float64(d)) + " ns"
	case d < time.Millisecond:
		return digits(float64(d)/1e3) + " µs"
	case d < time.Second:
		return digits(float64(d)/1e6) + " ms"
	}
	return digits(d.Seconds()) + " s"
}

// digits writes three significant digits of a number from 1 to 1000.
func digits(x float64) string {
	switch {
	case x >= 100:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case x >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
