package pgquery

import (
	"strings"

	"github.com/gojohnny/gojohnny/sqlparse"
)

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
	return sqlparse.FoldName(s[:end]), s[end:], true
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
			return sqlparse.TruncateName(b.String()), s, b.Len() > 0
		}
		b.WriteByte('"')
		s = s[1:]
	}
}
