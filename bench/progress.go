package main

import (
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress tells a person how far the run is: with a bar on a terminal, and
// otherwise with a line for each phase.
type progress struct {
	w   io.Writer
	bar *progressbar.ProgressBar // nil if w is no terminal
}

// steps is how finely the bar moves.
const steps = 1000

func newProgress(w io.Writer) progress {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return progress{w: w}
	}
	return progress{w, progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetWidth(40),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionClearOnFinish(),
	)}
}

// phase tells what happens next.
func (p progress) phase(name string) {
	if p.bar == nil {
		tell(p.w, name)
		return
	}
	p.bar.Describe(name)
}

// update returns what moves the bar, nil if there is none.
func (p progress) update(side string, turn int) func(done float64, ops int64) {
	if p.bar == nil {
		return nil
	}
	return func(done float64, ops int64) {
		p.bar.Describe(fmt.Sprintf("%-13s turn %d of %d, %9d operations", side, turn/2+1, turns, ops))
		// Each side is half of the run, and ahead or behind by at most a turn.
		_ = p.bar.Set(int((done + float64(turn/2+turn%2)/turns) / 2 * steps)) // drawing may fail
	}
}

// end takes the bar away.
func (p progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish() // likewise
	}
}
