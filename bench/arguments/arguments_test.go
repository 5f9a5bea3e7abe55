package arguments

import (
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"
)

func TestParseFlags(t *testing.T) {
	for _, c := range []struct {
		args, want string
		words      List
	}{
		{"", "", nil},
		{"-words a,b", "", List{"a", "b"}},
		{"-words ,a,", "", List{"a"}},
		{"-words ,", "", nil},
		{"-other", "flag provided but not defined: -other (see -h)", nil},
		{"-words a b", `"b" is no flag (see -h)`, List{"a"}},
	} {
		f := flag.NewFlagSet("command", flag.ContinueOnError)
		var words List
		f.Var(&words, "words", "`some`")
		var stderr strings.Builder
		err := ParseFlags(f, "Usage", strings.Fields(c.args), &stderr)
		if (err == nil) != (c.want == "") || err != nil && err.Error() != c.want || !slices.Equal(words, c.words) || stderr.Len() > 0 {
			t.Errorf("%q: got %q, error %v, and %q is printed; want %q, error %q, and nothing", c.args, words, err, &stderr, c.words, c.want)
		}
	}
}

func TestHelp(t *testing.T) {
	f := flag.NewFlagSet("command", flag.ContinueOnError)
	f.Var(new(List), "words", "take `some`")
	var stderr strings.Builder
	err := ParseFlags(f, "Usage: command\n", []string{"-h"}, &stderr)
	if want := "Usage: command\n  -words some\n        take some\n"; !errors.Is(err, flag.ErrHelp) || stderr.String() != want {
		t.Errorf("got error %v, and %q is printed; want %v, and %q", err, &stderr, flag.ErrHelp, want)
	}
}
