package testservers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"testing"
)

// password keeps other users of the machine from these servers, whose commands
// reach its files.
var password = strconv.FormatUint(rand.Uint64(), 36)

// errMissing is wrapped by errors that say what to install.
var errMissing = errors.New("server not installed")

// shared holds what Main closes.
var shared struct {
	mu       sync.Mutex
	children []*child
}

func share(c *child) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.children = append(shared.children, c)
}

// Main runs the tests of a binary, ends the servers they shared and waits until
// nothing is left of them.
func Main(m *testing.M) {
	m.Run()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	for _, c := range shared.children {
		if err := c.close(); err != nil {
			fmt.Fprintln(os.Stderr, "testservers: close", c.dir+":", err)
		}
	}
}

// check ends the test if err is not nil, by skipping it where a server is missing
// and may be.
func check(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, errMissing) && os.Getenv("GOJOHNNY_REQUIRE_SERVERS") != "1":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}

// closeLater closes the child when the test has ended.
func closeLater(t testing.TB, c *child) {
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
}

// freePort returns a port nobody listens on, below those that systems hand out
// themselves: a client that tries to reach a server while it restarts could be
// given the server's own port and end up connected to itself.
func freePort() (string, error) {
	for range 100 {
		port := strconv.Itoa(10_000 + rand.IntN(20_000))
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			continue
		}
		return port, l.Close()
	}
	return "", errors.New("found no free port on 127.0.0.1 in 100 tries")
}

// onFreePort calls listen with a free port, and again with others when it fails:
// somebody may take the port before the server does.
func onFreePort(listen func(port string) error) error {
	const tries = 3
	var err error
	for range tries {
		var port string
		if port, err = freePort(); err != nil {
			return err
		}
		if err = listen(port); err == nil {
			return nil
		}
	}
	return err
}
