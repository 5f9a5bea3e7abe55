package memstore

import (
	"hash/maphash"
	"testing"
)

// ForgetTag makes s drop a tag, as the sweep would.
func ForgetTag(t *testing.T, s *Store, name string) {
	t.Helper()
	found := s.tags.find(name, maphash.String(s.tags.seed, name))
	if found == nil {
		return
	}
	if !found.kill(s.clock) {
		t.Fatalf("tag %s carries a fence and cannot be dropped", name)
	}
	s.tags.unlink(found)
}
