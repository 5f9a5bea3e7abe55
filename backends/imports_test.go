package backends

import (
	"go/build"
	"strings"
	"testing"
)

// TestImportsNothingButTheStandardLibrary: a store's author builds this package
// and nothing else.
func TestImportsNothingButTheStandardLibrary(t *testing.T) {
	for _, dir := range []string{".", "backendtest"} {
		pkg, err := build.Default.ImportDir(dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range pkg.Imports {
			first, _, _ := strings.Cut(path, "/")
			own := dir != "." && path == "github.com/gojohnny/gojohnny/backends"
			if strings.Contains(first, ".") && !own {
				t.Errorf("%s imports %s", pkg.Name, path)
			}
			if path == "testing" && dir == "." {
				t.Errorf("%s imports testing", pkg.Name)
			}
		}
	}
}
