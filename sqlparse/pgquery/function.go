//go:build cgo

package pgquery

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

var _ sqlparse.FunctionAnalyzer = (*Analyzer)(nil)

var errNoFunction = errors.New("pgquery: analyze function: not a CREATE FUNCTION")

// AnalyzeFunction reports what the function that definition makes does. It
// understands the languages SQL, with bodies in quotes or not, and PL/pgSQL but for cursors.
func (a *Analyzer) AnalyzeFunction(definition string) (*sqlparse.Analysis, error) {
	if strings.IndexByte(definition, 0) >= 0 {
		return nil, errNUL
	}
	if err := checkSize(definition); err != nil {
		return nil, err
	}
	tree, err := pg.Parse(definition)
	if err != nil {
		return nil, withoutText(err)
	}
	if len(tree.Stmts) != 1 || tree.Stmts[0].Stmt.GetCreateFunctionStmt() == nil {
		return nil, errNoFunction
	}
	m := tree.Stmts[0].Stmt.GetCreateFunctionStmt()
	language, body := languageAndBody(m)
	b := functionBody{analyzer: a}
	switch {
	case m.SqlBody != nil:
		b.atomic(m.SqlBody)
	case language == "sql":
		err = b.text(body)
	case language == "plpgsql":
		err = b.plpgsql(definition)
	default:
		err = sqlparse.ErrLanguage
	}
	if err != nil {
		return nil, err
	}
	for _, n := range m.Parameters {
		if expr := n.GetFunctionParameter().GetDefexpr(); expr != nil {
			b.tree(unwrap(expr))
		}
	}
	return &sqlparse.Analysis{Statements: b.statements, Backslash: hasBackslash(definition) || hasBackslash(body)}, nil
}

// languageAndBody are CREATE FUNCTION's LANGUAGE and AS.
func languageAndBody(m *pg.CreateFunctionStmt) (language, body string) {
	for _, n := range m.Options {
		d := n.GetDefElem()
		switch d.GetDefname() {
		case "language":
			language = d.GetArg().GetString_().GetSval()
		case "as":
			if items := d.GetArg().GetList().GetItems(); len(items) > 0 {
				body = items[0].GetString_().GetSval()
			}
		}
	}
	return language, body
}

// A functionBody collects the statements of a body.
type functionBody struct {
	analyzer   *Analyzer
	statements []sqlparse.Statement
}

func (b *functionBody) text(sql string) error {
	a, err := b.analyzer.Analyze(sql)
	if err != nil {
		return err
	}
	b.statements = append(b.statements, a.Statements...)
	return nil
}

// tree adds a statement or an expression that is parsed already. RETURN and an
// expression are as good as a SELECT.
func (b *functionBody) tree(m any) {
	w := walker{}
	switch m.(type) {
	case *pg.InsertStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.MergeStmt:
		w.st.Kind = kindOf(m)
	default:
		w.st.Kind = sqlparse.Select
	}
	w.visit(m)
	b.statements = append(b.statements, w.result())
}

// atomic adds the body that follows BEGIN ATOMIC or RETURN: nested lists of
// statements.
func (b *functionBody) atomic(n *pg.Node) {
	if list := n.GetList(); list != nil {
		for _, item := range list.Items {
			b.atomic(item)
		}
		return
	}
	if m := unwrap(n); m != nil {
		b.tree(m)
	}
}

// variable adds the type of a variable, whose domain is checked at every assignment.
func (b *functionBody) variable(typname any) {
	name, _ := typname.(string)
	name, _, _ = strings.Cut(name, "[")
	name, _, _ = strings.Cut(name, "(")
	if t, ok := relationFromText(name); ok {
		st := sqlparse.Statement{Kind: sqlparse.Select, Types: []sqlparse.Name{{Schema: t.Schema, Name: t.Name}}}
		b.statements = append(b.statements, st)
	}
}

// opaque adds what the text does not show.
func (b *functionBody) opaque(what string) {
	w := walker{}
	w.reason(sqlparse.Undetermined, what)
	w.runsUnseen()
	b.statements = append(b.statements, w.result())
}

// plpgsql adds the statements and expressions of PL/pgSQL.
func (b *functionBody) plpgsql(definition string) error {
	text, err := pg.ParsePlPgSqlToJSON(definition)
	if err != nil {
		return withoutText(err)
	}
	var tree any
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return fmt.Errorf("pgquery: analyze function: %w", err)
	}
	return b.plpgsqlNode(tree)
}

// seenThrough are the statements of PL/pgSQL that do no more than the expressions and
// statements in them.
var seenThrough = map[string]bool{
	"block": true, "assign": true, "if": true, "case": true, "loop": true, "while": true, "fori": true, "fors": true,
	"foreach_a": true, "exit": true, "return": true, "return_next": true, "return_query": true, "raise": true,
	"assert": true, "execsql": true, "perform": true, "call": true, "getdiag": true,
}

func (b *functionBody) plpgsqlNode(n any) error {
	switch n := n.(type) {
	case []any:
		for _, child := range n {
			if err := b.plpgsqlNode(child); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, child := range n {
			if err := b.plpgsqlField(name, child); err != nil {
				return err
			}
		}
	}
	return nil
}

// plpgsqlField looks at a field of a node, or at a node under the name of its type.
func (b *functionBody) plpgsqlField(name string, child any) error {
	statement, isStatement := strings.CutPrefix(name, "PLpgSQL_stmt_")
	switch {
	case name == "PLpgSQL_expr":
		expr, _ := child.(map[string]any)
		query, _ := expr["query"].(string)
		mode, _ := expr["parseMode"].(float64)
		return b.text(plpgsqlQuery(query, int(mode)))
	case name == "typname":
		b.variable(child)
	case name == "dynquery":
		b.opaque("EXECUTE")
	case !isStatement || seenThrough[statement]:
	case statement == "commit" || statement == "rollback":
		w := walker{}
		w.control(sqlparse.Control{Op: sqlparse.Commit})
		b.statements = append(b.statements, w.result())
	case statement == "dynexecute" || statement == "dynfors":
		b.opaque("EXECUTE")
	default:
		b.opaque("PL/pgSQL " + statement)
	}
	return b.plpgsqlNode(child)
}

// The modes in which PL/pgSQL has its texts parsed: RawParseMode in the server's
// parser.h.
const (
	parseStatement = 0
	parseAssign    = 3 // and above: by the number of names on the left
)

// plpgsqlQuery makes a statement of what stands in a body. An expression is what
// may follow SELECT; of an assignment the target may hold expressions, too:
// a[f(x)] := y.
func plpgsqlQuery(query string, mode int) string {
	if mode == parseStatement {
		return query
	}
	if mode >= parseAssign {
		left, right, ok := strings.Cut(query, ":=")
		if equals := strings.IndexByte(query, '='); !ok || equals < len(left) {
			left, right, _ = strings.Cut(query, "=")
		}
		return "SELECT " + left + ", " + right
	}
	return "SELECT " + query
}
