package testservers

import (
	"os"
	"strconv"
	"testing"
)

// Number is a whole number above 0 that the environment may set, such as how long a test goes on.
func Number(t testing.TB, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s: got %q; want a number above 0", variable, text)
	}
	return n
}
