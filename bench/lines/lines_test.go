package lines

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWrap(t *testing.T) {
	word := strings.Repeat("w", 20)
	for name, c := range map[string]struct{ text, separator, indent, want string }{
		"short":     {"a b", " ", "", "a b"},
		"empty":     {"", " ", "  ", ""},
		"words":     {word + " " + word + " " + word + " " + word, " ", "", word + " " + word + " " + word + "\n" + word},
		"indented":  {word + " " + word + " " + word + " b", " ", strings.Repeat(" ", 18), word + " " + word + " " + word + "\n" + strings.Repeat(" ", 18) + "b"},
		"separator": {word + " · " + word + " · " + word + " · " + word, " · ", "", word + " · " + word + " · " + word + " ·\n" + word},
		"long":      {strings.Repeat(word, 5) + " b", " ", "", strings.Repeat(word, 5) + "\nb"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Wrap(c.text, c.separator, c.indent); got != c.want {
				t.Errorf("got %q; want %q", got, c.want)
			}
		})
	}
}

// FuzzWrap: nothing is lost, and no line is too long that could be broken.
func FuzzWrap(f *testing.F) {
	f.Add("some words · and others, of which there are as many as do not fit into one line · more")
	f.Fuzz(func(t *testing.T, text string) {
		for _, separator := range []string{" ", ", ", " · "} {
			if strings.Contains(text, "\n") || !utf8.ValidString(text) {
				t.Skip("one line is broken")
			}
			got := Wrap(text, separator, "")
			if back := strings.ReplaceAll(got, strings.TrimRight(separator, " ")+"\n", separator); back != text {
				t.Errorf("%q: got %q; want the same text", text, got)
			}
			for line := range strings.SplitSeq(got, "\n") {
				if utf8.RuneCountInString(line) > Width && strings.Contains(strings.TrimSuffix(line, strings.TrimRight(separator, " ")), separator) {
					t.Errorf("%q: a line of %q is too long", text, line)
				}
			}
		}
	})
}
