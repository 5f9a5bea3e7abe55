package memcachestore

import (
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends"
)

var defaultKeys = keyring{prefix: defaultPrefix}

// EntryFlags are those of an entry's item.
const EntryFlags = entryFlags

// TagKey is the key of a tag under the default prefix.
func TagKey(name string) string { return defaultKeys.tag(name) }

// EntryKey is the key of an entry under the default prefix.
func EntryKey(key backends.Key) string { return defaultKeys.entry(key) }

// LockKey is the key of a lock under the default prefix.
func LockKey(key backends.Key) string { return defaultKeys.lock(key) }

// DropLeases makes the server lose the leases of a tag's fences, as it would evict
// them.
func DropLeases(t *testing.T, mc *memcache.Client, tag string) {
	t.Helper()
	item, err := mc.Get(TagKey(tag))
	if err != nil {
		t.Fatal(err)
	}
	state, ok, err := parseState(item.Value)
	if err != nil || !ok {
		t.Fatalf("tag %s: ok %v, error %v", tag, ok, err)
	}
	for _, f := range state.fences {
		if err := mc.Delete(defaultKeys.lease(f.lease)); err != nil {
			t.Fatal(err)
		}
	}
}
