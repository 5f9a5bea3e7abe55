package servers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// startTimeout is how long a server may take until it answers.
const startTimeout = time.Minute

// The watchdog is a shell that outlives the program, which holds the other end
// of its standard input. The last line it reads before that end is closed, by the
// program or by its death, is the process id of the server, empty if none runs.
// It ends that server with the signal $2, or after 10 seconds with SIGKILL, and
// removes the directory $1.
const watchdog = `
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
	kill -s "$2" "$pid"
	kill -s CONT "$pid"
	tries=0
	while kill -s 0 "$pid" && [ $tries -lt 200 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
	[ $tries -lt 200 ] || kill -s KILL "$pid"
fi
cd /
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; } # what is dying may still write
`

// The launcher tells the watchdog, at descriptor 3, its process id and becomes the
// server. Until it has done so it keeps the watchdog reading, hence there is no
// instant at which the program can die and leave a server nobody knows of.
const launcher = `echo $$ >&3; exec "$@" 3>&-`

// A child is a server's place: a directory and at most one running process. Its
// watchdog ends the one and removes the other when the program closes the child
// or dies, be it by SIGKILL. It is not safe for concurrent use.
//
// A parent-death signal would not do: it exists on Linux only, follows the thread
// that started the server, and leaves the directory.
type child struct {
	dir      string
	cred     *syscall.Credential // whom the server runs as; nil: as the program does
	watchdog *exec.Cmd
	alive    *os.File // closed: the watchdog ends the child
	pid      int      // 0: nothing runs
}

// newChild makes a directory and starts its watchdog, which will end a process
// with the named signal.
func newChild(signal string) (*child, error) {
	cred, err := unprivileged()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("/tmp", "gojohnny")
	if err != nil {
		return nil, err
	}
	c := &child{dir: dir, cred: cred}
	if err := c.watch(signal); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := c.own(dir); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *child) watch(signal string) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // the watchdog has its own
	c.alive = w
	c.watchdog = exec.Command("/bin/sh", "-c", watchdog, "watchdog", c.dir, signal)
	c.watchdog.Stdin = r
	// A session of its own: what is sent to the program's group passes it by.
	c.watchdog.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return c.watchdog.Start()
}

// unprivileged is the user to run servers as when the program runs as root, which
// PostgreSQL and memcached refuse. It is nil when they do not.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("run as root, and no other user was found for the servers: %w", err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
}

// own gives path to the server's user.
func (c *child) own(path string) error {
	if c.cred == nil {
		return nil
	}
	return os.Chown(path, int(c.cred.Uid), int(c.cred.Gid))
}

// writeFile writes a file that the server's user alone can read.
func (c *child) writeFile(path, content string) error {
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		return err
	}
	return c.own(path)
}

// start runs a program in the child's directory, its output going to the log.
// Nothing else may be running.
func (c *child) start(program string, args ...string) error {
	log, err := os.OpenFile(c.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the process has its own
	cmd := exec.Command("/bin/sh", append([]string{"-c", launcher, "launcher", program}, args...)...)
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"} // none of PGPORT, PGDATA, ...
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{c.alive}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.cred, Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.pid = cmd.Process.Pid
	return cmd.Process.Release() // wait does the rest, without a goroutine per server
}

// wait waits for the process to end. With syscall.WNOHANG it only looks whether it
// has, and ended tells.
func (c *child) wait(options int) (ended bool, err error) {
	pid, status, err := wait4(c.pid, options)
	if err != nil || pid != c.pid {
		return false, err
	}
	c.pid = 0
	if _, err := io.WriteString(c.alive, "\n"); err != nil {
		return true, err
	}
	switch {
	case status.Signaled():
		return true, fmt.Errorf("%v; its log ends:\n%s", status.Signal(), c.logTail())
	case status.ExitStatus() != 0:
		return true, fmt.Errorf("exit status %d; its log ends:\n%s", status.ExitStatus(), c.logTail())
	}
	return true, nil
}

// wait4 is the system call, not interrupted.
func wait4(pid, options int) (ended int, status syscall.WaitStatus, err error) {
	for {
		ended, err = syscall.Wait4(pid, &status, options, nil)
		if !errors.Is(err, syscall.EINTR) {
			return ended, status, err
		}
	}
}

// run runs a program to its end.
func (c *child) run(program string, args ...string) error {
	if err := c.start(program, args...); err != nil {
		return err
	}
	if _, err := c.wait(0); err != nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	return nil
}

// await waits until ping succeeds. If it fails, nothing runs.
func (c *child) await(ping func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		err := ping(ctx)
		if err == nil {
			return nil
		}
		if ended, waitErr := c.wait(syscall.WNOHANG); ended || waitErr != nil {
			return errors.Join(errors.New("server ended as it started"), waitErr)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no answer in %v: %w; then: %w", startTimeout, err, c.stop(syscall.SIGKILL))
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// stop ends the process with a signal and keeps the directory.
func (c *child) stop(signal syscall.Signal) error {
	if err := syscall.Kill(c.pid, signal); err != nil {
		return err
	}
	_, err := c.wait(0)
	return err
}

// kill ends the process by SIGKILL and keeps the directory.
func (c *child) kill() error {
	// That it was killed is no error here, unless it still runs.
	if err := c.stop(syscall.SIGKILL); c.pid != 0 {
		return err
	}
	return nil
}

// freeze stops the process until thaw is called.
func (c *child) freeze() (thaw func(), err error) {
	pid := c.pid
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return nil, err
	}
	return func() { _ = syscall.Kill(pid, syscall.SIGCONT) }, nil // it may have ended
}

// close ends the process, removes the directory and waits for both.
func (c *child) close() error {
	err := c.alive.Close()
	if c.pid != 0 {
		_, _, waitErr := wait4(c.pid, 0) // the watchdog has it
		err = errors.Join(err, waitErr)
	}
	return errors.Join(err, c.watchdog.Wait())
}

func (c *child) logPath() string { return filepath.Join(c.dir, "log") }

// logTail is the end of what the child's processes have written.
func (c *child) logTail() string {
	const most = 2000
	b, err := os.ReadFile(c.logPath())
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-most):])
}
