// Package lex cuts SQL texts into tokens where PostgreSQL's scanner does, as far as
// quotes and comments are concerned: it tells what is a comment, and what only looks
// like one inside a literal, a name or an operator.
//
// It follows src/backend/parser/scan.l of PostgreSQL, with standard_conforming_strings
// on, for every version that is supported. Where versions disagree, or an error is sure, the
// token is [Doubt], and the caller should leave the text alone.
package lex

import "strings"

// A Kind is what a token is.
type Kind uint8

// The kinds of tokens.
const (
	End          Kind = iota
	Space             // a run of blanks
	LineComment       // from -- to the end of the line, without the newline
	BlockComment      // with the comments nested in it
	String            // '...' in any of its forms, the prefix not included
	Quoted            // "..."
	Dollar            // $tag$...$tag$
	Word              // a keyword, a name, the prefix of a String
	Number            // a number or a parameter
	Symbol            // any other single byte: operators come in pieces
	Doubt             // unterminated, or read differently by different versions
)

// A Token is a piece of the text: Text[Start:End].
type Token struct {
	Kind       Kind
	Start, End int
}

// A Scanner reads a text from its beginning.
type Scanner struct {
	text string
	pos  int

	// escapes says that backslashes escape in the string being continued: the
	// last token but blanks and line comments was a string that began with E.
	escapes bool
	// newline says that a newline came since that string.
	newline bool

	// backslashes says that they escape in every string.
	backslashes bool
}

// NewScanner returns a Scanner of text.
func NewScanner(text string) Scanner { return Scanner{text: text} }

// NewBackslashScanner returns a Scanner that reads text as a server with standard_conforming_strings off does: a
// backslash escapes in strings without an E, too.
func NewBackslashScanner(text string) Scanner { return Scanner{text: text, backslashes: true} }

// Escapes reports whether backslashes escaped in the last token of Next, a String.
func (s *Scanner) Escapes() bool { return s.escapes || s.backslashes }

// Next returns the next token, of kind End at the end, for ever.
func (s *Scanner) Next() Token {
	start := s.pos
	if start >= len(s.text) {
		return Token{End, start, start}
	}
	kind := s.scan()
	s.follow(kind, s.text[start:s.pos])
	return Token{kind, start, s.pos}
}

// follow keeps track of what a string may be the continuation of: 'a', blanks with a
// newline and 'b' are one literal, and its second part is read like its first.
func (s *Scanner) follow(kind Kind, text string) {
	switch kind {
	case Space:
		s.newline = s.newline || strings.ContainsAny(text, "\n\r")
	case LineComment:
	case String:
		s.newline = false
	case Word:
		s.escapes = (text == "E" || text == "e") && s.peek(0) == '\''
		s.newline = s.escapes // its first part needs no newline
	default:
		s.escapes = false
	}
}

// scan moves behind the token that begins at pos, and tells its kind.
func (s *Scanner) scan() Kind {
	switch c := s.text[s.pos]; {
	case isSpace(c):
		s.skip(isSpace)
		return Space
	case c == '-' && s.peek(1) == '-':
		s.skip(func(c byte) bool { return c != '\n' && c != '\r' })
		return LineComment
	case c == '/' && s.peek(1) == '*':
		return s.blockComment()
	case c == '\'':
		return s.quoted('\'', String)
	case c == '"':
		return s.quoted('"', Quoted)
	case c == '$':
		return s.dollar()
	case isDigit(c):
		return s.number()
	case isNameStart(c):
		s.skip(isName)
		return Word
	default:
		s.pos++
		return Symbol
	}
}

// peek is the byte n behind pos, 0 past the end.
func (s *Scanner) peek(n int) byte {
	if s.pos+n >= len(s.text) {
		return 0
	}
	return s.text[s.pos+n]
}

func (s *Scanner) skip(while func(byte) bool) {
	for s.pos < len(s.text) && while(s.text[s.pos]) {
		s.pos++
	}
}

// doubt gives up on the rest of the text.
func (s *Scanner) doubt() Kind {
	s.pos = len(s.text)
	return Doubt
}

func (s *Scanner) blockComment() Kind {
	depth := 0
	for s.pos < len(s.text) {
		switch {
		case s.text[s.pos] == '/' && s.peek(1) == '*':
			depth++
			s.pos += 2
		case s.text[s.pos] == '*' && s.peek(1) == '/':
			depth--
			s.pos += 2
			if depth == 0 {
				return BlockComment
			}
		default:
			s.pos++
		}
	}
	return s.doubt()
}

// quoted scans to the closing quote; a doubled one is part of the text.
func (s *Scanner) quoted(quote byte, kind Kind) Kind {
	escapes := kind == String && s.escapes && s.newline
	if kind == String && !escapes {
		s.escapes = false // a string of its own
	}
	for s.pos++; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; {
		case c == '\\' && (escapes || s.backslashes && kind == String):
			s.pos++
		case c != quote:
		case s.peek(1) == quote:
			s.pos++
		default:
			s.pos++
			return kind
		}
	}
	return s.doubt()
}

// dollar scans what begins with a dollar sign: a quoted text, a parameter, or the sign alone.
func (s *Scanner) dollar() Kind {
	if isDigit(s.peek(1)) {
		s.pos++
		return s.number()
	}
	end := s.pos + 1
	for end < len(s.text) && s.text[end] != '$' && isName(s.text[end]) {
		end++
	}
	if end >= len(s.text) || s.text[end] != '$' {
		s.pos++
		return Symbol
	}
	tag := s.text[s.pos : end+1]
	body := strings.Index(s.text[end+1:], tag)
	if body < 0 {
		return s.doubt()
	}
	s.pos = end + 1 + body + len(tag)
	return Dollar
}

// number scans digits and the letters behind them: 0x1F, 1e5, 1_000. Versions that do
// not know a form read a number and a word, or fail. Where that word could be longer, or be
// the E that changes how a literal is read, they disagree about what comes next.
func (s *Scanner) number() Kind {
	s.skip(isDigit)
	start := s.pos
	s.skip(func(c byte) bool { return c != '$' && isName(c) })
	letters := s.text[start:s.pos]
	switch s.peek(0) {
	case '\'':
		if letters == "e" || letters == "E" {
			return s.doubt()
		}
	case '$':
		if letters != "" {
			return s.doubt()
		}
	}
	return Number
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isNameStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

func isName(c byte) bool { return isNameStart(c) || isDigit(c) || c == '$' }
