package servers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync/atomic"
)

// password keeps other users of the machine from these servers, whose commands
// reach its files.
var password = rand.Text()

// portsTried counts the ports that FreePort has looked at.
var portsTried atomic.Int64

// FreePort returns a port nobody listens on, each time another one, and in other
// programs others.
//
// It is below the ports that systems hand out themselves: a client that tries to
// reach a server while it restarts could be given the server's own port and end up
// connected to itself.
func FreePort() (string, error) {
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
		if port, err = FreePort(); err != nil {
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
