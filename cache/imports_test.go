package cache_test

import (
	"testing"

	"github.com/gojohnny/gojohnny/internal/imports"
)

// The engine works on opaque bytes: no driver, no parser, no store, no cgo.
func TestImports(t *testing.T) {
	imports.Only(t,
		"github.com/gojohnny/gojohnny/backends",
		"github.com/gojohnny/gojohnny/invalidation",
		"github.com/gojohnny/gojohnny/invalidation/catalog",
		"github.com/gojohnny/gojohnny/sqlparse",
		"github.com/gojohnny/gojohnny/sqlparse/internal/lex",
		"github.com/maypok86/otter/v2/...", // the memory of texts
	)
	imports.Never(t, "database/sql/...", "runtime/cgo")
}
