package testservers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// password keeps other users of the machine from these servers, whose commands
// reach its files.
var password = rand.Text()

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

// closeLater closes the child when the test has ended.
func closeLater(t testing.TB, c *child) {
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
}

// portsTried counts the ports that freePort has looked at.
var portsTried atomic.Int64

// freePort returns a port nobody listens on, each time another one, and in other
// test binaries others.
//
// It is below the ports that systems hand out themselves: a client that tries to
// reach a server while it restarts could be given the server's own port and end up
// connected to itself.
func freePort() (string, error) {
	for range 100 {
		port := 10_000 + (int64(os.Getpid())*64+portsTried.Add(1))%20_000
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		return strconv.FormatInt(port, 10), l.Close()
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

// ask connects to a server, sends it a request and checks the whole answer.
func ask(ctx context.Context, addr, request, want string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // has been answered
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(conn, request); err != nil {
		return err
	}
	got := make([]byte, len(want))
	if _, err := io.ReadFull(conn, got); err != nil {
		return err
	}
	if string(got) != want {
		return fmt.Errorf("%s answered %q; want %q", addr, got, want)
	}
	return nil
}
