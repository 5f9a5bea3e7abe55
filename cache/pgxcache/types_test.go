package pgxcache_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/internal/testservers"
)

// literals are values of PostgreSQL's types as SQL: ordinary ones, extremes, infinities,
// empties. NULL is added to each. A type without any has no input.
var literals = map[string][]string{
	"bool":          {"true", "false"},
	"bytea":         {`'\x00ff10'`, `''`, `'\x6e6f77'`},
	`"char"`:        {"'a'", "''", `'\377'`},
	"name":          {"'name'", "''", "repeat('n', 63)::name"},
	"int8":          {"0", "1", "-1", "9223372036854775807", "-9223372036854775808"},
	"int2":          {"0", "32767", "-32768"},
	"int4":          {"0", "2147483647", "-2147483648"},
	"text":          {"'text'", "''", "'ünïcödé ☃'", "repeat('x', 5000)"},
	"oid":           {"0", "4294967295"},
	"tid":           {"'(0,1)'", "'(4294967295,65535)'"},
	"xid":           {"'0'", "'4294967295'"},
	"cid":           {"'0'", "'4294967295'"},
	"xid8":          {"'0'", "'18446744073709551615'"},
	"oidvector":     {"'1 2 3'", "''"},
	"int2vector":    {"'1 -2 3'", "''"},
	"json":          {`'{"a": [1, null, "x"]}'`, "'null'", "'1e400'", `'""'`},
	"jsonb":         {`'{"a": [1, null, "x"]}'`, "'null'", "'1.5'", `'{}'`},
	"jsonpath":      {"'$.a[*]'"},
	"xml":           {"'<a>b</a>'", "''"},
	"pg_node_tree":  nil,
	"point":         {"'(1.5,-2)'", "'(infinity,nan)'"},
	"lseg":          {"'[(1,2),(3,4)]'"},
	"path":          {"'[(1,2),(3,4)]'", "'((1,2),(3,4),(5,6))'"},
	"box":           {"'(3,4),(1,2)'"},
	"polygon":       {"'((0,0),(1,1),(1,0))'"},
	"line":          {"'{1,-1,0}'"},
	"circle":        {"'<(1,2),3>'"},
	"float4":        {"0", "'-0'", "1.5", "'infinity'", "'-infinity'", "'nan'", "3.4028235e38", "1e-45"},
	"float8":        {"0", "'-0'", "0.1", "'infinity'", "'-infinity'", "'nan'", "1.7976931348623157e308", "5e-324"},
	"money":         {"'12.34'", "'-92233720368547758.08'"},
	"macaddr":       {"'08:00:2b:01:02:03'"},
	"macaddr8":      {"'08:00:2b:01:02:03:04:05'"},
	"inet":          {"'192.168.1.5/24'", "'::1'", "'0.0.0.0/0'", "'2001:db8::ff00:42:8329/64'"},
	"cidr":          {"'192.168.0.0/16'", "'2001:db8::/32'"},
	"aclitem":       {"'postgres=r/postgres'"},
	"bpchar":        {"'abc   '", "''"},
	"varchar":       {"'abc'", "''"},
	"date":          {"'2024-02-29'", "'infinity'", "'-infinity'", "'4713-01-01 BC'", "'5874897-12-31'"},
	"time":          {"'00:00:00'", "'24:00:00'", "'12:34:56.789012'"},
	"timetz":        {"'12:34:56.789012+05:30'", "'00:00:00-15:59'"},
	"timestamp":     {"'2024-02-29 12:34:56.789012'", "'infinity'", "'-infinity'", "'4713-01-01 00:00:00 BC'", "'294276-12-31 23:59:59.999999'"},
	"timestamptz":   {"'2024-02-29 12:34:56.789012+02'", "'infinity'", "'-infinity'", "'294276-12-31 23:59:59.999999+00'"},
	"interval":      {"'0'", "'1 year 2 mons -3 days 04:05:06.789'", "'-178000000 years'"},
	"bit":           {"B'1'"},
	"varbit":        {"B'10101010101'", "B''"},
	"numeric":       {"0", "0.00", "'nan'", "'infinity'", "'-infinity'", "123456789012345678901234567890.123456789", "-1e-20", "1e100"},
	"refcursor":     {"'c'"},
	"regprocedure":  {"'sum(int4)'"},
	"regproc":       {"'pg_sleep'"},
	"regoper":       {"'||/'"},
	"regoperator":   {"'+(int4,int4)'"},
	"regclass":      {"'pg_class'", "0"},
	"regtype":       {"'int4'", "0"},
	"regrole":       {"'postgres'", "0"},
	"regnamespace":  {"'pg_catalog'", "0"},
	"regcollation":  {`'"C"'`, "0"},
	"regconfig":     {"'english'"},
	"regdictionary": {"'simple'"},
	"uuid":          {"'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"},
	"pg_lsn":        {"'0/0'", "'FFFFFFFF/FFFFFFFF'"},
	"tsvector":      {"'a:1 fat:2A cat'", "''"},
	"gtsvector":     nil,
	"tsquery":       {"'fat & !cat'", "''"},
	"txid_snapshot": {"'10:20:10,14'"},
	"pg_snapshot":   {"'10:20:10,14'"},

	"int4range": {"'[1,5)'", "'empty'", "'(,)'"}, "int8range": {"'[1,5)'", "'empty'"}, "numrange": {"'[1.5,2.5]'", "'(,1)'"},
	"tsrange": {"'[2024-01-01,2024-02-01)'", "'empty'"}, "tstzrange": {"'[2024-01-01 00:00+00,)'"}, "daterange": {"'[2024-01-01,infinity)'"},
	"int4multirange": {"'{[1,5),[7,9)}'", "'{}'"}, "int8multirange": {"'{[1,5)}'"}, "nummultirange": {"'{[1.5,2.5]}'"},
	"tsmultirange": {"'{[2024-01-01,2024-02-01)}'"}, "tstzmultirange": {"'{}'"}, "datemultirange": {"'{[2024-01-01,2024-02-01)}'"},

	"pg_ndistinct": nil, "pg_dependencies": nil, "pg_mcv_list": nil,
	"pg_brin_bloom_summary": nil, "pg_brin_minmax_multi_summary": nil,
}

