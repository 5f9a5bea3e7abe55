//go:build cgo

package pgquery

import (
	"cmp"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// targetName is the name that the server gives to a column that a query selects, by what is
// selected if the text gives none: FigureColname in its parser/parse_target.c.
func targetName(n *pg.Node) string {
	t := n.GetResTarget()
	if t.GetName() != "" {
		return t.GetName()
	}
	switch name, _ := figureName(t.GetVal()); name {
	case "":
	case "*":
		return "" // it may have any
	default:
		return name
	}
	return "?column?"
}

// figureName also reports whether the name is a good one: a cast's own is not.
func figureName(n *pg.Node) (name string, good bool) {
	switch m := unwrap(n).(type) {
	case *pg.ColumnRef:
		return lastName(m.Fields)
	case *pg.A_Indirection:
		if name, good := lastName(m.Indirection); good {
			return name, good
		}
		return figureName(m.Arg)
	case *pg.FuncCall:
		return lastName(m.Funcname)
	case *pg.A_Expr:
		if m.Kind == pg.A_Expr_Kind_AEXPR_NULLIF {
			return "nullif", true
		}
	case *pg.TypeCast:
		if name, good := figureName(m.Arg); good {
			return name, good
		}
		name, _ := lastName(m.TypeName.GetNames())
		return name, false
	case *pg.CollateClause:
		return figureName(m.Arg)
	case *pg.SubLink:
		return subLinkName(m)
	case *pg.CaseExpr:
		if name, good := figureName(m.Defresult); good {
			return name, good
		}
		return "case", false
	default:
		name := keywords(m)
		return name, name != ""
	}
	return "", false
}

// lastName is the last of a list of names that may have subscripts and stars in it.
func lastName(list []*pg.Node) (name string, good bool) {
	for _, n := range list {
		if s := n.GetString_().GetSval(); s != "" {
			name = s
		}
	}
	return name, name != ""
}

func subLinkName(m *pg.SubLink) (name string, good bool) {
	switch m.SubLinkType {
	case pg.SubLinkType_EXISTS_SUBLINK:
		return "exists", true
	case pg.SubLinkType_ARRAY_SUBLINK:
		return "array", true
	case pg.SubLinkType_EXPR_SUBLINK:
		first := leftmost(m.Subselect.GetSelectStmt())
		switch {
		case len(first.GetValuesLists()) > 0:
			return "column1", true
		case hasStar(first.GetTargetList()):
			return "*", true
		case len(first.GetTargetList()) > 0:
			return cmp.Or(targetName(first.TargetList[0]), "*"), true
		}
	}
	return "", false
}

// keywords are the names of what is written with one.
func keywords(m any) string {
	switch m := m.(type) {
	case *pg.A_ArrayExpr:
		return "array"
	case *pg.RowExpr:
		return "row"
	case *pg.CoalesceExpr:
		return "coalesce"
	case *pg.MinMaxExpr:
		if m.Op == pg.MinMaxOp_IS_LEAST {
			return "least"
		}
		return "greatest"
	case *pg.XmlSerialize:
		return "xmlserialize"
	}
	return "" // of the others none makes a text
}
