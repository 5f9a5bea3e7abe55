//go:build cgo

package pgquery

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// PL/pgSQL turns a value into the type of the variable that it is assigned to, or of the function's result, by way of a
// text if there is no cast: https://www.postgresql.org/docs/16/plpgsql-statements.html#PLPGSQL-STATEMENTS-ASSIGNMENT.
// So there every assignment is a cast.

// intoField is where an expression of the tree is told what its rows are read as.
const intoField = "gojohnny: into"

// bodyOf is what the head of a function gives its body. In PL/pgSQL $2 is the second of all parameters, in SQL of
// those that are given.
func bodyOf(m *pg.CreateFunctionStmt, plpgsql bool) *body {
	b := &body{variables: map[string]*pg.TypeName{}}
	for _, n := range m.Parameters {
		p := n.GetFunctionParameter()
		if p.Name != "" {
			b.variables[p.Name] = p.ArgType
		}
		switch p.Mode {
		case pg.FunctionParameterMode_FUNC_PARAM_OUT, pg.FunctionParameterMode_FUNC_PARAM_TABLE:
			b.returnsRow = true
			if !plpgsql {
				continue
			}
		case pg.FunctionParameterMode_FUNC_PARAM_INOUT:
			b.returnsRow = true
		}
		b.params = append(b.params, p.ArgType)
	}
	return b
}

// declare reads the declarations of a tree.
func (b *functionBody) declare(tree any) {
	for _, datum := range list(at(head(tree), "PLpgSQL_function", "datums")) {
		name, _ := at(datum, "PLpgSQL_var", "refname").(string)
		typname, _ := at(datum, "PLpgSQL_var", "datatype", "PLpgSQL_type", "typname").(string)
		t, known := b.names.variables[name] // a parameter, or of another block
		switch {
		case name == "" || known && typname == "UNKNOWN":
		case typname == "UNKNOWN": // the number of a loop, or FOUND
			t = intType
		default:
			t = parseType(typname)
		}
		if name != "" {
			b.names.variables[name] = merged(b.names.variables[name], t)
		}
		b.datums = append(b.datums, t)
	}
	for _, name := range []string{"sqlstate", "sqlerrm"} {
		b.names.variables[name] = textType
	}
}

var (
	intType    = &pg.TypeName{Names: []*pg.Node{pg.MakeStrNode("int4")}}
	textType   = &pg.TypeName{Names: []*pg.Node{pg.MakeStrNode("text")}}
	recordType = &pg.TypeName{Names: []*pg.Node{pg.MakeStrNode("record")}}
)

// merged is the type of a name that was declared in several blocks, with whichever it had before.
func merged(before, t *pg.TypeName) *pg.TypeName {
	if before == nil || before.String() == t.String() {
		return t
	}
	return recordType // which may be anything
}

// parseType reads a declaration's type: one of SQL's, relation%ROWTYPE, relation.column%TYPE.
func parseType(s string) *pg.TypeName {
	upper := strings.ToUpper(strings.TrimSpace(s))
	row := strings.HasSuffix(upper, "%ROWTYPE")
	if row || strings.HasSuffix(upper, "%TYPE") {
		names, _ := sqlparse.SplitNames(s[:strings.LastIndexByte(s, '%')], '.')
		t := &pg.TypeName{PctType: !row}
		for _, name := range names {
			t.Names = append(t.Names, pg.MakeStrNode(name))
		}
		return t
	}
	tree, err := pg.Parse("SELECT NULL::" + s)
	if err != nil || len(tree.Stmts) != 1 {
		return recordType
	}
	for _, n := range tree.Stmts[0].Stmt.GetSelectStmt().GetTargetList() {
		if cast := n.GetResTarget().GetVal().GetTypeCast(); cast != nil {
			return cast.TypeName
		}
	}
	return recordType
}

// declared tells the default of a variable what it is assigned to.
func declared(n any) {
	typname, _ := at(n, "datatype", "PLpgSQL_type", "typname").(string)
	if value := at(n, "default_val"); value != nil {
		into(value, parseType(typname))
	}
}

// assigns tells the expressions of a statement what they are assigned to.
func (b *functionBody) assigns(statement string, n any) {
	switch statement {
	case "assign":
		into(at(n, "expr"), nil, b.datum(at(n, "varno")))
	case "foreach_a":
		into(at(n, "expr"), b.datum(at(n, "varno")))
	case "execsql":
		into(at(n, "sqlstmt"), b.targets(at(n, "target"))...)
	case "fors":
		into(at(n, "query"), b.targets(at(n, "var"))...)
	case "return":
		into(at(n, "expr"), b.returns)
	case "return_next":
		if !b.names.returnsRow { // else the row's variables were assigned before
			b.unseen(b.returns)
		}
	case "getdiag":
		for _, item := range list(at(n, "diag_items")) {
			b.unseen(b.datum(at(item, "PLpgSQL_diag_item", "target")))
		}
	case "call": // what the procedure's parameters give back
		b.unseen(b.datums...)
	}
}

// into notes what the rows of an expression are read as.
func into(expr any, types ...*pg.TypeName) {
	if m, ok := at(expr, "PLpgSQL_expr").(map[string]any); ok {
		m[intoField] = types
	}
}

// unseen adds that values of which nothing is known are read as some types.
func (b *functionBody) unseen(types ...*pg.TypeName) {
	w := walker{st: sqlparse.Statement{Kind: sqlparse.Select}, body: b.names}
	for _, t := range types {
		w.castTo(t, nil)
	}
	b.statements = append(b.statements, w.result())
}

// datum is the type of a variable, by its number. The field of a record may be of any, and so may what no number tells.
func (b *functionBody) datum(n any) *pg.TypeName {
	number, _ := n.(float64)
	if i := int(number); i >= 0 && i < len(b.datums) && b.datums[i] != nil {
		return b.datums[i]
	}
	if ownName(b.returns.GetNames()) == "trigger" {
		return recordType // a column of NEW: nothing of what a trigger computes is kept
	}
	return fieldType
}

// fieldType stands for a type of which nothing is known.
var fieldType = &pg.TypeName{Names: []*pg.Node{pg.MakeStrNode("date")}}

// targets are the types of the variables that INTO or FOR names.
func (b *functionBody) targets(n any) []*pg.TypeName {
	var types []*pg.TypeName
	for _, f := range list(at(n, "PLpgSQL_row", "fields")) {
		types = append(types, b.datum(at(f, "varno")))
	}
	if rec := at(n, "PLpgSQL_rec"); rec != nil {
		types = append(types, recordType)
	}
	return types
}

// at goes down from a node by the names of fields.
func at(n any, names ...string) any {
	for _, name := range names {
		m, _ := n.(map[string]any)
		n = m[name]
	}
	return n
}

func list(n any) []any {
	l, _ := n.([]any)
	return l
}

func head(n any) any {
	if l := list(n); len(l) > 0 {
		return l[0]
	}
	return nil
}
