//go:build cgo

package pgquery

import (
	"errors"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

var _ sqlparse.FunctionAnalyzer = (*Analyzer)(nil)

var errNoFunction = errors.New("pgquery: analyze function: not a CREATE FUNCTION")

// AnalyzeFunction reports what the function that definition makes does. It
// understands the languages SQL, with bodies in quotes or not, and PL/pgSQL but for cursors.
func (*Analyzer) AnalyzeFunction(definition string) (*sqlparse.Analysis, error) {
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
	b := functionBody{names: bodyOf(m, language == "plpgsql"), returns: m.ReturnType}
	switch {
	case m.SqlBody != nil:
		b.atomic(m.SqlBody)
	case language == "sql":
		err = b.text(body, nil)
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
	names      *body
	returns    *pg.TypeName
	statements []sqlparse.Statement

	datums []*pg.TypeName // the types of PL/pgSQL's variables, by number; nil: none to assign to
}

// text adds statements; the rows of the last one are read as values of some types.
func (b *functionBody) text(sql string, into []*pg.TypeName) error {
	a, err := analyze(sql, b.names, into)
	if err != nil {
		return err
	}
	b.statements = append(b.statements, a.Statements...)
	return nil
}

// tree adds a statement or an expression that is parsed already. RETURN and an
// expression are as good as a SELECT.
func (b *functionBody) tree(m any) {
	w := walker{body: b.names}
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

// opaque adds what the text does not show.
func (b *functionBody) opaque(what string) {
	w := walker{}
	w.reason(sqlparse.Undetermined, what)
	w.runsUnseen()
	b.statements = append(b.statements, w.result())
}