// table gives a table's name for a type.
func typeTable(typ string) string { return "of_" + strings.Trim(typ, `"`) }

// createTypeTables returns a table for each type, of the values and arrays of them.
func createTypeTables() string {
	var b strings.Builder
	for _, typ := range slices.Sorted(maps.Keys(literals)) {
		element := typ
		if literals[typ] == nil && typ != "gtsvector" { // which have no arrays
			element = "text"
		}
		fmt.Fprintf(&b, "CREATE TABLE %s (id int4, v %s, a %s[]);\n", typeTable(typ), typ, element)
		values := append([]string{"NULL"}, literals[typ]...)
		for i, v := range values {
			fmt.Fprintf(&b, "INSERT INTO %s VALUES (%d, %s, ARRAY[%s, NULL]::%s[]);\n", typeTable(typ), i, v, v, element)
		}
		fmt.Fprintf(&b, "INSERT INTO %s VALUES (1000, NULL, NULL), (1001, NULL, '{}');\n", typeTable(typ))
		if len(literals[typ]) > 1 {
			v := strings.Join(literals[typ][:2], ",")
			fmt.Fprintf(&b, "INSERT INTO %s VALUES (1002, NULL, ARRAY[[%s],[%s]]::%s[]);\n", typeTable(typ), v, v, typ)
		}
	}
	return b.String()
}

func typeCases() []parityCase {
	var cases []parityCase
	for _, typ := range slices.Sorted(maps.Keys(literals)) {
		cases = append(cases,
			parityCase{name: typ, sql: "SELECT v, id FROM " + typeTable(typ) + " ORDER BY id"},
			parityCase{name: typ + "[]", sql: "SELECT a, id FROM " + typeTable(typ) + " ORDER BY id"})
	}
	return cases
}

// needsTypes skips where the server lacks some of the literals' types.
func needsTypes(t *testing.T) {
	t.Helper()
	if testservers.Postgres(t).Version(t) < 14 {
		t.Skip("multiranges, infinite numbers and others came with PostgreSQL 14")
	}
}

func TestTypes(t *testing.T) {
	needsTypes(t)
	b := newBench(t, nil, createTypeTables())
	runParity(t, b, typeCases())
}

// Every type that PostgreSQL has is among the literals.
func TestEveryType(t *testing.T) {
	b := newBench(t, nil)
	rows, err := b.bare.Query(b.ctx, `SELECT typname::text FROM pg_type WHERE typtype IN ('b', 'r', 'm')
		AND typnamespace = 'pg_catalog'::regnamespace AND typcategory <> 'A'`)
	b.check(err)
	for rows.Next() {
		var name string
		b.check(rows.Scan(&name))
		if name == "char" {
			name = `"char"`
		}
		if _, ok := literals[name]; !ok {
			t.Errorf("no case of type %s", name)
		}
	}
	b.check(rows.Err())
}

// deref follows pointers to what a program would look at.
func deref(v any) any {
	r := reflect.ValueOf(v)
	for r.Kind() == reflect.Pointer && !r.IsNil() {
		if _, ok := r.Interface().(fmt.Stringer); ok {
			break
		}
		r = r.Elem()
	}
	if !r.IsValid() || r.Kind() == reflect.Pointer && r.IsNil() {
		return nil
	}
	return r.Interface()
}
