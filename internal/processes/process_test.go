package processes

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/invalidation"
)

// A peer is a program in this process or another one.
type peer interface {
	read() (int64, error)
	write() (int64, error)
	transact() (int64, error)
	hits() (int64, error)
}

// serve is the other process. It opens a program and does what each line of its
// standard input says, answering with one line, a number or an error after "!". It
// ends with its input, so that none outlives the tests.
func serve(text string) {
	var cfg config
	if err := json.Unmarshal([]byte(text), &cfg); err != nil {
		panic(err)
	}
	p, err := openProgram(cfg)
	if err != nil {
		panic(err)
	}
	p.store.parked = func() { fmt.Println(parked) }
	lines := make(chan string)
	go func() {
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			lines <- in.Text()
		}
		os.Exit(0)
	}()
	for line := range lines {
		p.answer(line)
	}
}

// answer does what a line says.
func (p *program) answer(line string) {
	verbs := map[string]func() (int64, error){
		"read": p.read, "write": p.write, "transact": p.transact, "hits": p.hits, "pending": p.pending,
	}
	switch verb := verbs[line]; {
	case verb != nil:
		report(verb())
	case line == "loop": // until it is killed
		for {
			report(p.write())
			report(p.transact())
		}
	default: // the point at which the next write is stopped for ever
		p.store.parkAt.Store(line)
		report(0, nil)
	}
}

func report(v int64, err error) {
	if err != nil {
		fmt.Println("!" + strings.ReplaceAll(err.Error(), "\n", "; "))
		return
	}
	fmt.Println(v)
}

// parked is what a process says that was stopped at a point of its write.
const parked = "parked"

var errParked = errors.New("the other process is stopped for ever")

// A process is another process with a program. It is not safe for concurrent use.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// start starts another process, which ends with the test.
func start(t testing.TB, cfg config) *process {
	t.Helper()
	text, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), processVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd, in, bufio.NewReader(out)}
	t.Cleanup(p.kill)
	return p
}

// kill ends the process by SIGKILL and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have been killed before
	_ = p.cmd.Wait()         // says that it was killed
}

func (p *process) read() (int64, error)     { return p.number("read") }
func (p *process) write() (int64, error)    { return p.number("write") }
func (p *process) transact() (int64, error) { return p.number("transact") }
func (p *process) hits() (int64, error)     { return p.number("hits") }
func (p *process) pending() (int64, error)  { return p.number("pending") }

// number tells the process to do something and returns its answer.
func (p *process) number(verb string) (int64, error) {
	if err := p.tell(verb); err != nil {
		return 0, err
	}
	return p.result()
}

// result reads an answer. An error that says it is ErrRefused is.
func (p *process) result() (int64, error) {
	line, err := p.line()
	if err != nil {
		return 0, err
	}
	text, failed := strings.CutPrefix(line, "!")
	switch {
	case line == parked:
		return 0, errParked
	case !failed:
		return strconv.ParseInt(line, 10, 64)
	case strings.HasPrefix(text, invalidation.ErrRefused.Error()):
		return 0, fmt.Errorf("the other process: %w: %s", invalidation.ErrRefused, text)
	}
	return 0, fmt.Errorf("the other process: %s", text)
}

func (p *process) tell(verb string) error {
	_, err := io.WriteString(p.in, verb+"\n")
	return err
}

func (p *process) line() (string, error) {
	line, err := p.out.ReadString('\n')
	return strings.TrimSuffix(line, "\n"), err
}
