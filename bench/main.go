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

// publish writes to stdout what the settings ask for, and the page.
func publish(r *report.Report, s settings, stdout io.Writer) error {
	write := r.WriteText
	if s.json {
		write = r.WriteJSON
	}
	// Each is worth having without the other.
	err := errors.Join(write(stdout), writePage(r, s.page))
	if err != nil || s.json || s.page == "" {
		return err
	}
	_, err = fmt.Fprintln(stdout, "\nreport with charts:", s.page)
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
