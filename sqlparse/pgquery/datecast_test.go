//go:build cgo

package pgquery

import (
	"strings"
	"testing"

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
