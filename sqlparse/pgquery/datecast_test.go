//go:build cgo

package pgquery

import (
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// TestManyNamesAreNotFollowed: a text with so many names and casts that it would take seconds to follow them is in doubt.
func TestManyNamesAreNotFollowed(t *testing.T) {
	const n = 3000
	for name, sql := range map[string]string{
		"functions": "SELECT a::date FROM t, " + strings.Repeat("unnest(a), ", n) + "u",
		"casts":     "SELECT " + strings.Repeat("a::date, ", n) + "b FROM (SELECT * FROM t UNION SELECT " + strings.Repeat("x + y, ", n) + "1) s",
	} {
		a, err := New().Analyze(sql)
		if err != nil {
			t.Fatal(err)
		}
		want := sqlparse.Conversion{From: sqlparse.Typed{Kind: sqlparse.TypedAnything}}
		if got := a.Statements[0].Conversions; len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %d conversions; want one of anything", name, len(got))
		}
	}
}

// The numbers of variables are the parser's, which nobody here has written.
func TestDatumOutOfRange(t *testing.T) {
	b := functionBody{names: &body{}, datums: []*pg.TypeName{intType}}
	for _, number := range []any{-1.0, 1.0, nil} {
		want := fieldType
		if number == nil { // a zero is left out
			want = intType
		}
		if got := b.datum(number); got != want {
			t.Errorf("%v: got %v; want %v", number, got, want)
		}
	}
}
