package cache

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/gojohnny/gojohnny/backends"
)

// The key of an entry is SHA-256 over length-prefixed fields, in three steps so that a hit
// hashes little, one block if it has a short argument, and no SQL: once per text, the
// namespace, the text and the tags; once per text and scope, both digests; then, per
// query, that and the arguments. No two queries share a key unless SHA-256 collides.
//
// The tags are part of it so that a text whose tables are resolved anew never
// meets the generations of other tags.

// digest is SHA-256.
type digest = [sha256.Size]byte

func textDigest(namespace string, tags []string, text string) digest {
	h := newFields()
	h.add(namespace)
	h.add(text)
	for _, tag := range tags {
		h.add(tag)
	}
	return h.sum()
}

// scopedDigest is what all queries of a text in one scope have in common.
func scopedDigest(text, scope *digest) digest {
	return sha256.Sum256(append(text[:], scope[:]...))
}

// keyOf appends to a's own memory what is hashed, and takes it off again: a hit
// allocates nothing.
func keyOf(scoped *digest, a *Args) backends.Key {
	n := len(a.buf)
	a.buf = append(a.buf, scoped[:]...)
	key := backends.Key(sha256.Sum256(a.buf))
	a.buf = a.buf[:n]
	return key
}

// fields hashes a list of strings, each behind its length.
type fields struct{ buf []byte }

func newFields() *fields { return &fields{} }

func (f *fields) add(s string) {
	f.buf = binary.AppendUvarint(f.buf, uint64(len(s)))
	f.buf = append(f.buf, s...)
}

func (f *fields) sum() digest { return sha256.Sum256(f.buf) }
