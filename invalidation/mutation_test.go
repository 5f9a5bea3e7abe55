package invalidation_test

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var mutate = flag.Bool("mutate", false, "run TestMutations, which takes minutes")

// TestMutations breaks the product's code, one step of the protocol at a time, and
// wants the tests to notice. The tree stays as it is: the compiler is given
// the broken file in an overlay.
//
//	go test ./invalidation -run TestMutations -mutate -timeout 60m
func TestMutations(t *testing.T) {
	if !*mutate {
		t.Skip("without -mutate")
	}
	text, err := os.ReadFile("testdata/mutants.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(text), "\n== ")[1:] { // before the first is a comment
		head, change, _ := strings.Cut(block, "\n")
		name, where, _ := strings.Cut(head, ": ")
		file, who, others := strings.Cut(where, ": ")
		t.Run(name, func(t *testing.T) {
			args := []string{"test", "-overlay", overlay(t, file, change), "-failfast", "-timeout", "2m"}
			if pkg, tests, _ := strings.Cut(who, " "); others {
				args = append(args, "-run", tests, pkg)
			} else {
				args = append(args, "-skip", "TestMutations", ".", "-rapid.nofailfile")
			}
			out, err := exec.Command("go", args...).CombinedOutput()
			switch {
			case err == nil:
				t.Error("no test fails")
			case !strings.Contains(string(out), "--- FAIL: ") && !strings.Contains(string(out), "panic: "):
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// overlay writes file with the change made to it, and returns the overlay that puts it
// in place of the original.
func overlay(t *testing.T, file, change string) string {
	t.Helper()
	original, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	var before, after []string
	for line := range strings.Lines(change) {
		line = strings.TrimSuffix(line, "\n")
		if old, ok := strings.CutPrefix(line, "-"); ok {
			before = append(before, old)
		} else if mutated, ok := strings.CutPrefix(line, "+"); ok {
			after = append(after, mutated)
		}
	}
	old := strings.Join(before, "\n")
	if n := strings.Count(string(source), old); n != 1 {
		t.Fatalf("%s has this %d times; want once:\n%s", file, n, old)
	}
	broken := filepath.Join(t.TempDir(), filepath.Base(file))
	replaced := strings.Replace(string(source), old, strings.Join(after, "\n"), 1)
	paths, err := json.Marshal(map[string]map[string]string{"Replace": {original: broken}})
	if err != nil {
		t.Fatal(err)
	}
	index := filepath.Join(t.TempDir(), "overlay.json")
	for name, content := range map[string][]byte{broken: []byte(replaced), index: paths} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return index
}
