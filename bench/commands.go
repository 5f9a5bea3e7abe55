package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
)

// A command prints its results to stdout and all else to stderr. An error is told by
// whoever runs it; flag.ErrHelp, after the help has been printed, is none.
type command func(ctx context.Context, args []string, stdout, stderr io.Writer) error

// commands are what the first argument may name. Without one of them the benchmark
// runs.
var commands = map[string]command{
	"explain": func(ctx context.Context, args []string, stdout, stderr io.Writer) error {
		return explainTexts(ctx, args, os.Stdin, stdout, stderr)
	},
	"staleness": attack,
}

// A usageError is one of whoever typed the command line.
type usageError struct{ error }

// ofUsage is what is wrong with arguments; help that they asked for is not.
func ofUsage(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	return usageError{err}
}

// bench is the whole program. It returns the exit status.
func bench(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	run := command(compare)
	if len(args) > 0 && commands[args[0]] != nil {
		run, args = commands[args[0]], args[1:]
	}
	err := run(ctx, args, stdout, stderr)
	usage := usageError{}
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &usage):
		tell(stderr, "bench:", err)
		return exitUsage
	case ctx.Err() != nil:
		err = errors.New("interrupted")
	}
	tell(stderr, "bench:", err)
	return exitFailed
}
