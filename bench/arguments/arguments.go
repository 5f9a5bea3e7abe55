// Package arguments reads what stands behind the name of a command.
package arguments

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/gojohnny/gojohnny/bench/lines"
)

// Parse reads args into the flags of f, as [flag.FlagSet.Parse]. It prints the usage and the
// flags if they ask for help, and returns [flag.ErrHelp] then; any other error is one line,
// which the caller prints.
func Parse(f *flag.FlagSet, usage string, args []string, stderr io.Writer) error {
	f.SetOutput(io.Discard)
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = io.WriteString(stderr, usage+defaults(f)) // nobody is left to hear of it
	case err != nil:
		err = fmt.Errorf("%w (see -h)", err)
	}
	return err
}

// defaults is what f prints of its flags, in lines that fit into a terminal.
func defaults(f *flag.FlagSet) string {
	var printed, b strings.Builder
	f.SetOutput(&printed)
	f.PrintDefaults()
	for line := range strings.Lines(printed.String()) {
		if about, ok := strings.CutPrefix(line, "    \t"); ok {
			line = indent + lines.Wrap(about, " ", indent)
		}
		b.WriteString(line)
	}
	return b.String()
}

// indent is what stands before what a flag is about.
const indent = "        "

// ParseFlags is Parse for a command that takes flags alone.
func ParseFlags(f *flag.FlagSet, usage string, args []string, stderr io.Writer) error {
	if err := Parse(f, usage, args, stderr); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("%q is no flag (see -h)", f.Arg(0))
	}
	return nil
}

// A List is a flag of words with commas between.
type List []string

// Set implements [flag.Value]. Between two commas may be nothing, which is no word: it would
// be a part of every name.
func (l *List) Set(s string) error {
	*l = nil
	for word := range strings.SplitSeq(s, ",") {
		if word = strings.TrimSpace(word); word != "" {
			*l = append(*l, word)
		}
	}
	return nil
}

// String implements [flag.Value].
func (l *List) String() string { return strings.Join(*l, ",") }
