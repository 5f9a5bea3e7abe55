//go:build cgo

package pgquery

import (
	"encoding/json"
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

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
	b.declare(tree)
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
		into, _ := expr[intoField].([]*pg.TypeName)
		return b.text(plpgsqlQuery(query, int(mode)), into)
	case name == "typname":
		b.variable(child)
	case name == "dynquery":
		b.opaque("EXECUTE")
	case name == "PLpgSQL_var":
		declared(child)
	case seenThrough[statement] && isStatement:
		b.assigns(statement, child)
	case !isStatement:
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
