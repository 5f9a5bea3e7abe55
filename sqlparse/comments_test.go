package sqlparse

import (
	"slices"
	"strings"
	"testing"
)

func TestStripComments(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"None", "SELECT 1", "SELECT 1"},
		{"BlanksInside", "SELECT  1\n ,2", "SELECT  1\n ,2"},
		{"BlanksAround", "\n\tSELECT 1 \r\n", "SELECT 1"},
		{"BlockAtStart", "/* a */ SELECT 1", "SELECT 1"},
		{"BlockAtStartWithNewline", "/* a */\n\tSELECT 1", "SELECT 1"},
		{"LineAtStart", "-- a\nSELECT 1", "SELECT 1"},
		{"BlockAtEnd", "SELECT 1 /* a */", "SELECT 1"},
		{"LineAtEnd", "SELECT 1 -- a", "SELECT 1"},
		{"LineAtEndWithNewline", "SELECT 1 -- a\n", "SELECT 1"},
		{"BehindSemicolon", "SELECT 1; /* a */", "SELECT 1;"},
		{"BetweenBlanks", "SELECT /* a */ 1", "SELECT 1"},
		{"BeforeABlank", "SELECT/* a */ 1", "SELECT 1"},
		{"BehindABlank", "SELECT /* a */1", "SELECT 1"},
		{"BetweenTokens", "SELECT/* a */1", "SELECT 1"},
		{"Two", "SELECT /* a */ /* b */ 1", "SELECT 1"},
		{"TwoWithoutBlanks", "SELECT/* a *//* b */1", "SELECT 1"},
		{"OwnLine", "SELECT 1\n  -- a\n  FROM t", "SELECT 1\n  FROM t"},
		{"EndOfLine", "SELECT 1 -- a\n  FROM t", "SELECT 1\n  FROM t"},
		{"StartOfLine", "SELECT 1\n  /* a */ FROM t", "SELECT 1\n  FROM t"},
		{"InBrackets", "f(/* a */1/* b */,/* c */2/* d */)", "f(1,2)"},
		{"Nested", "SELECT /* a /* b */ c */ 1", "SELECT 1"},
		{"NestedSlashes", "SELECT /*/* */ */ 1", "SELECT 1"},
		{"Stars", "SELECT /***/ 1", "SELECT 1"},
		{"LineInBlock", "SELECT /* -- */ 1", "SELECT 1"},
		{"BlockInLine", "SELECT -- /*\n1", "SELECT\n1"},
		{"CarriageReturnEndsALine", "SELECT -- a\r1", "SELECT\r1"},
		{"OnlyComments", "/* a */ -- b", ""},

		{"InString", "SELECT '--', '/* x */' -- c", "SELECT '--', '/* x */'"},
		{"DoubledQuote", "SELECT 'a''--' -- c", "SELECT 'a''--'"},
		{"BackslashIsNoEscape", `SELECT 'a\' -- c`, `SELECT 'a\'`},
		{"BackslashIsOneInE", `SELECT E'a\' -- c' -- d`, `SELECT E'a\' -- c'`},
		{"BackslashIsOneInLowerE", `SELECT e'a\'--' -- d`, `SELECT e'a\'--'`},
		{"NameEndingInE", `SELECT date'a\' -- c`, `SELECT date'a\'`},
		{"EBehindAComment", `SELECT E/**/'a\' -- c`, `SELECT E 'a\'`},
		{"UnicodeString", `SELECT U&'\' -- c`, `SELECT U&'\'`},
		{"Identifier", `SELECT "--", "a""/*" /* c */`, `SELECT "--", "a""/*"`},
		{"Dollar", "SELECT $$ -- $$ -- c", "SELECT $$ -- $$"},
		{"DollarTag", "SELECT $a$ $b$ $$ -- $a$ -- c", "SELECT $a$ $b$ $$ -- $a$"},
		{"DollarInName", "SELECT a$b$ /* c */, d$b$", "SELECT a$b$ , d$b$"},
		{"Parameter", "SELECT $1/*x*/", "SELECT $1"},
		{"ParameterBeforeDollar", "SELECT $1$$--$$ -- c", "SELECT $1$$--$$"},
		{"Umlaut", "SELECT ä$x$ -- c\n, x$x$", "SELECT ä$x$\n, x$x$"},

		{"MinusAndComment", "SELECT 1 -\n--x\n1", "SELECT 1 -\n1"},
		{"TightMinus", "SELECT a-- b", "SELECT a"},
		{"OperatorBeforeLine", "SELECT 1 +--x\n1", "SELECT 1 +\n1"},
		{"OperatorBeforeBlock", "SELECT 1 @-/*x*/- 1", "SELECT 1 @- - 1"},
		{"OperatorsDoNotMerge", "SELECT 1 </*x*/= 2", "SELECT 1 < = 2"},
		{"MinusesDoNotMerge", "SELECT 1 -/*x*/-1", "SELECT 1 - -1"},
		{"SlashAndStarDoNotMerge", "SELECT 1 //**/* 2", "SELECT 1 / * 2"},
		{"ColonsDoNotMerge", "SELECT a:/**/:int", "SELECT a: :int"},
		{"NumbersDoNotMerge", "SELECT 1/**/.5", "SELECT 1 .5"},
		{"StringsDoNotMerge", "SELECT 'a'/**/'b'", "SELECT 'a'/**/'b'"},
		{"StringsOnTwoLinesDoNotMerge", "SELECT 'a' /* x */\n'b'", "SELECT 'a'/**/'b'"},
		{"StringsOnTwoLinesStayMerged", "SELECT 'a' -- x\n 'b'", "SELECT 'a'\n 'b'"},
		{"StringsOnThreeLinesStayMerged", "SELECT 'a' -- x\n  -- y\n 'b'", "SELECT 'a'\n 'b'"},
		{"ContinuedEscapes", "SELECT E'a' -- x\n '\\'--' -- y", "SELECT E'a'\n '\\'--'"},
		{"ContinuedPlain", "SELECT 'a' -- x\n '\\' -- y", "SELECT 'a'\n '\\'"},
		{"EscapesEndWithABlock", "SELECT E'a' /* x */\n '\\' -- y", "SELECT E'a'/**/'\\'"},
		{"EscapesEndOnOneLine", "SELECT E'a' '\\' -- y", "SELECT E'a' '\\'"},
		{"QuotedAndString", `SELECT "a"/**/'b'`, `SELECT "a" 'b'`},
		{"Exponent", "SELECT 1e--5\n", "SELECT 1e"},
		{"Hexadecimal", "SELECT 0x1F /* a */", "SELECT 0x1F"},

		{"UnterminatedString", "SELECT 'a -- b", "SELECT 'a -- b"},
		{"UnterminatedComment", "SELECT 1 /* a /* */ ", "SELECT 1 /* a /* */ "},
		{"UnterminatedDollar", "SELECT $a$ -- $b$", "SELECT $a$ -- $b$"},
		{"UnterminatedIdentifier", `SELECT "a /* */`, `SELECT "a /* */`},
		{"NumberBeforePrefix", `SELECT 1E'\' -- c'`, `SELECT 1E'\' -- c'`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := StripComments(c.sql)
			if got != c.want {
				t.Errorf("StripComments(%q): got %q; want %q", c.sql, got, c.want)
			}
			if again, _ := StripComments(got); again != got {
				t.Errorf("StripComments(%q): got %q; want it as it is", got, again)
			}
		})
	}
}

