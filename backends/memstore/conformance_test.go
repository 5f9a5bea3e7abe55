package memstore_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/backendtest"
	"github.com/gojohnny/gojohnny/backends/memstore"
)

const maxBytes = 8 << 20

func harness() backendtest.Harness {
	return backendtest.Harness{
		Open: func(t *testing.T) (one, other backends.Store) {
			s, err := memstore.New(&memstore.Options{MaxBytes: maxBytes, MaxTags: 1000})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			return s, s
		},
		Around:   synctest.Test, // leases run out without waiting
		TooLarge: maxBytes,
		Corrupt: func(t *testing.T, s backends.Store, key backends.Key) {
			entry, err := s.Load(t.Context(), key, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			damaged := bytes.Clone(entry)
			damaged[len(damaged)-1] ^= 1
			if err := s.Save(t.Context(), key, damaged, time.Hour); err != nil {
				t.Fatal(err)
			}
		},
		Forget: func(t *testing.T, s backends.Store, tag string) {
			memstore.ForgetTag(t, s.(*memstore.Store), tag)
		},
	}
}

func TestConformance(t *testing.T) { backendtest.Run(t, harness()) }

// TestConformanceInRealTime has no bubble around it: the suite as a server's store
// runs it.
func TestConformanceInRealTime(t *testing.T) {
	h := harness()
	h.Around = nil
	h.Lease = 20 * time.Millisecond
	backendtest.Run(t, h)
}
