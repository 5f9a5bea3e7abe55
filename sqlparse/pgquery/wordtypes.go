//go:build cgo

package pgquery

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// dateTypes are the types whose input reads 'now', 'today', 'yesterday' and 'tomorrow', with
// the ranges over them.
var dateTypes = wordSet(`
	date timestamp timestamptz time timetz
	daterange tsrange tstzrange datemultirange tsmultirange tstzmultirange
`)

// textTypes are the types a text has.
var textTypes = wordSet(`text varchar bpchar char name citext unknown`)

// wordTypes are PostgreSQL's own other types whose values hold words of the user's, or may be anything.
// Nothing but PL/pgSQL reads these as a date, which turns any value into any type by way of a text.
var wordTypes = wordSet(`
	json jsonb jsonpath xml bytea tsvector tsquery cstring refcursor record
	any anyelement anyarray anynonarray anyenum anyrange anymultirange
	anycompatible anycompatiblearray anycompatiblenonarray anycompatiblerange anycompatiblemultirange
`)

// otherTypes are types that no text is read as: what is cast to one of them is none.
var otherTypes = wordSet(`
	int2 int4 int8 float4 float8 numeric money bool uuid interval oid bit varbit inet cidr macaddr macaddr8 void
	int4range int8range numrange int4multirange int8multirange nummultirange
	point lseg path box polygon line circle pg_lsn xid xid8 cid tid
`)

// textFunctions are PostgreSQL's own functions that return a text, or another value that holds words,
// alone or in a row, in at least one of their overloads. Those that are Ambient or Volatile need no mention.
var textFunctions = wordSet(`
	abbrev aclexplode anytextcat array_dims array_to_json array_to_string array_to_tsvector bpchar bpchar_larger
	bpchar_smaller btrim byteacat casefold cash_words char chr concat concat_ws convert convert_from convert_to decode
	encode enum_first enum_larger enum_last enum_range enum_smaller format host initcap json_agg json_agg_strict json_array_element json_array_element_text
	json_array_elements json_array_elements_text json_build_array json_build_object json_each json_each_text
	json_extract_path json_extract_path_text json_object json_object_agg json_object_agg_strict
	json_object_agg_unique json_object_agg_unique_strict json_object_field json_object_field_text json_object_keys
	json_strip_nulls json_to_record json_to_recordset json_to_tsvector json_typeof jsonb_agg jsonb_agg_strict
	jsonb_array_element jsonb_array_element_text jsonb_array_elements jsonb_array_elements_text jsonb_build_array
	jsonb_build_object jsonb_concat jsonb_delete jsonb_delete_path jsonb_each jsonb_each_text jsonb_extract_path
	jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg jsonb_object_agg_strict
	jsonb_object_agg_unique jsonb_object_agg_unique_strict jsonb_object_field jsonb_object_field_text
	jsonb_object_keys jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set
	jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_to_tsvector jsonb_typeof left
	like_escape lower lpad ltrim md5 name nameconcatoid normalize numnode overlay parse_ident phraseto_tsquery
	plainto_tsquery querytree quote_ident quote_literal quote_nullable regexp_match regexp_matches regexp_replace
	regexp_split_to_array regexp_split_to_table regexp_substr repeat replace reverse right row_to_json rpad rtrim
	set_bit set_byte setweight sha224 sha256 sha384 sha512 similar_escape similar_to_escape split_part string_agg
	string_to_array string_to_table strip substr substring text text_larger text_smaller textanycat textcat
	to_ascii to_bin to_char to_hex to_json to_jsonb to_oct to_tsquery to_tsvector translate ts_delete ts_filter
	ts_headline ts_lexize ts_parse ts_rewrite ts_token_type tsquery_and tsquery_not tsquery_or tsquery_phrase
	tsvector_concat tsvector_to_array unistr upper varchar websearch_to_tsquery xml xmlagg xmlcomment xmlconcat2
	xmltext xpath
`)

// passingFunctions return what they are given, or an element of it.
var passingFunctions = wordSet(`
	any_value array_agg array_append array_cat array_fill array_larger array_prepend array_remove array_replace
	array_reverse array_smaller array_sort array_subscript_handler first_value json_populate_record
	json_populate_recordset jsonb_populate_record jsonb_populate_recordset lag last_value lead max min mode
	multirange multirange_intersect multirange_intersect_agg_transfn multirange_minus multirange_union nth_value
	percentile_disc range_agg range_intersect range_intersect_agg range_intersect_agg_transfn range_merge range_minus
	range_union trim_array unnest
`)

// makesText reports whether one of PostgreSQL's own functions may make a text. Those that send a value make bytes of it.
func makesText(name string) bool { return textFunctions[name] || strings.HasSuffix(name, "send") }

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

// elementName is a type's own name, or that of an array's elements: _date is date[].
func elementName(m *pg.TypeName) string { return strings.TrimPrefix(ownName(m.GetNames()), "_") }
