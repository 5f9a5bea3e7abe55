package main

import (
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress tells a person how far the run is: with a bar on a terminal, and
// otherwise with a line for each part.
type progress struct {
	w        io.Writer
	terminal bool
}

func newProgress(w io.Writer) progress {
	f, ok := w.(*os.File)
	return progress{w, ok && term.IsTerminal(int(f.Fd()))}
}

// steps is how finely a bar moves.
const steps = 1000

// begin tells that a part begins. The functions it returns take how far it is and
// that it has ended.
func (p progress) begin(part string) (update func(done float64, ops int64), end func()) {
	if !p.terminal {
		fmt.Fprintln(p.w, part)
		return nil, func() {}
	}
	bar := progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetDescription(fmt.Sprintf("%-18s", part)),
		progressbar.OptionSetWidth(40),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
	)
	update = func(done float64, ops int64) {
		bar.Describe(fmt.Sprintf("%-18s %9d operations", part, ops))
		_ = bar.Set(int(done * steps)) // a bar that cannot be drawn is no failure
	}
	return update, func() {
		_ = bar.Finish()
		fmt.Fprintln(p.w)
	}
}
