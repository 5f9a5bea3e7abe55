package cache

import (
	"encoding/binary"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// What the cache keeps as the rows of an entry begins with the second in which it was
// saved, by the clock of the host: for people, since nothing is decided by it.
const stampSize = 4

// room is how many bytes of a ticket's buffer stand before the rows.
func room(tags int) int { return backends.EntryOverhead(tags) + stampSize }

// stamp notes that the rows in b, which is the buffer of a ticket over n tags, are saved
// now.
func stamp(b []byte, n int, now time.Time) {
	binary.LittleEndian.PutUint32(b[backends.EntryOverhead(n):], uint32(now.Unix()))
}

// kept are rows as the store has them.
type kept struct {
	rows  []byte // nil: there are none
	saved uint32
}

// keptIn takes apart what the cache has made of an entry. It reports false if it did not
// make it.
func keptIn(e backends.Entry) (kept, bool) {
	if len(e.Rows) < stampSize {
		return kept{}, false
	}
	return kept{rows: e.Rows[stampSize:], saved: binary.LittleEndian.Uint32(e.Rows)}, true
}

// age is how long ago they were saved; hosts whose clocks differ do not make it negative.
func (k kept) age(now time.Time) time.Duration {
	return max(0, time.Duration(now.Unix()-int64(k.saved))*time.Second)
}
