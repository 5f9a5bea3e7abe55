package sqlparse

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// own is the package itself; what is below it may be imported, but for pgquery.
const own = "github.com/gojohnny/gojohnny/sqlparse"

// TestImports holds the vocabulary to the standard library: whoever reads an
// analysis must not get a parser, nor cgo, with it.
func TestImports(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "pgquery":
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		for _, name := range imports(t, path) {
			first, _, _ := strings.Cut(name, "/")
			allowed := !strings.Contains(first, ".") || name == own || strings.HasPrefix(name, own+"/internal/")
			if name == "C" || !allowed {
				t.Errorf("%s imports %s", path, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func imports(t *testing.T, path string) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}
