package lex

import (
	"fmt"
	"strings"
	"testing"
)

var names = map[Kind]string{
	Space: "_", LineComment: "line", BlockComment: "block", String: "string", Quoted: "quoted",
	Dollar: "dollar", Word: "word", Number: "number", Symbol: "", Doubt: "doubt",
}

// tokens renders a text's tokens, blanks left out.
func tokens(text string) string {
	var list []string
	scanner := NewScanner(text)
	for t := scanner.Next(); t.Kind != End; t = scanner.Next() {
		if t.Kind != Space {
			list = append(list, fmt.Sprintf("%s(%s)", names[t.Kind], text[t.Start:t.End]))
		}
	}
	return strings.Join(list, " ")
}

func TestTokens(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "",
		"SELECT a.b":           "word(SELECT) word(a) (.) word(b)",
		"'a''b' 'c'":           "string('a''b') string('c')",
		`'a\' E'a\'b' e'\\'`:   `string('a\') word(E) string('a\'b') word(e) string('\\')`,
		"E'a'\n'\\'b'":         "word(E) string('a') string('\\'b')",
		"E'a' '\\'":            "word(E) string('a') string('\\')",
		"E'a'--x\n'\\'b'":      "word(E) string('a') line(--x) string('\\'b')",
		"E'a'/*\n*/'\\'":       "word(E) string('a') block(/*\n*/) string('\\')",
		"E'a',\n'\\'":          "word(E) string('a') (,) string('\\')",
		`"a""b" U&"c"`:         `quoted("a""b") word(U) (&) quoted("c")`,
		"$$a$$ $b$ $$ $b$":     "dollar($$a$$) dollar($b$ $$ $b$)",
		"a$b$ c":               "word(a$b$) word(c)",
		"$1 $12$$x$$":          "number($1) number($12) dollar($$x$$)",
		"$ $a":                 "($) ($) word(a)",
		"1 2.5 0x1F 1e5 1_0":   "number(1) number(2) (.) number(5) number(0x1F) number(1e5) number(1_0)",
		"1e'b'":                "doubt(1e'b')",
		"1a'b' 0x1E'b' 0x1F&1": "number(1a) string('b') number(0x1E) string('b') number(0x1F) (&) number(1)",
		"$1a$b$":               "doubt($1a$b$)",
		"/*a/*b*/c*/d":         "block(/*a/*b*/c*/) word(d)",
		"/*/*/ */ */":          "block(/*/*/ */ */)",
		"a--b\nc--d\re":        "word(a) line(--b) word(c) line(--d) word(e)",
		"+-- a":                "(+) line(-- a)",
		"*/*a*/":               "(*) block(/*a*/)",
		"-/-":                  "(-) (/) (-)",
		"'a":                   "doubt('a)",
		`"a`:                   `doubt("a)`,
		"$a$ $b$":              "doubt($a$ $b$)",
		"/* /* */":             "doubt(/* /* */)",
		`E'\`:                  `word(E) doubt('\)`,
		"größe ä$1":            "word(größe) word(ä$1)",
	} {
		if got := tokens(text); got != want {
			t.Errorf("%q: got %s; want %s", text, got, want)
		}
	}
}

// FuzzScanner asks for tokens that follow one another without a gap, to the end.
func FuzzScanner(f *testing.F) {
	f.Add("SELECT E'a\\'' --x\n 'b', $a$ $a$, \"c\" /* /* */ */ 1e5 $1 $$")
	f.Fuzz(func(t *testing.T, text string) {
		scanner := NewScanner(text)
		end := 0
		for {
			token := scanner.Next()
			if token.Start != end || token.End > len(text) || token.End <= token.Start && token.Kind != End {
				t.Fatalf("got token %+v behind byte %d of %d", token, end, len(text))
			}
			if end = token.End; token.Kind == End {
				break
			}
		}
		if end != len(text) {
			t.Fatalf("the end is at byte %d of %d", end, len(text))
		}
	})
}
