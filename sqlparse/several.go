package sqlparse

import (
	"strings"

	"github.com/gojohnny/gojohnny/sqlparse/internal/lex"
)

// Several reports whether sql may be more than one statement: whether a semicolon stands in
// it outside of quotes and comments, with more than blanks, comments and semicolons
// before and behind it. It is for texts that no [Analyzer] understands. In doubt it is true: where a quote or a
// comment has no end, where versions of PostgreSQL disagree, and where a server with
// standard_conforming_strings off would see a semicolon. A routine's body between BEGIN ATOMIC and END has
// semicolons of its own, and counts as several.
func Several(sql string) bool {
	return strings.Contains(sql, ";") &&
		(several(sql, lex.NewScanner(sql)) || strings.Contains(sql, `\`) && several(sql, lex.NewBackslashScanner(sql)))
}

func several(sql string, scanner lex.Scanner) bool {
	statement, separated := false, false
	for {
		switch t := scanner.Next(); t.Kind {
		case lex.End:
			return false
		case lex.Doubt:
			return true
		case lex.Space, lex.LineComment, lex.BlockComment:
		default:
			switch {
			case sql[t.Start] == ';':
				separated = statement
			case separated:
				return true
			default:
				statement = true
			}
		}
	}
}
