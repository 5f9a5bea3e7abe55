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
