//go:build unix

package history

import (
	"errors"
	"io"
	"os"
)

// chunk is how much of a log is looked at together.
const chunk = 1024 * recordSize

// readUsed reads a log up to the first long stretch that nothing was written to.
func readUsed(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // has been read
	var all []byte
	for {
		part := make([]byte, chunk)
		n, err := io.ReadFull(f, part)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if err != nil || allZero(part[:n]) {
			return append(all, part[:n]...), nil
		}
		all = append(all, part[:n]...)
	}
}

func allZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}
