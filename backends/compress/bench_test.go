package compress

import (
	"fmt"
	"testing"
)

func BenchmarkPack(b *testing.B)   { bench(b, func(entry, _ []byte) { Pack(entry, 1) }) }
func BenchmarkUnpack(b *testing.B) { bench(b, func(_, value []byte) { Unpack(value) }) }

func bench(b *testing.B, f func(entry, value []byte)) {
	for _, size := range []int{200, 2 << 10, 20 << 10} {
		b.Run(fmt.Sprintf("bytes=%d", size), func(b *testing.B) {
			entry := rows(size)
			value := Pack(entry, 1)
			b.ReportAllocs()
			for b.Loop() {
				f(entry, value)
			}
			b.ReportMetric(float64(len(value))/float64(size), "ratio")
		})
	}
}

// rows returns size bytes as PostgreSQL sends rows of an order table.
func rows(size int) []byte {
	var b []byte
	for i := 0; len(b) < size; i++ {
		b = fmt.Appendf(b, "\x00\x04\x00\x00\x00\x08%08d\x00\x00\x00\x13customer-%d@host.example\x00\x00\x00\x072026-11-%02d 10:%02d:%02d+00\x00\x00\x00\x05%d.%02d",
			100000+i, i*7919%10007, 1+i%28, i*13%60, i*29%60, i*37%900, i%100)
	}
	return b[:size]
}
