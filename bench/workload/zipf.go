package workload

import (
	"math"
	"math/rand/v2"
	"sort"
)

// zipf draws from 1 to n, the k-th most popular with a probability in proportion to
// 1/k^s. math/rand's Zipf needs s > 1, and the usual 0.99 is below.
type zipf struct {
	cumulated []float64
	stride    int64
}

func newZipf(n int64, s float64) *zipf {
	z := &zipf{cumulated: make([]float64, n), stride: stride(n)}
	sum := 0.0
	for k := range z.cumulated {
		sum += math.Pow(float64(k+1), -s)
		z.cumulated[k] = sum
	}
	return z
}

// draw returns an id. Popular ids are spread over the range, or the most popular
// products would all be neighbours of one category.
func (z *zipf) draw(rng *rand.Rand) int64 {
	n := int64(len(z.cumulated))
	x := rng.Float64() * z.cumulated[n-1]
	rank := int64(sort.SearchFloat64s(z.cumulated, x))
	return rank*z.stride%n + 1
}

// stride is a number near the golden section of n that shares no factor with it, so
// that multiplying by it modulo n is a permutation.
func stride(n int64) int64 {
	s := max(1, int64(float64(n)*0.618))
	for gcd(s, n) != 1 {
		s++
	}
	return s
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
