package memstore

import (
	"go/build"
	"strings"
	"testing"
)

// TestImportsOnlyItsLibrary keeps servers' clients, parsers and the cache itself
// out of a build that wants memory.
func TestImportsOnlyItsLibrary(t *testing.T) {
	pkg, err := build.Default.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{
		"github.com/gojohnny/gojohnny/backends": true,
		"github.com/maypok86/otter/v2":          true,
	}
	for _, path := range pkg.Imports {
		first, _, _ := strings.Cut(path, "/")
		if path == "testing" || strings.Contains(first, ".") && !allowed[path] {
			t.Errorf("memstore imports %s", path)
		}
	}
}
