//go:build cgo

package pgquery

import (
	"errors"
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/pganalyze/pg_query_go/v5/parser"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// errNUL is the answer to a text with a NUL byte: C would read only what is before
// it, and so does no server.
var errNUL = errors.New("pgquery: analyze: the text holds a NUL byte")

// Analyze reports what the statements of sql do. A text the parser refuses, one with a NUL byte, one
// longer than [MaxText] and one nested deeper than [MaxDepth] are errors.
func (*Analyzer) Analyze(sql string) (*sqlparse.Analysis, error) { return analyze(sql, nil, nil) }

// analyze is Analyze for the statements of a function as well, names being those it gives them, and into the
// types that its rows are read as.
func analyze(sql string, names *body, into []*pg.TypeName) (*sqlparse.Analysis, error) {
	if strings.IndexByte(sql, 0) >= 0 {
		return nil, errNUL
	}
	// The parser's scanner hands comments on as tokens, and so misses what the server's sees
	// beyond them: NULLS /**/ LAST and 'a' --\n 'b' are syntax errors to it.
	text, _ := sqlparse.StripComments(sql)
	if err := checkSize(text); err != nil {
		return nil, err
	}
	tree, err := pg.Parse(text)
	if err != nil {
		return nil, withoutText(err)
	}
	a := &sqlparse.Analysis{Statements: make([]sqlparse.Statement, 0, len(tree.Stmts)), Backslash: hasBackslash(sql)}
	for _, raw := range tree.Stmts {
		w := walker{body: names}
		w.statement(unwrap(raw.Stmt))
		w.assigned(raw.Stmt.GetSelectStmt(), into)
		if len(tree.Stmts) > 1 {
			w.reason(sqlparse.SeveralCommands, "")
		}
		a.Statements = append(a.Statements, w.result())
	}
	return a, nil
}

// withoutText is the parser's error without what it quotes of the text, which may be
// a literal: syntax error at or near "...".
func withoutText(err error) error {
	var refused *parser.Error
	if !errors.As(err, &refused) {
		return fmt.Errorf("pgquery: analyze: %w", err)
	}
	message, _, _ := strings.Cut(refused.Message, `"`)
	message = strings.TrimSuffix(strings.TrimSpace(message), " at or near")
	return errors.New("pgquery: analyze: " + message)
}
