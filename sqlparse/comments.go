package sqlparse

import (
	"strings"

	"github.com/gojohnny/gojohnny/sqlparse/internal/lex"
)

// directivePrefix is what a comment for the cache begins with.
const directivePrefix = "gojohnny:"

// StripComments returns sql without its comments and without the blanks around it, and the
// directives that the comments held. Texts that differ in their comments alone give
// the same text, if the comments stand at the ends or beside a blank.
//
// INVARIANT: a server with standard_conforming_strings on reads the text as it reads
// sql, so that two texts which it reads differently never give the same one. Quoted
// texts are left alone, and so is a text whose comments cannot be told for sure:
// one with an unterminated quote or comment.
//
// A directive is what stands between commas in a comment that begins with
// "gojohnny:", trimmed: /* gojohnny: ttl=30s, refresh */ holds two.
//
// A text without comments costs no allocation.
func StripComments(sql string) (text string, directives []string) {
	// Few texts have one of these bytes, and to look for one takes a few nanoseconds.
	if (strings.IndexByte(sql, '-') < 0 || !strings.Contains(sql, "--")) &&
		(strings.IndexByte(sql, '/') < 0 || !strings.Contains(sql, "/*")) {
		if sql == "" || !isBlank(sql[0]) && !isBlank(sql[len(sql)-1]) {
			return sql, nil
		}
		return strings.Trim(sql, blanks), nil
	}
	s := stripper{sql: sql}
	if !s.run() {
		return sql, nil
	}
	return s.out.String(), s.directives
}

// blanks are the bytes that every version of the server's scanner skips.
const blanks = " \t\n\r\f"

func isBlank(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' && c != '\v' }

// A stripper copies the tokens of a text but for comments.
type stripper struct {
	sql        string
	out        strings.Builder
	copied     int // sql[:copied] is in out, or left out of it
	directives []string
}

// A gap is what stands between two tokens.
type gap struct {
	start    int
	blank    string // the blanks to keep
	comments bool
	block    bool // one of the comments was a block
}

// run does the work, and reports whether the text could be read.
func (s *stripper) run() bool {
	scanner := lex.NewScanner(s.sql)
	g, last := gap{}, lex.End
	for {
		t := scanner.Next()
		switch t.Kind {
		case lex.Doubt:
			return false
		case lex.Space:
			g.addBlank(s.sql[t.Start:t.End])
		case lex.LineComment:
			g.comments = true
			s.directive(s.sql[t.Start+2 : t.End])
		case lex.BlockComment:
			g.comments, g.block = true, true
			s.directive(s.sql[t.Start+2 : t.End-2])
		default:
			s.close(g, last, t)
			if t.Kind == lex.End {
				return true
			}
			g, last = gap{start: t.End}, t.Kind
		}
	}
}

// addBlank takes more blanks into the gap. Of those before and those behind a comment one
// would do: the ones with a newline, which is needed where 'a' and 'b' on
// two lines are one literal.
func (g *gap) addBlank(blank string) {
	if g.blank == "" || strings.ContainsAny(blank, "\n\r") {
		g.blank = blank
	}
}

// close writes the gap before next, and everything before it.
func (s *stripper) close(g gap, last lex.Kind, next lex.Token) {
	atEdge := last == lex.End || next.Kind == lex.End
	if !g.comments && !atEdge {
		return
	}
	s.out.WriteString(s.sql[s.copied:g.start])
	s.copied = next.Start
	switch {
	case atEdge:
	case g.block && last == lex.String && next.Kind == lex.String:
		// 'a' /* */ 'b' is two literals, on two lines as well.
		s.out.WriteString("/**/")
	case g.blank != "":
		s.out.WriteString(g.blank)
	case !standsAlone(s.sql[g.start-1]) && !standsAlone(s.sql[next.Start]):
		s.out.WriteByte(' ')
	}
}

// standsAlone reports whether c is a token of its own beside any other.
func standsAlone(c byte) bool {
	return strings.IndexByte("(),;[]", c) >= 0
}

// directive notes the directives in a comment.
func (s *stripper) directive(comment string) {
	list, ok := strings.CutPrefix(strings.TrimSpace(comment), directivePrefix)
	if !ok {
		return
	}
	for d := range strings.SplitSeq(list, ",") {
		if d = strings.TrimSpace(d); d != "" {
			s.directives = append(s.directives, d)
		}
	}
}
