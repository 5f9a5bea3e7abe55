//go:build cgo

package pgquery

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// A text that is cast to a date or a time when the statement runs may read 'now', which no look at
// the literals tells. A literal and an argument are looked at where they stand; what a column
// holds, and of which type it is, the text does not tell, and a column that is cast so is usually
// a timestamp. So it is an expression that makes a text which counts.

// dateTypes are the types whose input reads 'now', 'today', 'yesterday' and 'tomorrow', with
// the ranges over them.
var dateTypes = wordSet(`
	date timestamp timestamptz time timetz
	daterange tsrange tstzrange datemultirange tsmultirange tstzmultirange
`)

// textTypes are the types a text has.
var textTypes = wordSet(`text varchar bpchar char name citext unknown`)

// otherTypes are types that no text is read as: what is cast to one of them is none.
var otherTypes = wordSet(`
	int2 int4 int8 float4 float8 numeric money bool uuid interval oid bytea bit varbit inet cidr
	int4range int8range numrange int4multirange int8multirange nummultirange
`)

// textFunctions are PostgreSQL's own functions that return a text or texts, at least
// one of their overloads, from pg_proc; those that are Ambient or Volatile need no mention.
var textFunctions = wordSet(`
	anytextcat array_dims array_to_string bpchar bpchar_larger bpchar_smaller btrim chr concat concat_ws
	convert_from encode format initcap json_array_element_text json_array_elements_text json_extract_path_text
	json_object_field_text json_object_keys json_typeof jsonb_array_element_text jsonb_array_elements_text
	jsonb_extract_path_text jsonb_object_field_text jsonb_object_keys jsonb_pretty jsonb_typeof left like_escape
	lower lpad ltrim md5 name nameconcatoid normalize overlay parse_ident quote_ident quote_literal
	quote_nullable regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table
	regexp_substr repeat replace reverse right rpad rtrim similar_escape similar_to_escape split_part string_agg
	string_to_array string_to_table substr substring text text_larger text_smaller textanycat textcat to_ascii
	to_char to_hex translate ts_headline ts_lexize tsvector_to_array unistr upper varchar casefold to_bin to_oct
`)

// passingFunctions return what they are given, or an element of it.
var passingFunctions = wordSet(`
	any_value array_agg array_append array_cat array_fill array_prepend array_remove array_replace array_reverse
	first_value lag last_value lead max min mode nth_value percentile_disc trim_array unnest
`)

func wordSet(words string) map[string]bool {
	m := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// ownName is the last part of a name that may be PostgreSQL's own, empty for another schema's.
func ownName(names []*pg.Node) string {
	schema, name := qualifiedName(names)
	if schema != "" && schema != "pg_catalog" {
		return ""
	}
	return name
}

// dateCast notes a cast of n to a date or a time.
//
// A time with time zone is another one in summer, if it takes its zone from the session:
// https://www.postgresql.org/docs/16/datatype-datetime.html#DATATYPE-TIMEZONES.
func (w *walker) dateCast(target string, n *pg.Node) {
	switch {
	case target == "timetz":
		w.reason(sqlparse.AmbientCall, target)
	case dateTypes[target] && makesText(n):
		w.reason(sqlparse.SpecialInput, target)
	}
}

func (w *walker) typeCast(m *pg.TypeCast) {
	w.dateCast(ownName(m.TypeName.GetNames()), m.Arg)
	w.children(m)
}

// columnType notes a column that is made of texts, those in JSON or XML, and is a date or a time.
func (w *walker) columnType(m *pg.TypeName) {
	if name := ownName(m.GetNames()); dateTypes[name] {
		w.reason(sqlparse.SpecialInput, name)
	}
}

// makesText reports whether the expression surely or likely makes a text, or texts.
func makesText(n *pg.Node) bool {
	switch m := unwrap(n).(type) {
	case *pg.TypeCast:
		return castMakesText(m)
	case *pg.FuncCall:
		name := ownName(m.Funcname)
		return textFunctions[name] || passingFunctions[name] && (anyMakesText(m.Args) || anyMakesText(m.AggOrder))
	case *pg.A_Expr:
		return operatorMakesText(m)
	case *pg.CaseExpr:
		return anyMakesText(m.Args) || makesText(m.Defresult)
	case *pg.CaseWhen:
		return makesText(m.Result)
	case *pg.CoalesceExpr:
		return anyMakesText(m.Args)
	case *pg.MinMaxExpr:
		return anyMakesText(m.Args)
	case *pg.A_ArrayExpr:
		return anyMakesText(m.Elements)
	case *pg.A_Indirection:
		return makesText(m.Arg)
	case *pg.SortBy:
		return makesText(m.Node)
	case *pg.SubLink:
		return makesText(m.Subselect)
	case *pg.SelectStmt:
		return selectMakesText(m)
	case *pg.ResTarget:
		return makesText(m.Val)
	case *pg.List:
		return anyMakesText(m.Items)
	case *pg.CollateClause, *pg.XmlSerialize: // nothing but a text has a collation
		return true
	default:
		return false
	}
}

func anyMakesText(list []*pg.Node) bool {
	for _, n := range list {
		if makesText(n) {
			return true
		}
	}
	return false
}

// castMakesText reports whether a cast to a text hides a value that is looked at nowhere else,
// as it is with a literal and an argument.
func castMakesText(m *pg.TypeCast) bool {
	switch name := ownName(m.TypeName.GetNames()); {
	case textTypes[name]:
		return m.Arg.GetAConst() == nil && m.Arg.GetParamRef() == nil
	case dateTypes[name] || otherTypes[name]:
		return false
	default: // perhaps a domain over text
		return makesText(m.Arg)
	}
}

// operatorMakesText knows the operators that return a text: of texts, of JSON and of hstore.
func operatorMakesText(m *pg.A_Expr) bool {
	if m.Kind == pg.A_Expr_Kind_AEXPR_NULLIF {
		return makesText(m.Lexpr)
	}
	switch _, op := qualifiedName(m.Name); op {
	case "||", "->>", "#>>", "->":
		return true
	default:
		return false
	}
}

func selectMakesText(m *pg.SelectStmt) bool {
	for _, part := range []*pg.SelectStmt{m.Larg, m.Rarg} {
		if part != nil && selectMakesText(part) {
			return true
		}
	}
	return anyMakesText(m.TargetList) || anyMakesText(m.ValuesLists)
}
