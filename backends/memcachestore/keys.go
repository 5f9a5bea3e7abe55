package memcachestore

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/gojohnny/gojohnny/backends"
)

// maxKey is the longest key that memcached takes.
const maxKey = 250

// A keyring names the items in the servers. The letter after the prefix keeps the
// kinds apart:
//
//	t:TAG     a tag, by its name
//	d:DIGEST  a tag whose name is no key: longer, or with a space or a control character
//	f:ID      the lease of a fence
//	e:KEY     an entry
//	l:KEY     a lock
type keyring struct{ prefix string }

func (k keyring) tag(name string) string {
	if len(k.prefix)+len("t:")+len(name) <= maxKey && legal(name) {
		return k.prefix + "t:" + name
	}
	digest := sha256.Sum256([]byte(name))
	return k.prefix + "d:" + encode(digest[:])
}

func (k keyring) lease(id backends.Token) string { return k.prefix + "f:" + encode(id[:]) }

func (k keyring) entry(key backends.Key) string { return k.prefix + "e:" + encode(key[:]) }

func (k keyring) lock(key backends.Key) string { return k.prefix + "l:" + encode(key[:]) }

// load returns the keys of tags and, after them, that of the entry.
func (k keyring) load(tags []string, key backends.Key) []string {
	keys := make([]string, len(tags)+1)
	for i, name := range tags {
		keys[i] = k.tag(name)
	}
	keys[len(tags)] = k.entry(key)
	return keys
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// legal reports whether memcached's protocol lets s be part of a key.
func legal(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}
