package backends

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// The form of an entry, all integers little-endian:
//
//	"gj"              2 bytes
//	format version    1 byte
//	number of tags    1 byte
//	checksum          4 bytes  CRC-32C of everything but "gj" and itself, begun with the key
//	generations       8 bytes each, in the order of the statement's tags
//	rows              the rest
//
// An entry of another version, with another checksum, or saved under another key
// is no entry: whoever finds one takes it for a miss and counts it.
const (
	entryVersion = 1
	entryFixed   = 8

	// MaxTags is the most tags an entry can depend on.
	MaxTags = 255
)

// ErrEntry is wrapped by every error of ParseEntry.
var ErrEntry = errors.New("backends: not an entry")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// An Entry is a view of a stored entry's parts. It aliases the stored bytes, which
// nobody changes.
type Entry struct {
	generations []byte
	Rows        []byte
}

// EntryOverhead is how many bytes an entry over n tags has besides its rows.
func EntryOverhead(n int) int { return entryFixed + 8*n }

// AppendEntry appends the entry that holds rows as they were read under states,
// to be saved under key. It panics if there are more than MaxTags states.
func AppendEntry(dst []byte, key Key, states []TagState, rows []byte) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, EntryOverhead(len(states)))...)
	dst = append(dst, rows...)
	SealEntry(dst[start:], key, states)
	return dst
}

// SealEntry makes an entry of b in place: AppendEntry for rows that stand in b already,
// behind EntryOverhead(len(states)) bytes of any content. It panics where AppendEntry
// does, and if b has no room for them.
func SealEntry(b []byte, key Key, states []TagState) {
	if len(states) > MaxTags {
		panic("backends: entry over more than MaxTags tags")
	}
	generations := b[entryFixed:EntryOverhead(len(states))]
	b[0], b[1], b[2], b[3] = 'g', 'j', entryVersion, byte(len(states))
	for i, s := range states {
		binary.LittleEndian.PutUint64(generations[8*i:], uint64(s.Generation))
	}
	binary.LittleEndian.PutUint32(b[4:], checksum(key, b))
}

// ParseEntry takes apart what stands in a store under key. The error wraps
// ErrEntry and says what is wrong with it; it never holds a part of it.
func ParseEntry(key Key, b []byte) (Entry, error) {
	switch {
	case len(b) < entryFixed || b[0] != 'g' || b[1] != 'j':
		return Entry{}, fmt.Errorf("%w: foreign bytes", ErrEntry)
	case b[2] != entryVersion:
		return Entry{}, fmt.Errorf("%w: format version %d, want %d", ErrEntry, b[2], entryVersion)
	}
	rows := EntryOverhead(int(b[3]))
	switch {
	case len(b) < rows:
		return Entry{}, fmt.Errorf("%w: cut short", ErrEntry)
	case checksum(key, b) != binary.LittleEndian.Uint32(b[4:]):
		return Entry{}, fmt.Errorf("%w: wrong checksum", ErrEntry)
	}
	return Entry{generations: b[entryFixed:rows:rows], Rows: b[rows:]}, nil
}

// Current reports whether the entry answers a read that found states: every
// generation is the one it was read under, and no tag is fenced.
func (e Entry) Current(states []TagState) bool {
	if len(e.generations) != 8*len(states) {
		return false
	}
	for i, s := range states {
		if s.Fenced || binary.LittleEndian.Uint64(e.generations[8*i:]) != uint64(s.Generation) {
			return false
		}
	}
	return true
}

// checksum starts from the key, folded: a key is a digest, so that its words are
// as good as random. Handing the key itself to crc32 would move it to the heap on
// every hit.
func checksum(key Key, entry []byte) uint32 {
	var sum uint32
	for i := 0; i < len(key); i += 4 {
		sum ^= binary.LittleEndian.Uint32(key[i:])
	}
	sum = crc32.Update(sum, castagnoli, entry[2:4])
	return crc32.Update(sum, castagnoli, entry[entryFixed:])
}
