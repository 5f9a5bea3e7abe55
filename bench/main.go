package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/gojohnny/gojohnny/bench/report"
)

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1 // the run failed, or a read was stale
	exitUsage  = 2
)

func main() {
	workAsOne()
	// The second interrupt ends the program at once: after the first, stop is
	// called, which gives signals their usual meaning back.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(bench(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// compare is the benchmark: the shop with the cache and without it.
func compare(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	r, err := run(ctx, s, newProgress(stderr))
	if err != nil {
		return err
	}
	if err := publish(r, s, stdout); err != nil {
		return err
	}
	if n := r.Cache.Mismatches; n > 0 {
		return fmt.Errorf("%d hits were not what the database has", n)
	}
	if n := r.Stale(); n > 0 {
		return fmt.Errorf("%d stale reads", n)
	}
	return nil
}

// tell writes a line to the standard error. If that fails, nobody is left to hear of
// it.
func tell(stderr io.Writer, line ...any) { _, _ = fmt.Fprintln(stderr, line...) }

// publish writes the page, and to stdout what the settings ask for.
func publish(r *report.Report, s settings, stdout io.Writer) error {
	if err := writePage(r, s.page); err != nil {
		return err
	}
	if s.json {
		return r.WriteJSON(stdout)
	}
	if err := r.WriteText(stdout); err != nil {
		return err
	}
	if s.page == "" {
		return nil
	}
	_, err := fmt.Fprintln(stdout, "\nreport with charts:", s.page)
	return err
}

func writePage(r *report.Report, path string) error {
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(r.WriteHTML(f), f.Close())
}
