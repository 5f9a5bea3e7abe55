package compress

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/s2"

	"github.com/gojohnny/gojohnny/internal/imports"
)

func TestImports(t *testing.T) { imports.Only(t, "github.com/klauspost/compress/...") }

func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // never fails: math/rand/v2's documentation
	return b
}

func TestPack(t *testing.T) {
	text := bytes.Repeat([]byte("a row of the table orders, "), 100)
	for _, test := range []struct {
		name    string
		entry   []byte
		above   int
		smaller bool
	}{
		{"empty", []byte{}, 1, false},
		{"off", text, 0, false},
		{"as large as the limit", text, len(text), false},
		{"larger", text, len(text) - 1, true},
		{"not compressible", noise(1000), 1, false},
		{"looks like a packed one", []byte("gjz2 and more"), 0, false},
		{"looks like one and is larger", append([]byte("gjz0"), text...), 1, true},
		{"too large to be compressed", make([]byte, maxExpanded+1), 1, false},
	} {
		value := Pack(test.entry, test.above)
		if got := len(value) < len(test.entry); got != test.smaller {
			t.Errorf("%s: %d bytes became %d; want fewer: %v", test.name, len(test.entry), len(value), test.smaller)
		}
		if len(value) > len(test.entry)+Overhead {
			t.Errorf("%s: %d bytes became %d; want at most %d more", test.name, len(test.entry), len(value), Overhead)
		}
		entry, ok := Unpack(value)
		if !ok || !bytes.Equal(entry, test.entry) || entry == nil {
			t.Errorf("%s: got %.40q, %v; want the entry", test.name, entry, ok)
		}
	}
}

func TestUnpackBoundsWhatItAllocates(t *testing.T) {
	bomb := s2.Encode(nil, make([]byte, maxExpanded+1))
	if _, ok := Unpack(append([]byte("gjz2"), bomb...)); ok {
		t.Errorf("%d bytes were expanded", len(bomb))
	}
}

// FuzzUnpack: any bytes are an entry or none, and what is packed comes back.
func FuzzUnpack(f *testing.F) {
	f.Add([]byte("gjz2"), 1)
	f.Add([]byte("gjz0"), 0)
	f.Add(Pack(make([]byte, 100), 1), 1)
	f.Fuzz(func(t *testing.T, b []byte, above int) {
		Unpack(b)
		if entry, ok := Unpack(Pack(b, above)); !ok || !bytes.Equal(entry, b) {
			t.Errorf("got %x, %v; want %x", entry, ok, b)
		}
	})
}
