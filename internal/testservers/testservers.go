package testservers

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"

	"github.com/gojohnny/gojohnny/internal/servers"
)

// The variables that name servers.
const (
	postgresVariable  = "GOJOHNNY_POSTGRES_URL"
	redisVariable     = "GOJOHNNY_REDIS_URL"
	memcachedVariable = "GOJOHNNY_MEMCACHED_ADDR"
)

// shared holds what Main closes.
var shared struct {
	mu      sync.Mutex
	servers []io.Closer
}

func share(s io.Closer) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.servers = append(shared.servers, s)
}

// Main runs the tests of a binary, ends the servers they shared and waits until
// nothing is left of them.
func Main(m *testing.M) {
	m.Run()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	for _, s := range shared.servers {
		if err := s.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "testservers: close:", err)
		}
	}
}

// errSkip is wrapped by errors for which a test is skipped.
var errSkip = errors.New("skipped for want of a server")

// orSkip makes the error of a server that is not installed one for which the test is
// skipped, unless servers are required; one that is given by its variable is not, even
// by tests that cannot use it because they need one of their own.
func orSkip(err error, variable string) error {
	if !errors.Is(err, servers.ErrMissing) {
		return err
	}
	err = fmt.Errorf("%w\n\tor set %s", err, variable)
	if os.Getenv("GOJOHNNY_REQUIRE_SERVERS") == "1" && os.Getenv(variable) == "" {
		return err
	}
	return fmt.Errorf("%w: %w", errSkip, err)
}

// check ends the test if err is not nil.
func check(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, errSkip):
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}

// Started is for servers that a test starts without this package, and err is what came of
// it. It skips the test where they are not installed and not required, or cannot be had on
// this system, and ends it after any other error.
func Started(t testing.TB, err error) {
	t.Helper()
	missing := errors.Is(err, servers.ErrMissing) && os.Getenv("GOJOHNNY_REQUIRE_SERVERS") != "1"
	if missing || errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	check(t, err)
}

// closeLater closes the server when the test has ended.
func closeLater(t testing.TB, s io.Closer) {
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
