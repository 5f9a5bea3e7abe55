// Package imports checks what a package depends on. It is for tests only.
//
// Each package calls it in a test of its own, never one for all: go test answers
// from its cache until the package that a test belongs to has changed, or something
// that one imports.
package imports

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Only fails the test if the package in the current directory depends on a package
// outside the standard library that is not allowed, be it through others. Test
// files do not count. An allowed package is named by its path; "path/..." allows
// those below it too.
func Only(t testing.TB, allowed ...string) {
	t.Helper()
	for _, path := range dependencies(t, "{{if not .Standard}}{{.ImportPath}}{{end}}") {
		if !slices.ContainsFunc(allowed, func(pattern string) bool { return match(pattern, path) }) {
			t.Errorf("depends on %s; want nothing but the standard library and %q", path, allowed)
		}
	}
}

// Never fails the test if the package in the current directory depends on one of
// the forbidden packages, which may be of the standard library, be it through
// others. Patterns are those of [Only].
func Never(t testing.TB, forbidden ...string) {
	t.Helper()
	for _, path := range dependencies(t, "{{.ImportPath}}") {
		if slices.ContainsFunc(forbidden, func(pattern string) bool { return match(pattern, path) }) {
			t.Errorf("depends on %s, which is forbidden", path)
		}
	}
}

func match(pattern, path string) bool {
	parent, below := strings.CutSuffix(pattern, "/...")
	return path == parent || below && strings.HasPrefix(path, parent+"/")
}

// dependencies lists the package's dependencies in go list's format, not the
// package itself, which go list puts last.
func dependencies(t testing.TB, format string) []string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-f", format, ".")
	out, err := cmd.Output()
	if err != nil {
		var said []byte
		if exit, ok := err.(*exec.ExitError); ok {
			said = exit.Stderr
		}
		t.Fatalf("%v: %v\n%s", cmd, err, said)
	}
	paths := strings.Fields(string(out))
	return paths[:len(paths)-1]
}
