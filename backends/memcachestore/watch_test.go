package memcachestore

import (
	"errors"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/gojohnny/gojohnny/backends/breaker"
)

// TestClosedStorePingsNobody: the goroutine that waits for a server ends.
func TestClosedStorePingsNobody(t *testing.T) {
	s, err := New(memcache.New("127.0.0.1:1"), nil)
	must(t, err)
	if err := s.servers.ping("127.0.0.1:1"); err == nil || errors.Is(err, breaker.ErrGone) {
		t.Errorf("before Close: got %v; want that nobody listens there", err)
	}
	s.Close()
	s.Close()
	if err := s.servers.ping("127.0.0.1:1"); !errors.Is(err, breaker.ErrGone) {
		t.Errorf("after Close: got %v; want ErrGone", err)
	}
}
