//go:build unix

package main

import (
	"context"
	"io"

	"github.com/gojohnny/gojohnny/bench/staleness"
	"github.com/gojohnny/gojohnny/bench/staleness/declared"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
)

// workAsOne runs a process of the staleness checker, if this is one, and exits.
func workAsOne() { worker.Main() }

func attack(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == "declared" {
		s, err := declared.ParseFlags(args[1:], stderr)
		if err != nil {
			return ofUsage(err)
		}
		return declared.Command(ctx, s, stdout, stderr)
	}
	s, err := staleness.ParseFlags(args, stderr)
	if err != nil {
		return ofUsage(err)
	}
	return staleness.Command(ctx, s, stdout, stderr)
}
