package sqlparse

import (
	"strings"
	"testing"
)

func TestSpecialDate(t *testing.T) {
	for s, want := range map[string]bool{
		"now": true, "NOW": true, "Today": true, "tomorrow": true, "yesterday": true, "TOMORROW": true,
		"yesterday 12:00": true, "12:00 today": true, " now ": true, "now()": true, "2024 today": true,
		"see you tomorrow": true, "today1": true, "änow": true, "now\x00": true,
		"": false, "no": false, "nows": false, "know": false, "todayx": false, "2024-01-01": false, "epoch": false,
		"infinity": false, "to day": false, "tomorrows": false, "n0w": false, "nöw": false, "@now": true,
		`{"n\ow"}`: true, `(n"o"w)`: true, `[\"now\",)`: true, `x\now`: true, `no\\w`: true, `kno\w`: false, `n\o`: false,
		"yesterdayyesterday": false, "nownow": false, "[oday": false, "\x0eow": false,
	} {
		if got := SpecialDate(s); got != want {
			t.Errorf("SpecialDate(%q): got %v; want %v", s, got, want)
		}
	}
}

func TestSpecialDateDoesNotAllocate(t *testing.T) {
	text := strings.Repeat(`words "and" words `, 100)
	found := false
	if n := testing.AllocsPerRun(10, func() { found = found || SpecialDate(text) }); n != 0 || found {
		t.Errorf("got %v allocations, found %v; want 0, false", n, found)
	}
}

func BenchmarkSpecialDate(b *testing.B) {
	text := strings.Repeat("words and words ", 100)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		SpecialDate(text)
	}
}
