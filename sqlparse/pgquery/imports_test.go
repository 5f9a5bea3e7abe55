package pgquery

import (
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestImports holds the package to the parser and the vocabulary. Its tests may use more.
func TestImports(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			switch first, _, _ := strings.Cut(name, "/"); {
			case !strings.Contains(first, "."),
				strings.HasPrefix(name, "github.com/gojohnny/gojohnny/sqlparse"),
				strings.HasPrefix(name, "github.com/pganalyze/pg_query_go/v5"):
			default:
				t.Errorf("%s imports %s", e.Name(), name)
			}
		}
	}
}
