package servers

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// TestNothingOutlivesTheProgram runs this binary again, has it start a server of
// each kind, and ends it in each way a test run ends.
func TestNothingOutlivesTheProgram(t *testing.T) {
	startAll(t) // skips what the other run could not start
	for name, sig := range map[string]os.Signal{
		"Killed":   syscall.SIGKILL,
		"TimedOut": syscall.SIGQUIT, // what go test sends then
		"Passed":   syscall.SIGUSR1,
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestHelperStartServers$", "-test.timeout=1m")
			cmd.Env = append(os.Environ(), "GOJOHNNY_TEST_HELPER=1")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var places [3]place
			for i := range places {
				if _, err := fmt.Fscan(out, &places[i].dir, &places[i].addr); err != nil {
					t.Fatal(err)
				}
			}
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); (err == nil) != (name == "Passed") {
				t.Errorf("the other run: %v", err)
			}
			for _, p := range places {
				p.awaitGone(t, name == "Passed")
			}
		})
	}
}

// A place is where a server runs.
type place struct{ dir, addr string }

// startAll starts a server of each kind.
func startAll(t *testing.T) []place {
	t.Helper()
	pg, err1 := StartPostgres()
	rdb, err2 := StartRedis()
	mc, err3 := StartMemcached()
	err := errors.Join(err1, err2, err3)
	if errors.Is(err, ErrMissing) && os.Getenv("GOJOHNNY_REQUIRE_SERVERS") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(pg.Close(), rdb.Close(), mc.Close()); err != nil {
			t.Error(err)
		}
	})
	return []place{{pg.child.dir, pg.admin.Host}, {rdb.child.dir, rdb.url.Host}, {mc.child.dir, mc.addr}}
}

// awaitGone waits until a server is gone with its directory, or expects that they
// are gone already.
func (p place) awaitGone(t *testing.T, already bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		_, statErr := os.Stat(p.dir)
		conn, dialErr := net.Dial("tcp", p.addr)
		if dialErr == nil {
			_ = conn.Close()
		}
		if os.IsNotExist(statErr) && dialErr != nil {
			return
		}
		if already || time.Now().After(deadline) {
			t.Fatalf("%v: got stat %v, dial %v; want errors", p, statErr, dialErr)
		}
	}
}

// TestHelperStartServers is the other run: it says what it started and waits.
func TestHelperStartServers(t *testing.T) {
	if os.Getenv("GOJOHNNY_TEST_HELPER") == "" {
		t.SkipNow() // part of TestNothingOutlivesTheProgram
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	for _, s := range startAll(t) {
		fmt.Println(s.dir, s.addr)
	}
	<-signals
}
