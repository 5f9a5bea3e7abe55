package target

import (
	"strings"
	"testing"
)

func TestOpenStore(t *testing.T) {
	for _, address := range []string{"memory:", "memory://", "memory://?size=64MiB", "memory://?size=1048576", "memory://?size=1GiB"} {
		s, err := OpenStore(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		s.Close()
	}
}

func TestOpenStoreSaysWhatIsWrong(t *testing.T) {
	for address, want := range map[string]string{
		"":                                  "there is memory://",
		"redit://host":                      "there is memory://",
		"memory://host":                     "no host or path",
		"memory://?size=0":                  "want a number of bytes above 0",
		"memory://?size=-1MiB":              "want a number of bytes above 0",
		"memory://?size=9999999999999GiB":   "want a number of bytes above 0",
		"memory://?size=64MB":               "want a number of bytes above 0",
		"memory://?sice=64MiB":              `not "sice"`,
		"postgres://me:secret@ho st/%zz?a=": "not a URL",
	} {
		_, err := OpenStore(address)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v; want an error with %q", address, err, want)
		}
	}
}

func TestRedactedHidesThePassword(t *testing.T) {
	for address, want := range map[string]string{
		"memory://?size=64MiB":        "memory://?size=64MiB",
		"redis://me:secret@host:6379": "redis://me:xxxxx@host:6379",
		"redis://me:sec ret@%zz":      "",
	} {
		if got := Redacted(address); got != want {
			t.Errorf("got %q; want %q", got, want)
		}
	}
}
