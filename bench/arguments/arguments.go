// Package arguments reads what stands behind the name of a command.
package arguments

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// Parse reads args into the flags of f, as [flag.FlagSet.Parse]. It prints the usage and the
// flags if they ask for help, and returns [flag.ErrHelp] then; any other error is one line,
// which the caller prints.
func Parse(f *flag.FlagSet, usage string, args []string, stderr io.Writer) error {
	f.SetOutput(io.Discard)
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = io.WriteString(stderr, usage) // nobody is left to hear of it
		f.SetOutput(stderr)
		f.PrintDefaults()
	case err != nil:
		err = fmt.Errorf("%w (see -h)", err)
	}
	return err
}

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

// Set implements [flag.Value].
func (l *List) Set(s string) error {
	*l = strings.Split(s, ",")
	return nil
}

// String implements [flag.Value].
func (l *List) String() string { return strings.Join(*l, ",") }
