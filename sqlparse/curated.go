package sqlparse

import "strings"

// set makes a set of the words in s.
func set(s string) map[string]bool {
	m := make(map[string]bool)
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

// scopeOnly are the functions PostgreSQL declares stable that depend on nothing but
// their arguments, settings which are part of a session's scope, and definitions
// whose change moves everything (DDL). Every other stable function is Ambient.
//
// The functions are here for one of these causes:
//
//   - they call the output or cast functions of any type, which are only
//     as stable as DateStyle, TimeZone, IntervalStyle, bytea_output and
//     extra_float_digits: concat, format, the json constructors, quote_literal;
//   - they convert between timestamps with and without time zone (TimeZone):
//     date_trunc, timezone, the cross-type comparisons;
//   - they format or read by lc_time, lc_monetary, lc_numeric: to_char, to_date, money;
//   - they use a text search configuration (default_text_search_config, DDL):
//     to_tsvector and the tsquery makers;
//   - they convert between encodings by conversions (DDL): convert;
//   - they ask for a type's definition (DDL): enum_range, pg_typeof.
//
// What they hide is the functions they call for a value's type, which the name does not show: a
// cast to json that a program defined (to_json and its kin), the input function of a column's
// type (json_populate_record), which reads 'now' where the type is a date and a text
// says so; and the zone of a time, which timezone moves to as of today. The last two a
// Conversion tells. The functions of JSON paths that use time zones compare times in JSON as of today, too, and are not here.
var scopeOnly = set(`
	anytextcat array_to_json array_to_string concat concat_ws format quote_literal quote_nullable textanycat
	json_agg json_build_array json_build_object json_object_agg json_populate_record json_populate_recordset
	json_to_record json_to_recordset row_to_json to_json
	jsonb_agg jsonb_build_array jsonb_build_object jsonb_object_agg jsonb_populate_record jsonb_populate_recordset
	jsonb_to_record jsonb_to_recordset to_jsonb
	json_agg_strict json_object_agg_strict json_object_agg_unique json_object_agg_unique_strict
	jsonb_agg_strict jsonb_object_agg_strict jsonb_object_agg_unique jsonb_object_agg_unique_strict

	date date_part date_trunc extract generate_series in_range interval_pl_timestamptz make_timestamptz overlaps
	time timestamp timestamptz timestamptz_mi_interval timestamptz_pl_interval timetz timezone date_add date_subtract
	date_cmp_timestamptz date_eq_timestamptz date_ge_timestamptz date_gt_timestamptz date_le_timestamptz
	date_lt_timestamptz date_ne_timestamptz timestamp_cmp_timestamptz timestamp_eq_timestamptz
	timestamp_ge_timestamptz timestamp_gt_timestamptz timestamp_le_timestamptz timestamp_lt_timestamptz
	timestamp_ne_timestamptz timestamptz_cmp_date timestamptz_cmp_timestamp timestamptz_eq_date
	timestamptz_eq_timestamp timestamptz_ge_date timestamptz_ge_timestamp timestamptz_gt_date
	timestamptz_gt_timestamp timestamptz_le_date timestamptz_le_timestamp timestamptz_lt_date
	timestamptz_lt_timestamp timestamptz_ne_date timestamptz_ne_timestamp

	to_char to_date to_number to_timestamp money numeric

	json_to_tsvector jsonb_to_tsvector to_tsvector to_tsquery plainto_tsquery phraseto_tsquery
	websearch_to_tsquery ts_headline ts_match_tq ts_match_tt ts_parse ts_token_type

	convert convert_from convert_to length pg_char_to_encoding pg_encoding_to_char
	enum_first enum_last enum_range pg_typeof xml xml_is_well_formed
`)

// readsText are the functions that execute a query they are given as text, or read relations
// they are given by name, with the number of arguments at which they do; -1 for any.
// PostgreSQL calls some of them stable.
var readsText = map[string]int{
	"query_to_xml": -1, "query_to_xmlschema": -1, "query_to_xml_and_xmlschema": -1,
	"cursor_to_xml": -1, "cursor_to_xmlschema": -1,
	"table_to_xml": -1, "table_to_xmlschema": -1, "table_to_xml_and_xmlschema": -1,
	"schema_to_xml": -1, "schema_to_xmlschema": -1, "schema_to_xml_and_xmlschema": -1,
	"database_to_xml": -1, "database_to_xmlschema": -1, "database_to_xml_and_xmlschema": -1,
	"ts_stat":    -1,
	"ts_rewrite": 2, // ts_rewrite(query, 'SELECT ...'); with three arguments it is pure
}

// newerBuiltins are functions of PostgreSQL 16 to 18, in the format of
// builtins.txt, by hand: the table is older, and a function it does not have
// counts as one that may write. On an older server such a name is a program's own function;
// the list has none that one would give to a function which reads tables.
const newerBuiltins = `
# 16
any_value 1i
array_sample 2v
array_shuffle 1v
date_add 2s 3s
date_subtract 2s 3s
erf 1i
erfc 1i
json_agg_strict 1s
json_object_agg_strict 2s
json_object_agg_unique 2s
json_object_agg_unique_strict 2s
jsonb_agg_strict 1s
jsonb_object_agg_strict 2s
jsonb_object_agg_unique 2s
jsonb_object_agg_unique_strict 2s
pg_input_is_valid 2s
random_normal 0-2v
system_user 0s
# 17
random 2v
to_bin 1i
to_oct 1i
unicode_assigned 1i
uuid_extract_timestamp 1i
uuid_extract_version 1i
xmltext 1i
# 18
array_reverse 1i
casefold 1i
crc32 1i
crc32c 1i
gamma 1i
lgamma 1i
uuidv4 0v
uuidv7 0-1v
`
