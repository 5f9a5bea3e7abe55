package sqlparse

import (
	"strings"
	"unicode/utf8"
)

// maxName is how many bytes PostgreSQL keeps of a name (NAMEDATALEN - 1).
const maxName = 63

// FoldName gives a name as the server reads it where it stands without quotes: in UTF-8
// letters of ASCII alone become lower case, and what is too long is cut off. See
// https://www.postgresql.org/docs/16/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS.
func FoldName(s string) string {
	return TruncateName(strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s))
}

// TruncateName cuts a name to the 63 bytes that the server keeps of it, or the few less
// that are whole characters.
func TruncateName(s string) string {
	if len(s) <= maxName {
		return s
	}
	end := maxName
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// nameBlanks are what every version of the server skips between names. A vertical tab
// is one since PostgreSQL 16: it is refused, rather than read in two ways.
const nameBlanks = " \t\n\r\f"

// SplitNames reads a list of names as the server reads search_path, with a comma between
// them, and a qualified name in a text, such as the argument of nextval, with a dot: folded
// as FoldName does unless in double quotes, and cut off. It reports false where the
// server would complain; blanks alone are no names. See SplitIdentifierString in the server's
// varlena.c.
func SplitNames(s string, separator byte) (names []string, ok bool) {
	s = strings.Trim(s, nameBlanks)
	for more := s != ""; more; {
		var name string
		if name, s, ok = cutName(s, separator); !ok {
			return nil, false
		}
		names = append(names, name)
		s = strings.TrimLeft(s, nameBlanks)
		if more = s != ""; more {
			if s[0] != separator {
				return nil, false
			}
			s = strings.TrimLeft(s[1:], nameBlanks) // and another name
		}
	}
	return names, true
}

// cutName takes the first name off s.
func cutName(s string, separator byte) (name, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		return cutQuoted(s[1:])
	}
	end := strings.IndexAny(s, string(separator)+nameBlanks+"\v")
	if end < 0 {
		end = len(s)
	}
	return FoldName(s[:end]), s[end:], end > 0
}

// cutQuoted takes a name off s, which begins behind its opening quote.
func cutQuoted(s string) (name, rest string, ok bool) {
	var b strings.Builder
	for {
		end := strings.IndexByte(s, '"')
		if end < 0 {
			return "", "", false
		}
		b.WriteString(s[:end])
		s = s[end+1:]
		if !strings.HasPrefix(s, `"`) {
			return TruncateName(b.String()), s, true
		}
		b.WriteByte('"')
		s = s[1:]
	}
}
