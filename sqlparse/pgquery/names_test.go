package pgquery

import (
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/sqlparse"
)

func TestRelationFromText(t *testing.T) {
	long := strings.Repeat("x", 70)
	for text, want := range map[string]sqlparse.Relation{
		"seq":                     {Name: "seq"},
		"Public.Seq":              {Schema: "public", Name: "seq"},
		`"Public"."Seq"`:          {Schema: "Public", Name: "Seq"},
		` a . "b.c" `:             {Schema: "a", Name: "b.c"},
		`"a""b"`:                  {Name: `a"b`},
		"db.a.b":                  {Schema: "a", Name: "b"},
		"Ärger":                   {Name: "Ärger"},
		long:                      {Name: long[:63]},
		strings.Repeat("ä", 40):   {Name: strings.Repeat("ä", 31)},
		`"` + long + `"`:          {Name: long[:63]},
		"":                        {},
		" ":                       {},
		".":                       {},
		"a.":                      {},
		".a":                      {},
		"a b":                     {},
		"a.b.c.d":                 {},
		"16384":                   {},
		`"a`:                      {},
		`""`:                      {},
		`"a"b`:                    {},
		strings.Repeat(" ", 1000): {},
	} {
		got, ok := relationFromText(text)
		if got != want || ok != (want != sqlparse.Relation{}) {
			t.Errorf("relationFromText(%q): got %v, %v; want %v", text, got, ok, want)
		}
	}
}
