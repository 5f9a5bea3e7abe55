package pgxcache_test

import (
	"testing"

	"github.com/gojohnny/gojohnny/internal/imports"
)

// The program's main chooses the store and the analyzer: here is neither of any kind.
func TestImports(t *testing.T) {
	imports.Only(t,
		"github.com/gojohnny/gojohnny/backends",
		"github.com/gojohnny/gojohnny/cache",
		"github.com/gojohnny/gojohnny/invalidation",
		"github.com/gojohnny/gojohnny/invalidation/catalog",
		"github.com/gojohnny/gojohnny/sqlparse",
		"github.com/gojohnny/gojohnny/sqlparse/internal/lex",
		"github.com/maypok86/otter/v2/...", // the cache's
		"github.com/jackc/pgx/v5/...",
		"github.com/jackc/puddle/v2/...", // and the rest are pgx's
		"github.com/jackc/pgpassfile",
		"github.com/jackc/pgservicefile",
		"golang.org/x/sync/...",
		"golang.org/x/text/...",
	)
}
