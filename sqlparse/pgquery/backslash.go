package pgquery

import (
	"strings"

	"github.com/gojohnny/gojohnny/sqlparse/internal/lex"
)

// hasBackslash reports whether a string literal without an E has a backslash: see
// [sqlparse.Analysis]. In doubt it is true.
func hasBackslash(sql string) bool {
	if !strings.Contains(sql, `\`) {
		return false
	}
	scanner := lex.NewScanner(sql)
	for {
		switch t := scanner.Next(); t.Kind {
		case lex.End:
			return false
		case lex.Doubt:
			return true
		case lex.String:
			if !scanner.Escapes() && strings.Contains(sql[t.Start:t.End], `\`) {
				return true
			}
		}
	}
}
