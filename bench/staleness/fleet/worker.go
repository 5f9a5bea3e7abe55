//go:build unix

package fleet

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/staleness/judge"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
)

// A Worker is one process. It is safe for concurrent use.
type Worker struct {
	Number uint32
	Log    string

	cmd    *exec.Cmd
	in     io.WriteCloser
	stderr bytes.Buffer // read after gone
	gone   chan struct{}

	mu     sync.Mutex
	report worker.Report
	failed []worker.Failed
	open   []worker.Open
	stops  []judge.Span
	meant  bool // its end was asked for
}

// Start starts a worker. What it says on its standard output goes to hear, line by line;
// where that is nil, it is taken for reports.
func Start(cfg worker.Config, hear func(line []byte)) (*Worker, error) {
	text, err := json.Marshal(cfg)
	if err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	w := &Worker{Number: cfg.Process, Log: cfg.Log, cmd: exec.Command(program), gone: make(chan struct{})}
	w.cmd.Env = append(os.Environ(), worker.Variable+"="+string(text))
	w.cmd.Stderr = &w.stderr
	// A group of its own: what a terminal sends is for the coordinator.
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err1 := w.cmd.StdinPipe()
	out, err2 := w.cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	w.in = in
	if err := w.cmd.Start(); err != nil {
		return nil, err
	}
	if hear == nil {
		hear = w.take
	}
	go w.listen(out, hear)
	return w, nil
}

// listen hears what the worker says until it is gone.
func (w *Worker) listen(out io.Reader, hear func(line []byte)) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		hear(lines.Bytes())
	}
	_ = w.cmd.Wait() // whether it was meant is in w
	close(w.gone)
}

// maxLine bounds a line of a worker's. One with the errors of thousands of writes that were
// cut off is long, and a worker that nobody hears dies when it writes on.
const maxLine = 16 << 20

// take notes what the worker reports.
func (w *Worker) take(line []byte) {
	var r worker.Report
	if json.Unmarshal(line, &r) != nil {
		return // it was killed in the middle of a line
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed, w.open = append(w.failed, r.Failed...), append(w.open, r.Open...)
	w.report = r
}

// Send writes a line to the worker's standard input.
func (w *Worker) Send(line string) error {
	_, err := io.WriteString(w.in, line+"\n")
	return err
}

// Signal sends the worker a signal.
func (w *Worker) Signal(sig syscall.Signal) {
	_ = w.cmd.Process.Signal(sig) // it may have ended
}

// Gone is closed once the worker has ended.
func (w *Worker) Gone() <-chan struct{} { return w.gone }

// Report is the last that the worker said.
func (w *Worker) Report() worker.Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.report
	r.Failed, r.Open = w.failed, w.open
	return r
}

// Stops are the times during which the worker stood still.
func (w *Worker) Stops() []judge.Span {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stops
}

// end notes that the worker is meant to end.
func (w *Worker) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.meant = true
}

// Kill ends the worker by SIGKILL and waits until it is gone.
func (w *Worker) Kill() {
	w.end()
	_ = w.cmd.Process.Kill() // it may have ended
	<-w.gone
}

// DieAt tells the worker to end when it comes to a point of a write, and waits until it
// has, or kills it where it does not come there in time.
func (w *Worker) DieAt(point string, within time.Duration) {
	w.end()
	if err := w.Send("die " + point); err == nil {
		select {
		case <-w.gone:
			return
		case <-time.After(within):
		}
	}
	w.Kill()
}

// Stop makes the worker stand still.
func (w *Worker) Stop() {
	w.mu.Lock()
	w.stops = append(w.stops, judge.Span{Begin: history.Now(), End: 1<<63 - 1})
	w.mu.Unlock()
	_ = w.cmd.Process.Signal(syscall.SIGSTOP) // it may have ended
}

// Continue ends Stop.
func (w *Worker) Continue() {
	_ = w.cmd.Process.Signal(syscall.SIGCONT) // likewise
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stops[len(w.stops)-1].End = history.Now()
}

// quitTimeout is how long a worker may take to end by itself.
const quitTimeout = 20 * time.Second

// Quit ends the worker when it has done what it is at.
func (w *Worker) Quit() {
	w.end()
	_ = w.in.Close() // it may have ended
	select {
	case <-w.gone:
	case <-time.After(quitTimeout):
		w.Kill()
	}
}

// lost is an error if the worker has ended and was not meant to.
func (w *Worker) lost() error {
	select {
	case <-w.gone:
	default:
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.meant {
		return nil
	}
	const most = 4000
	tail := w.stderr.Bytes()
	return fmt.Errorf("worker %d ended by itself: %v\n%s", w.Number, w.cmd.ProcessState, tail[:min(most, len(tail))])
}
