package main

import (
	"errors"
	"flag"
	"strings"
	"testing"
	"time"
)

func TestNoFlags(t *testing.T) {
	s, err := parseFlags(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := settings{
		db: "sqlite", api: "sql", store: "memory://?size=64MiB", reads: 0.95, tables: 10, rows: 5000, skew: 0.99,
		concurrency: 8, duration: 10 * time.Second, seed: 1, page: "bench-report.html",
	}
	if s != want {
		t.Errorf("got %+v; want %+v", s, want)
	}
}

func TestFlagsOutOfRange(t *testing.T) {
	for args, want := range map[string]string{
		"-reads 1.5":          "-reads is 1.5; want 0 to 1",
		"-reads -0.1":         "-reads is -0.1",
		"-reads NaN":          "-reads is NaN",
		"-verify 1.01":        "-verify is 1.01; want 0 to 1",
		"-reads many":         "invalid value",
		"-tables 0":           "-tables is 0; want 1 to 100",
		"-tables 101":         "-tables is 101",
		"-rows 19":            "-rows is 19; want 20 to",
		"-rows 1000001":       "-rows is 1000001",
		"-skew -1":            "-skew is -1; want 0 to 5",
		"-skew NaN":           "-skew is NaN",
		"-concurrency 0":      "-concurrency is 0; want 1 to 1000",
		"-duration 1ms":       "-duration is 1ms; want 100ms to 24h",
		"-duration 10":        "invalid value",
		"-ops -1":             "-ops is -1",
		"-ops 3":              "-ops is 3; want 0, or at least one for each of the 8 workers",
		"-seed -1":            "invalid value",
		"-db mysql://x":       "-db: want sqlite or postgres://",
		"-store redit://x":    "-store: want memory://, redis://,",
		"-store memory://?a=": "-store: memory:// knows the options size, not",
		"-store redis://h:1x": "-store: want redis://host:port",
		"-api odbc":           "-api: want sql or pgx",
		"-api pgx":            "-api: pgx reaches PostgreSQL only",
		"-nonsense":           "flag provided but not defined",
		"sqlite":              `"sqlite" is neither a command nor a flag`,
	} {
		_, err := parseFlags(strings.Fields(args), nil)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v; want one line with %q", args, err, want)
		}
	}
}

func TestHelpTeaches(t *testing.T) {
	var b strings.Builder
	if _, err := parseFlags([]string{"-h"}, &b); !errors.Is(err, flag.ErrHelp) {
		t.Fatalf("got %v; want %v", err, flag.ErrHelp)
	}
	for _, want := range []string{
		"Examples:", "exit status", "explain -h", "-db", "-api", "-store", "redis://", "redis-cluster://", "memcached://", "tiered+", "max-staleness", "-reads", "-tables", "-rows", "-skew", "-concurrency", "-verify", "-duration",
		"-ops", "-seed", "-report", "-json",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("help lacks %q", want)
		}
	}
}