func TestStripCommentsDirectives(t *testing.T) {
	for sql, want := range map[string][]string{
		"/* gojohnny: skip */ SELECT 1":                           {"skip"},
		"SELECT 1 /* gojohnny: ttl=30s, refresh */":               {"ttl=30s", "refresh"},
		"SELECT 1 -- gojohnny: skip":                              {"skip"},
		"SELECT 1 --gojohnny:skip,ttl=1m \n":                      {"skip", "ttl=1m"},
		"/*gojohnny:a*/ SELECT /* gojohnny: b */ 1 -- gojohnny:c": {"a", "b", "c"},
		"/* gojohnny: , */ SELECT 1":                              nil,
		"/* see gojohnny: skip */ SELECT 1":                       nil,
		"/* Gojohnny: skip */ SELECT 1":                           nil,
		"SELECT '/* gojohnny: skip */' -- x":                      nil,
		"SELECT 'gojohnny: skip'":                                 nil,
		"SELECT 1 /* gojohnny: skip":                              nil,
	} {
		if _, got := StripComments(sql); !slices.Equal(got, want) {
			t.Errorf("StripComments(%q): got %q; want %q", sql, got, want)
		}
	}
}

// TestStripCommentsIsAboutCommentsAlone adds comments to a text where it has blanks, and at its ends.
func TestStripCommentsIsAboutCommentsAlone(t *testing.T) {
	want := "SELECT a, 'b c'\n  FROM t WHERE x = $1"
	words := strings.SplitAfter("SELECT |a, |'b c'\n  |FROM |t |WHERE |x |= |$1", "|")
	for i := range words {
		for _, comment := range []string{"/* x */ ", "/* x */", "/* x /* y */ */ ", "/*x*//*y*/ "} {
			sql := strings.Join(words[:i], "") + comment + strings.Join(words[i:], "")
			if got, _ := StripComments(strings.ReplaceAll(sql, "|", "")); got != want {
				t.Errorf("%q: got %q; want %q", sql, got, want)
			}
		}
	}
	for _, sql := range []string{want + " -- x", want + "--x\n", want + "/* x */", "--x\n" + want, "--x\n\n" + want} {
		if got, _ := StripComments(sql); got != want {
			t.Errorf("%q: got %q; want %q", sql, got, want)
		}
	}
}

func TestStripCommentsDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { StripComments("  SELECT a - b / c * d FROM t ") }); n != 0 {
		t.Errorf("got %v allocations; want 0", n)
	}
}

func BenchmarkStripComments(b *testing.B) {
	medium := strings.Repeat("SELECT a, b FROM t WHERE x = 'y' AND z > 1 ORDER BY 1\n", 5)
	for _, c := range []struct{ name, sql string }{
		{"none", medium},
		{"end", medium + "/*traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01'*/"},
	} {
		b.Run("comments="+c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.sql)))
			for b.Loop() {
				StripComments(c.sql)
			}
		})
	}
}
