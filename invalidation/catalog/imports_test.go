package catalog

import (
	"testing"

	"github.com/gojohnny/gojohnny/internal/imports"
)

// The catalog comes over the wrapper's connection and the parser from the program's
// main: neither is imported here.
func TestImports(t *testing.T) {
	imports.Only(t,
		"github.com/gojohnny/gojohnny/backends",
		"github.com/gojohnny/gojohnny/invalidation",
		"github.com/gojohnny/gojohnny/sqlparse",
		"github.com/gojohnny/gojohnny/sqlparse/internal/lex",
	)
	imports.Never(t, "database/sql/...", "runtime/cgo")
}
