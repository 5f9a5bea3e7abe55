//go:build unix

package main

import (
	"context"
	"errors"
	"flag"
	"io"

	"github.com/gojohnny/gojohnny/bench/staleness"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
)

// workAsOne runs a process of the staleness checker, if this is one, and exits.
func workAsOne() { worker.Main() }

func attack(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := staleness.ParseFlags(args, stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		err = usageError{err}
	}
	if err != nil {
		return err
	}
	return staleness.Command(ctx, s, stdout, stderr)
}
