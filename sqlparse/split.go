package sqlparse

import (
	"strings"

	"github.com/gojohnny/gojohnny/sqlparse/internal/lex"
)

// Split cuts a script into its statements at the semicolons between them, which are left
// off with the blanks around: not at those in quotes, comments or brackets, nor in a
// routine's body between BEGIN ATOMIC and END. Comments stay with the statement behind
// them; what is nothing else is no statement. From a quote or a comment without an end
// on, all is the last statement.
func Split(script string) []string {
	var statements []string
	start, empty := 0, true
	var in nesting
	for scanner := lex.NewScanner(script); ; {
		t := scanner.Next()
		switch word := script[t.Start:t.End]; {
		case t.Kind == lex.Space, t.Kind == lex.LineComment, t.Kind == lex.BlockComment:
		case t.Kind == lex.End, word == ";" && in.nothing():
			if !empty {
				statements = append(statements, strings.Trim(script[start:t.Start], blanks))
			}
			if t.Kind == lex.End {
				return statements
			}
			start, empty, in = t.End, true, nesting{}
		default:
			empty = false
			in.follow(word)
		}
	}
}

// A nesting is what a token stands in.
type nesting struct {
	brackets int
	blocks   int // BEGIN ATOMIC, and CASE in it, without their END
	begin    bool
}

func (n *nesting) nothing() bool { return n.brackets == 0 && n.blocks == 0 }

// follow takes in a token.
func (n *nesting) follow(token string) {
	switch word := strings.ToUpper(token); {
	case word == "(":
		n.brackets++
	case word == ")" && n.brackets > 0:
		n.brackets--
	case word == "ATOMIC" && n.begin, word == "CASE" && n.blocks > 0:
		n.blocks++
	case word == "END" && n.blocks > 0:
		n.blocks--
	}
	n.begin = strings.EqualFold(token, "BEGIN")
}
