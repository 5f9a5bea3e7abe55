package sqlparse

import (
	"fmt"
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

// Package catalog asks the server the same.
func TestSplitNames(t *testing.T) {
	for s, want := range map[string]string{
		``:                         `[] true`,
		` Sales . "Odd ""Name" `:   `["sales" "Odd \"Name"] true`,
		`a.b.C`:                    `["a" "b" "c"] true`,
		`a,b`:                      `["a,b"] true`,
		`"a.b".""`:                 `["a.b" ""] true`,
		`a b`:                      `[] false`,
		`a.`:                       `[] false`,
		`.a`:                       `[] false`,
		`a..b`:                     `[] false`,
		`"a`:                       `[] false`,
		`"a"b`:                     `[] false`,
		strings.Repeat("X", 70):    `["` + strings.Repeat("x", 63) + `"] true`,
		"a\n.\tb":                  `["a" "b"] true`,
		"a\v.b":                    `[] false`,
		"\va":                      `[] false`,
		`"` + "a\u00a0b" + `"`:     `["a\u00a0b"] true`,
		"a\u00a0b":                 `["a\u00a0b"] true`,
		`"a""b".c`:                 `["a\"b" "c"] true`,
		`nextval`:                  `["nextval"] true`,
		`"` + "tab\there" + `". x`: `["tab\there" "x"] true`,
	} {
		names, ok := SplitNames(s, '.')
		if got := fmt.Sprintf("%q %v", names, ok); got != want {
			t.Errorf("%q: got %s; want %s", s, got, want)
		}
	}
}
