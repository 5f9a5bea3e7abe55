package pgquery

import (
	"strings"
	"unicode/utf8"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// maxName is how many bytes of a name PostgreSQL keeps.
const maxName = 63

// relationFromText reads a relation's name from a text as the server reads the
// argument of nextval: parts separated by dots, folded to lower case unless in double
// quotes, blanks around them skipped. See SplitIdentifierString in the server's varlena.c.
func relationFromText(s string) (sqlparse.Relation, bool) {
	var parts []string
	for {
		part, rest, ok := cutName(strings.TrimLeft(s, blanks))
		if !ok {
			return sqlparse.Relation{}, false
		}
		parts = append(parts, part)
		rest = strings.TrimLeft(rest, blanks)
		if rest == "" {
			break
		}
		if rest[0] != '.' {
			return sqlparse.Relation{}, false
		}
		s = rest[1:]
	}
	switch len(parts) {
	case 1:
		return sqlparse.Relation{Name: parts[0]}, true
	case 2, 3:
		return sqlparse.Relation{Schema: parts[len(parts)-2], Name: parts[len(parts)-1]}, true
	default:
		return sqlparse.Relation{}, false
	}
}

// blanks are the bytes the server's scanner skips.
const blanks = " \t\n\r\f\v"

// cutName takes the first name off s. A name of digits is an OID, which tells no name.
func cutName(s string) (name, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		return cutQuoted(s[1:])
	}
	end := strings.IndexAny(s, "."+blanks)
	if end < 0 {
		end = len(s)
	}
	if end == 0 || '0' <= s[0] && s[0] <= '9' {
		return "", "", false
	}
	return truncate(lowerASCII(s[:end])), s[end:], true
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
			return truncate(b.String()), s, b.Len() > 0
		}
		b.WriteByte('"')
		s = s[1:]
	}
}

// lowerASCII folds as the server does in UTF-8: letters of ASCII alone.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// truncate cuts a name to what the server keeps of it, at a rune's border.
func truncate(s string) string {
	if len(s) <= maxName {
		return s
	}
	s = s[:maxName]
	for len(s) > 0 {
		if r, size := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || size != 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return s
}
