package sqlparse

import (
	"strings"
	"testing"
)

func TestFoldName(t *testing.T) {
	long := strings.Repeat("x", 62)
	for name, want := range map[string]string{
		"":              "",
		"Orders":        "orders",
		"ÄRGER":         "Ärger",
		long + "y":      long + "y",
		long + "yz":     long + "y",
		long + "é":      long, // no half of it
		long + "Y" + "": long + "y",
	} {
		if got := FoldName(name); got != want {
			t.Errorf("%q: got %q; want %q", name, got, want)
		}
	}
}
