package tiered

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/gojohnny/gojohnny/backends"
)

// Beside each entry the shared store keeps its mark: a few bytes that tell it from
// others under the same key, for the same time. Whoever has a copy loads the mark in
// the entry's place, and knows whether the entry is still there, and whether the copy
// is the same.
//
// The two are saved one by one, so that a mark may be another entry's:
//
//	1: first filler:  save its entry
//	2: second filler: save its entry
//	3: second filler: save its mark
//	4: first filler:  save its mark      and keeps its copy
//
// That is harmless, and so is it when two entries have one mark: a copy is what was
// saved under this very key, and carries the generations that decide whether it
// answers. A mark only says that it need not be fetched.

const (
	markSize = 8

	// markedHead is how much of an entry its mark is made of. The head of an entry
	// has a checksum of all the rest.
	markedHead = 64
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// markOf returns the mark of an entry: its length and a checksum of its head.
func markOf(entry []byte) (mark [markSize]byte) {
	binary.LittleEndian.PutUint32(mark[:], uint32(len(entry)))
	binary.LittleEndian.PutUint32(mark[4:], crc32.Checksum(entry[:min(len(entry), markedHead)], castagnoli))
	return mark
}

// marks reports whether mark is that of entry.
func marks(mark, entry []byte) bool {
	want := markOf(entry)
	return string(mark) == string(want[:])
}

// markKey returns where the mark of the entry at key is: a digest with half of its
// bits turned is as good as another digest.
func markKey(key backends.Key) backends.Key {
	for i := range key {
		key[i] ^= 0xa5
	}
	return key
}
