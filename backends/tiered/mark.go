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

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// markOf returns the mark of an entry: its length and its checksum.
func markOf(entry []byte) []byte {
	mark := make([]byte, 0, 8)
	mark = binary.LittleEndian.AppendUint32(mark, uint32(len(entry)))
	return binary.LittleEndian.AppendUint32(mark, crc32.Checksum(entry, castagnoli))
}

// markKey returns where the mark of the entry at key is: a digest with half of its
// bits turned is as good as another digest.
func markKey(key backends.Key) backends.Key {
	for i := range key {
		key[i] ^= 0xa5
	}
	return key
}
