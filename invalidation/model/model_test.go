package model

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var (
	all = flag.Bool("all", false, "check every configuration but the big ones, which takes minutes and gigabytes")
	big = flag.Bool("big", false, "check the big ones, which takes half an hour or more, and up to 16 GB")
)

// A model is a file in Promela, with its configurations in the text file of that name.
type model struct {
	name  string
	stale *regexp.Regexp // the assertion that fails then
	depth int            // of a schedule, at most
}

var models = []model{
	{"protocol", regexp.MustCompile(`assertion violated \(+loaded\[r\]\.found\.rows`), 100_000},
	{"announcement", regexp.MustCompile(`assertion violated \(.*used==print`), 1_000_000},
}

// A configuration is one paragraph of a text file.
type configuration struct {
	name   string
	stale  bool   // a read must be stale, or could be; otherwise none may be
	when   string // "quick": it is checked without -all; "big": with -big alone
	macros []string
}

func (c configuration) wanted() bool {
	switch c.when {
	case "quick":
		return *all || !*big
	case "big":
		return *big
	}
	return *all
}

// TestModel has spin check every model in every configuration.
//
//	go test ./invalidation/model -all -v -timeout 0
//	go test ./invalidation/model -big -v -timeout 0
func TestModel(t *testing.T) {
	needSpin(t)
	for _, m := range models {
		t.Run(m.name, func(t *testing.T) {
			for _, c := range m.configurations(t) {
				if !c.wanted() {
					continue
				}
				t.Run(c.name, func(t *testing.T) {
					r := m.check(t, c.macros)
					t.Log(r)
					switch {
					case c.stale && !r.stale:
						t.Errorf("spin finds no stale read\n%s", r.output)
					case !c.stale && !r.complete:
						t.Errorf("spin finds a fault, or did not visit all states\n%s", r.output)
					}
				})
			}
		})
	}
}

// needSpin skips the test where spin is missing, and fails it where servers are
// required, as package testservers does.
func needSpin(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("spin"); err == nil {
		return
	}
	const missing = "spin is not installed\n\tDebian, Ubuntu: apt-get install spin\n\tmacOS: brew install spin\n\telsewhere: https://spinroot.com"
	if os.Getenv("GOJOHNNY_REQUIRE_SERVERS") == "1" {
		t.Fatal(missing)
	}
	t.Skip(missing)
}

func (m model) configurations(t *testing.T) []configuration {
	t.Helper()
	text, err := os.ReadFile(m.name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []configuration
	for _, block := range strings.Split(string(text), "\n== ")[1:] { // before the first is a comment
		head, macros, _ := strings.Cut(block, "\n")
		name, what, ok := strings.Cut(head, ": ")
		verdict, when, _ := strings.Cut(what, ", ")
		if !ok || verdict != "none" && verdict != "stale" {
			t.Fatalf("%q is no head of a configuration", head)
		}
		list = append(list, configuration{name, verdict == "stale", when, strings.Fields(macros)})
	}
	return list
}

// A result is what a run of the checker said.
type result struct {
	stale       bool // a read was
	complete    bool // all states were visited, and nothing was wrong in any
	states      string
	transitions string
	depth       string
	memory      string        // in MB, of the states
	took        time.Duration // of the processor
	output      string
}

func (r result) String() string {
	return fmt.Sprintf("%s states, %s transitions, depth %s, %s MB, %.0f s", r.states, r.transitions, r.depth, r.memory, r.took.Seconds())
}

// check makes the checker of m with macros, and runs it. States are kept
// compressed and whole (-DCOLLAPSE), and none is left out. -DSAFETY leaves out the search for
// cycles, of which nothing is claimed here: assertions are all there is, and for those
// partial-order reduction, which is on, is sound.
func (m model) check(t *testing.T, macros []string) result {
	t.Helper()
	file, err := filepath.Abs(m.name + ".pml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	spin := []string{"-a"}
	for _, macro := range macros {
		spin = append(spin, "-D"+macro)
	}
	run(t, dir, "spin", append(spin, file)...)
	run(t, dir, "cc", "-O1", "-w", "-DSAFETY", "-DNOCLAIM", "-DCOLLAPSE", "-DMEMLIM=16000", "-o", "pan", "pan.c")
	out, took := run(t, dir, "./pan", "-E", "-n", fmt.Sprintf("-m%d", m.depth)) // no deadlock is looked for, nor unreached code
	r := result{
		states:      find(out, `(\d+) states, stored`),
		transitions: find(out, `([\d.e+]+) transitions`),
		depth:       find(out, `depth reached (\d+)`),
		memory:      find(out, `([\d.]+)\s+total actual memory usage`),
		took:        took,
		output:      out,
	}
	r.stale = m.stale.MatchString(out)
	r.complete = strings.Contains(out, "errors: 0") && !strings.Contains(out, "Search not completed") &&
		!strings.Contains(out, "search depth too small")
	if r.stale {
		spin[0] = "-t" // the schedule
		r.output, _ = run(t, dir, "spin", append(append(spin, "-p", "-k", filepath.Join(dir, m.name+".pml.trail")), file)...)
	}
	return r
}

// run runs a program and returns what it printed and how long it computed.
func run(t *testing.T, dir, name string, args ...string) (string, time.Duration) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

func find(text, pattern string) string {
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		return "?"
	}
	return m[1]
}
